// `key.sub=value` and `~key.sub` of the command line, applied to a config's tree.
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "core/config_read.h"
#include "core/config_tree.h"
#include "core/names.h"

namespace recur {
namespace {

std::optional<size_t> parse_index(std::string_view text) {
  size_t index = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return index;
}

/// One walk from the root along a dotted path.
class Override {
 public:
  Override(ConfigNode& root, std::string_view text, std::string_view path) : root_(root), path_(path) {
    where_.source = "command line " + quote_for_message(text);
    for (size_t start = 0; start <= path.size();) {
      const size_t dot = std::min(path.find('.', start), path.size());
      segments_.emplace_back(path.substr(start, dot - start));
      start = dot + 1;
      if (segments_.back().empty()) {
        fail("expected key=value, key.sub=value or ~key, with a name on both sides of each dot");
      }
    }
    // Read as a config would be: the depth of the path counts as well.
    if (static_cast<int64_t>(segments_.size()) > kMaxConfigDepth) fail("the key has too many dots");
  }

  void set(std::string_view value_text) {
    ConfigNode value = read_yaml(value_text, where_.source, /*with_lines=*/false);
    if (value.is_null()) value.where = where_;
    ConfigNode* node = &root_;
    for (size_t i = 0; i < segments_.size(); ++i) node = &make_child(*node, i);
    *node = std::move(value);
  }

  void remove() {
    ConfigNode* node = &root_;
    for (size_t i = 0; i + 1 < segments_.size(); ++i) node = &existing_child(*node, i);
    existing_child(*node, segments_.size() - 1);
    if (node->is_map()) {
      node->erase(segments_.back());
    } else {
      node->items.erase(node->items.begin() + static_cast<std::ptrdiff_t>(*parse_index(segments_.back())));
    }
  }

 private:
  [[noreturn]] void fail(const std::string& message) const { throw ConfigError(where_, message); }

  /// "trainer.schedule" for depth 2; "the config" for 0.
  std::string path_to(size_t depth) const {
    std::string path;
    for (size_t i = 0; i < depth; ++i) path += (i == 0 ? "" : ".") + segments_[i];
    return path.empty() ? "the config" : path;
  }

  /// The child that segment `i` names, made if it is not there.
  ConfigNode& make_child(ConfigNode& parent, size_t i) const {
    const std::string& name = segments_[i];
    const auto index = parse_index(name);
    if (parent.is_null()) {
      parent.kind = index ? ConfigNode::Kind::kSequence : ConfigNode::Kind::kMap;
      parent.where = where_;
    }
    if (parent.is_map()) {
      if (ConfigEntry* entry = parent.find(name)) return entry->value;
      parent.entries.push_back({name, where_, {}});
      return parent.entries.back().value;
    }
    if (!parent.is_sequence()) {
      fail(fmt::format("cannot set {}: {} is {}, not a map", path_, path_to(i), describe_node(parent)));
    }
    if (!index || *index > parent.items.size()) {
      fail(fmt::format("cannot set {}: {} is a list of {}; expected an index from 0 to {}, got {}", path_, path_to(i),
                       parent.items.size(), parent.items.size(), quote_for_message(name)));
    }
    if (*index == parent.items.size()) parent.items.emplace_back();
    return parent.items[*index];
  }

  ConfigNode& existing_child(ConfigNode& parent, size_t i) const {
    const std::string& name = segments_[i];
    if (parent.is_map()) {
      if (ConfigEntry* entry = parent.find(name)) return entry->value;
      fail(fmt::format("cannot remove {}: {} has no key {}{}", path_, path_to(i), quote_for_message(name),
                       did_you_mean(name, parent.keys())));
    }
    const auto index = parse_index(name);
    if (parent.is_sequence() && index && *index < parent.items.size()) return parent.items[*index];
    fail(fmt::format("cannot remove {}: {} is {}, which has no {}", path_, path_to(i), describe_node(parent),
                     quote_for_message(name)));
  }

  ConfigNode& root_;
  std::string path_;
  SourceLocation where_;
  std::vector<std::string> segments_;
};

}  // namespace

void apply_override(ConfigNode& root, std::string_view text) {
  if (text.starts_with('~')) {
    Override(root, text, text.substr(1)).remove();
    return;
  }
  const size_t equals = text.find('=');
  if (equals == text.npos) {
    throw ConfigError({"command line " + quote_for_message(text)}, "expected key=value, key.sub=value or ~key");
  }
  Override(root, text, text.substr(0, equals)).set(text.substr(equals + 1));
}

}  // namespace recur
