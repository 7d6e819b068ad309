#include "trainers/match_weights.h"

#include <algorithm>
#include <set>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "core/names.h"
#include "trainers/log/table.h"

namespace recur {
namespace {

using Names = std::map<std::string, std::string>;
/// Tensors by the last part of their names.
using Module = std::map<std::string, torch::Tensor>;

std::string module_of(const std::string& name) {
  const auto dot = name.rfind('.');
  return dot == std::string::npos ? "" : name.substr(0, dot);
}

std::string last_part(const std::string& name) {
  return name.substr(name.rfind('.') + 1);  // npos + 1 is 0
}

std::string join(const std::string& module, const std::string& last) {
  return module.empty() ? last : module + "." + last;
}

std::string shape_of(const torch::Tensor& tensor) {
  return fmt::format("[{}]", fmt::join(tensor.sizes(), ", "));
}

bool fits(const torch::Tensor& a, const torch::Tensor& b) {
  return a.sizes() == b.sizes() && a.is_floating_point() == b.is_floating_point() && a.is_complex() == b.is_complex();
}

bool fits(const Module& a, const Module& b) {
  return std::ranges::equal(a, b, [](const auto& one, const auto& other) {
    return one.first == other.first && fits(one.second, other.second);
  });
}

std::map<std::string, Module> modules_of(const TensorMap& tensors) {
  std::map<std::string, Module> modules;
  for (const auto& [name, tensor] : tensors) modules[module_of(name)][last_part(name)] = tensor;
  return modules;
}

/// "recurrent" and "encoder.recurrent", but not "nonrecurrent".
bool ends_alike(const std::string& a, const std::string& b) {
  const auto& [shorter, longer] = std::minmax(a, b, [](const auto& x, const auto& y) { return x.size() < y.size(); });
  return longer.ends_with(shorter) &&
         (longer.size() == shorter.size() || longer[longer.size() - shorter.size() - 1] == '.');
}

class Matcher {
 public:
  Matcher(TensorMap model, TensorMap file) : model_(std::move(model)), file_(std::move(file)) {}

  void rename(const Names& renamed) {
    TensorMap tensors;
    std::set<std::string> unused;
    for (const auto& [theirs, ours] : renamed) unused.insert(theirs);
    for (const auto& [name, tensor] : file_) {
      const auto* rule = rule_for(name, renamed);
      if (rule != nullptr) unused.erase(rule->first);
      if (rule != nullptr && rule->second.empty()) continue;
      const auto now = rule == nullptr ? name : rule->second + name.substr(rule->first.size());
      if (!tensors.emplace(now, tensor).second) {
        throw ConfigError(
            fmt::format("--map: \"{}\" and \"{}\" of the file would both be \"{}\"", original_.at(now), name, now));
      }
      original_[now] = name;
    }
    if (!unused.empty()) {
      throw ConfigError(fmt::format("--map: the file has no \"{}\"{}", *unused.begin(),
                                    did_you_mean(*unused.begin(), known_names())));
    }
    file_ = std::move(tensors);
  }

  void match_same_names() {
    for (const auto& [name, tensor] : TensorMap(model_)) {
      const auto same = file_.find(name);
      if (same != file_.end() && fits(tensor, same->second)) match(name, name);
    }
  }

  void match_modules() {
    const auto theirs = modules_of(file_), ours = modules_of(model_);
    for (const auto& [name, module] : ours) {
      auto fitting = names_fitting(theirs, module);
      const auto rivals = names_fitting(ours, module);
      if (fitting.size() != 1 || rivals.size() != 1) {
        std::erase_if(fitting, [&](const auto& other) {
          return !ends_alike(other, name) ||
                 std::ranges::count_if(rivals, [&](const auto& rival) { return ends_alike(other, rival); }) != 1;
        });
      }
      if (fitting.size() != 1) continue;
      for (const auto& [last, tensor] : module) match(join(name, last), join(fitting.front(), last));
    }
  }

  Names result() {
    if (!model_.empty() || !file_.empty()) throw CheckpointError(complaint());
    return std::move(matched_);
  }

 private:
  static std::vector<std::string> names_fitting(const std::map<std::string, Module>& modules, const Module& module) {
    std::vector<std::string> names;
    for (const auto& [name, other] : modules) {
      if (fits(other, module)) names.push_back(name);
    }
    return names;
  }

  void match(const std::string& ours, const std::string& theirs) {
    matched_[ours] = original_.at(theirs);
    model_.erase(ours);
    file_.erase(theirs);
  }

  /// The one that names the tensor itself or, of those that name a module around it, the innermost.
  static const Names::value_type* rule_for(const std::string& name, const Names& renamed) {
    for (auto part = name;; part = module_of(part)) {
      if (const auto rule = renamed.find(part); rule != renamed.end()) return &*rule;
      if (part.empty()) return nullptr;
    }
  }

  std::vector<std::string> known_names() const {
    std::vector<std::string> known;
    for (const auto& [name, tensor] : file_) {
      known.push_back(name);
      known.push_back(module_of(name));
    }
    return known;
  }

  /// What of the file might have been meant for `ours`, one or several.
  std::string candidates(const std::string& ours, const torch::Tensor& tensor) const {
    std::vector<std::string> alike, others;
    for (const auto& [name, other] : file_) {
      if (last_part(name) != last_part(ours)) continue;
      (fits(tensor, other) ? alike : others).push_back(original_.at(name) + " " + shape_of(other));
    }
    return fmt::format("{}", fmt::join(alike.empty() ? others : alike, ", "));
  }

  std::string complaint() const {
    std::string text = "its tensors do not fit the model";
    if (!model_.empty()) {
      Table table{.header = {"missing", "shape", "left over, near it"}};
      for (const auto& [name, tensor] : model_) {
        table.rows.push_back({name, shape_of(tensor), candidates(name, tensor)});
      }
      text += "\n" + table.to_string(true, 2);
    }
    if (!file_.empty()) {
      Table table{.header = {"left over", "shape"}};
      for (const auto& [name, tensor] : file_) table.rows.push_back({original_.at(name), shape_of(tensor)});
      text += "\n" + table.to_string(true, 2);
    }
    text += "\nThe model's sizes are the config's (key=value); which name is which is said by --map THEIRS=OURS.";
    return text;
  }

  TensorMap model_, file_;  // what is not matched yet
  Names original_;          // of each name that file_ ever had, the file's own
  Names matched_;
};

}  // namespace

std::map<std::string, std::string> match_weights(const TensorMap& model, const TensorMap& file,
                                                 const std::map<std::string, std::string>& renamed) {
  Matcher matcher(model, file);
  matcher.rename(renamed);
  matcher.match_same_names();
  matcher.match_modules();
  return matcher.result();
}

}  // namespace recur
