// Reading YAML: text checks first (size, UTF-8, tabs), then yaml-cpp's events into a tree.
#include "core/config_read.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include "core/config_tree.h"

namespace recur {
namespace {

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

/// A text, and how its byte offsets map to lines and columns.  Columns count characters, as editors do, not bytes.
class SourceText {
 public:
  SourceText(std::string_view text, const std::string& source, bool with_lines)
      : text_(text), source_(source), with_lines_(with_lines), characters_(text.size() + 1) {
    for (size_t i = 0; i < text.size(); ++i) characters_[i + 1] = characters_[i] + !is_continuation(text[i]);
  }
  SourceLocation at(const YAML::Mark& mark) const {
    if (!with_lines_ || mark.is_null()) return {source_};
    const size_t position = std::clamp<size_t>(mark.pos, 0, text_.size());
    const size_t line_start = position - std::min<size_t>(mark.column, position);
    return {source_, mark.line + 1, characters_[position] - characters_[line_start] + 1};
  }
  SourceLocation at_byte(size_t position) const {
    const auto before = text_.substr(0, position);
    const size_t newline = before.rfind('\n');
    const size_t line_start = newline == before.npos ? 0 : newline + 1;
    if (!with_lines_) return {source_};
    return {source_, 1 + std::count(before.begin(), before.end(), '\n'),
            characters_[position] - characters_[line_start] + 1};
  }

 private:
  std::string_view text_;
  std::string source_;
  bool with_lines_;
  std::vector<int32_t> characters_;  ///< characters that begin before each byte
};

/// The offset of the first byte that is not part of well-formed UTF-8 (RFC 3629), or npos.
size_t find_bad_utf8(std::string_view text) {
  const auto byte = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  for (size_t i = 0; i < text.size();) {
    const unsigned first = byte(i), second = byte(i + 1);
    const size_t length = first < 0x80   ? 1
                          : first < 0xC2 ? 0
                          : first < 0xE0 ? 2
                          : first < 0xF0 ? 3
                          : first < 0xF5 ? 4
                                         : 0;
    if (length == 0) return i;
    for (size_t k = 1; k < length; ++k) {
      if ((byte(i + k) & 0xC0) != 0x80) return i;
    }
    const bool overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
    const bool surrogate_or_beyond = (first == 0xED && second > 0x9F) || (first == 0xF4 && second > 0x8F);
    if (overlong || surrogate_or_beyond) return i;
    i += length;
  }
  return std::string_view::npos;
}

/// The offset of the first tab that indents something, or npos.
size_t find_indenting_tab(std::string_view text) {
  for (size_t line = 0; line < text.size();) {
    const size_t content = std::min(text.find_first_not_of(" \t", line), text.size());
    const size_t tab = text.substr(line, content - line).find('\t');
    const bool blank = content == text.size() || text[content] == '\n' || text[content] == '\r' || text[content] == '#';
    if (tab != text.npos && !blank) return line + tab;
    const size_t newline = text.find('\n', content);
    line = newline == text.npos ? text.size() : newline + 1;
  }
  return std::string_view::npos;
}

void check_text(std::string_view text, const SourceText& source) {
  if (const size_t at = text.find('\0'); at != text.npos) {
    throw ConfigError(source.at_byte(at), "is not a text file (it has a NUL byte here); expected YAML in UTF-8");
  }
  if (const size_t at = find_bad_utf8(text); at != text.npos) {
    throw ConfigError(source.at_byte(at), fmt::format("is not UTF-8 text (byte 0x{:02X} here); save the file as UTF-8",
                                                      static_cast<unsigned char>(text[at])));
  }
  if (const size_t at = find_indenting_tab(text); at != text.npos) {
    throw ConfigError(source.at_byte(at), "a tab indents this line; YAML does not allow tabs, use blanks");
  }
}

/// Builds the tree from yaml-cpp's events.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(const SourceText& source, ConfigErrors& errors) : source_(source), errors_(errors) {}

