// Reading YAML: checks of the text first (core/config_text.h), then yaml-cpp's events into a tree.
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

#include "core/config_text.h"
#include "core/config_tree.h"

namespace recur {
namespace {

SourceLocation place(const SourceText& source, const YAML::Mark& mark) {
  return source.at(mark.pos, mark.line, mark.column);
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
    const bool is_written = source_.starts_at(static_cast<size_t>(mark.pos), "~nN&");
    const bool is_item = open_.size() > 1 && open_[open_.size() - 2].node.is_sequence();
    if (is_item && !is_written)
      open_.back().node.where = source_.at_dash_before(static_cast<size_t>(mark.pos), mark.line);
    end();
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (!source_.closes_quote(static_cast<size_t>(mark.pos))) {
      throw ConfigError(at(mark), "the quote that opens here is never closed");
    }
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
      throw ConfigError(at(mark), "this alias stands inside its own anchor, so the value would never end");
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

  SourceLocation at(const YAML::Mark& mark) const { return place(source_, mark); }

  void count(const YAML::Mark& mark, int64_t nodes, int64_t depth) {
    if (static_cast<int64_t>(open_.size()) + depth > kMaxConfigDepth) {
      throw ConfigError(at(mark),
                        fmt::format("is nested more than {} levels deep, which no config needs", kMaxConfigDepth));
    }
    nodes_ += nodes;
    if (nodes_ > kMaxConfigNodes) {
      throw ConfigError(at(mark), fmt::format("the config has more than {} values once its aliases are written "
                                              "out, which no config needs",
                                              kMaxConfigNodes));
    }
  }

  void begin(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, ConfigNode node) {
    if (!tag.empty() && tag != "?" && tag != "!") {
      throw ConfigError(at(mark),
                        fmt::format("has the tag {}; tags are not used here, remove it", quote_for_message(tag)));
    }
    count(mark, 1, 1);
    node.where = at(mark);
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
  source.check();
  ConfigErrors errors;
  TreeBuilder builder(source, errors);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder)) return ConfigNode::make_null();
    DocumentFinder second;
    if (parser.HandleNextDocument(second)) {
      throw ConfigError(place(source, second.mark), "a second document starts here; expected one document in a config");
    }
  } catch (const YAML::ParserException& error) {
    const char* advice = with_lines ? "" : R"(; put the value in quotes: 'key="value"')";
    throw ConfigError(place(source, error.mark), fmt::format("is not YAML: {}{}", error.msg, advice));
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