  ConfigNode take_root() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    begin(mark, "", anchor, ConfigNode::make_null());
    end();
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    begin(mark, tag, anchor, ConfigNode::make_scalar(value, tag == "!"));  // "!" is yaml-cpp's mark for quotes
    end();
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    begin(mark, tag, anchor, ConfigNode::make_sequence());
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    begin(mark, tag, anchor, ConfigNode::make_map());
  }
  void OnSequenceEnd() override { end(); }
  void OnMapEnd() override { end(); }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) {
      throw ConfigError(source_.at(mark), "this alias stands inside its own anchor, so the value would never end");
    }
    const Anchored& anchored = found->second;
    count(mark, anchored.nodes, anchored.depth);
    open_.push_back({anchored.node, 0, anchored.nodes, anchored.depth, {}, {}, {}});
    end();
  }

 private:
  /// A finished node that an alias may repeat.
  struct Anchored {
    ConfigNode node;
    int64_t nodes, depth;
  };
  /// A node whose end has not come yet.
  struct Open {
    ConfigNode node;
    YAML::anchor_t anchor;
    int64_t nodes, depth;  ///< of the subtree so far
    std::string key;       ///< of a map: the key whose value comes next
    SourceLocation key_where;
    std::unordered_map<std::string, SourceLocation> keys;
    bool has_key = false;
  };

  void count(const YAML::Mark& mark, int64_t nodes, int64_t depth) {
    if (static_cast<int64_t>(open_.size()) + depth > kMaxConfigDepth) {
      throw ConfigError(source_.at(mark),
                        fmt::format("is nested more than {} levels deep, which no config needs", kMaxConfigDepth));
    }
    nodes_ += nodes;
    if (nodes_ > kMaxConfigNodes) {
      throw ConfigError(source_.at(mark), fmt::format("the config has more than {} values once its aliases are written "
                                                      "out, which no config needs",
                                                      kMaxConfigNodes));
    }
  }

  void begin(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, ConfigNode node) {
    if (!tag.empty() && tag != "?" && tag != "!") {
      throw ConfigError(source_.at(mark),
                        fmt::format("has the tag {}; tags are not used here, remove it", quote_for_message(tag)));
    }
    count(mark, 1, 1);
    node.where = source_.at(mark);
    open_.push_back({std::move(node), anchor, 1, 1, {}, {}, {}});
  }

  /// Closes the innermost node and hands it to its parent.
  void end() {
    Open done = std::move(open_.back());
    open_.pop_back();
    if (done.anchor != 0) anchors_[done.anchor] = {done.node, done.nodes, done.depth};
    if (open_.empty()) {
      root_ = std::move(done.node);
      return;
    }
    Open& parent = open_.back();
    parent.nodes += done.nodes;
    parent.depth = std::max(parent.depth, done.depth + 1);
    if (parent.node.is_sequence()) {
      parent.node.items.push_back(std::move(done.node));
    } else if (!parent.has_key) {
      take_key(parent, std::move(done.node));
    } else {
      take_value(parent, std::move(done.node));
    }
  }

  void take_key(Open& map, ConfigNode key) {
    if (!key.is_scalar()) {
      throw ConfigError(key.where, fmt::format("expected a plain word as the key, got {}", describe_node(key)));
    }
    map.key = std::move(key.scalar);
    map.key_where = std::move(key.where);
    map.has_key = true;
  }

  void take_value(Open& map, ConfigNode value) {
    map.has_key = false;
    const auto [first, is_new] = map.keys.emplace(map.key, map.key_where);
    if (!is_new) {
      const auto line = first->second.line;
      errors_.add(map.key_where, fmt::format("the key {} is there twice{}; remove one", quote_for_message(map.key),
                                             line > 0 ? fmt::format(", first in line {}", line) : ""));
      return;
    }
    if (value.is_null()) value.where = map.key_where;  // nothing is written there, so its key has the better place
    map.node.entries.push_back({std::move(map.key), std::move(map.key_where), std::move(value)});
  }

  const SourceText& source_;
  ConfigErrors& errors_;
  std::vector<Open> open_;
  std::unordered_map<YAML::anchor_t, Anchored> anchors_;
  int64_t nodes_ = 0;
  ConfigNode root_;
};

/// Says where a document starts, for the complaint about a second one.
class DocumentFinder : public YAML::EventHandler {
 public:
  YAML::Mark mark;

  void OnDocumentStart(const YAML::Mark& at) override { mark = at; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
};

}  // namespace

ConfigNode read_yaml(std::string_view text, const std::string& name, bool with_lines) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // the byte order mark that some editors write
  const SourceText source(text, name, with_lines);
  check_text(text, source);
  ConfigErrors errors;
  TreeBuilder builder(source, errors);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder)) return ConfigNode::make_null();
    DocumentFinder second;
    if (parser.HandleNextDocument(second)) {
      throw ConfigError(source.at(second.mark), "a second document starts here; expected one document in a config");
    }
  } catch (const YAML::ParserException& error) {
    throw ConfigError(source.at(error.mark), fmt::format("is not YAML: {}", error.msg));
  }
  errors.throw_if_any();
  return builder.take_root();
}

ConfigNode parse_config(std::string_view text, const std::string& source) {
  if (static_cast<int64_t>(text.size()) > kMaxConfigBytes) {
    throw ConfigError({source}, fmt::format("has {} bytes; a config has at most {}", text.size(), kMaxConfigBytes));
  }
  ConfigNode root = read_yaml(text, source, /*with_lines=*/true);
  if (root.is_null()) throw ConfigError({source}, "is empty; expected a map of keys and values");
  if (!root.is_map()) {
    throw ConfigError(root.where, fmt::format("expected a map of keys and values, got {}", describe_node(root)));
  }
  return root;
}

ConfigNode load_config(const std::filesystem::path& path) {
  const SourceLocation where{path.string()};
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) throw ConfigError(where, "no such file");
  if (std::filesystem::is_directory(status)) throw ConfigError(where, "is a directory, expected a config file");
  std::ifstream in(path, std::ios::binary);
  // One byte more than allowed is asked for, so that a pipe or a device cannot fill the memory either.
  std::string text(kMaxConfigBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!in.is_open() || in.bad()) throw ConfigError(where, "cannot be read; check its permissions");
  text.resize(static_cast<size_t>(in.gcount()));
  if (static_cast<int64_t>(text.size()) > kMaxConfigBytes) {
    const auto size = std::filesystem::file_size(path, error);
    throw ConfigError(where, fmt::format("has {} bytes; a config has at most {}",
                                         error ? "more than " + std::to_string(kMaxConfigBytes) : std::to_string(size),
                                         kMaxConfigBytes));
  }
  return parse_config(text, path.string());
}

}  // namespace recur
