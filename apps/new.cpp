// recur new cell|model|dataset NAME
#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "apps/examples.h"
#include "apps/verbs.h"
#include "core/error.h"
#include "core/files.h"
#include "models/engine/cell_type.h"

namespace recur::apps {
namespace {

namespace fs = std::filesystem;

struct NewOptions {
  std::string kind, name, output;
};

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
}

/// leaky_unit -> LeakyUnit, or with `between` = " " and only the first letter large: Leaky unit
std::string words(const std::string& name, const char* between, bool all_large) {
  std::string text;
  bool starts = true;
  for (const char c : name) {
    if (c == '_') {
      text += between;
      starts = all_large;
      continue;
    }
    text += static_cast<char>(starts ? std::toupper(c) : c);
    starts = false;
  }
  return text;
}

void check_name(const NewOptions& options) {
  const auto& name = options.name;
  const bool fits = !name.empty() && std::islower(static_cast<unsigned char>(name[0])) &&
                    name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos;
  if (!fits) {
    throw ConfigError(
        fmt::format("new: \"{}\" is no name: one has lower case letters, digits and _, and a letter first", name));
  }
  constexpr std::array kTaken{"all", "clean", "help", "install", "package", "test", "recur", "torch", "std"};
  if (std::find(kTaken.begin(), kTaken.end(), name) != kTaken.end()) {
    throw ConfigError(fmt::format("new: \"{}\" cannot be the name: CMake, LibTorch or C++ has it", name));
  }
  for (const auto& cell : engine::all_cells()) {
    if (options.kind == "cell" && name == cell.text.name) {
      throw ConfigError(fmt::format("new: there is a cell {} already; `recur describe {}` shows it", name, name));
    }
  }
}

/// Where find_package finds the recur that this program was installed with; nothing if it was not installed.
std::string prefix_argument() {
  std::error_code failed;
  const auto prefix = fs::canonical("/proc/self/exe", failed).parent_path().parent_path();
  const bool is_installed = !failed && fs::exists(prefix / "include/recur/models/engine/plugin.h");
  return is_installed ? fmt::format(" -DCMAKE_PREFIX_PATH={}", prefix.string()) : "";
}

/// An example is written with its own name, my_cell, replaced.
void write_new(const NewOptions& options) {
  check_name(options);
  const fs::path folder = options.output.empty() ? options.name : options.output;
  if (fs::exists(folder) && !(fs::is_directory(folder) && fs::is_empty(folder))) {
    throw ConfigError(
        fmt::format("new: {} exists and is left as it is; give another folder with --output", folder.string()));
  }
  const std::string example = "my_" + options.kind;
  const auto renamed = [&](std::string text) {
    replace_all(text, example, options.name);
    replace_all(text, words(example, "", true), words(options.name, "", true));
    replace_all(text, words(example, " ", false), words(options.name, " ", false));
    return text;
  };
  std::vector<std::string> written;
  for (const auto& file : example_files()) {
    const std::string path = file.path;
    if (!path.starts_with(example + "/")) continue;
    written.push_back(renamed(path.substr(example.size() + 1)));
    write_file_atomically(folder / written.back(), renamed(file.text));
  }
  fmt::print("wrote {}: {}\n", folder.string(), fmt::join(written, ", "));
  fmt::print("Build and test it:\n  cd {}\n  cmake -S . -B build{}\n  cmake --build build\n", folder.string(),
             prefix_argument());
  fmt::print("  ctest --test-dir build --output-on-failure\nREADME.md there says more.\n");
}

}  // namespace

void add_new(CLI::App& app) {
  const auto options = std::make_shared<NewOptions>();
  auto* verb =
      add_verb(app, "new", "a cell, a model or a data set of your own, to begin with: it builds and has a test",
               "recur new cell leaky_unit");
  verb->add_option("KIND", options->kind, "cell, model or dataset")
      ->required()
      ->check(CLI::IsMember({"cell", "model", "dataset"}));
  verb->add_option("NAME", options->name, "what it is called: lower case, _ between words")->required();
  verb->add_option("--output", options->output, "the folder that is made; default: NAME");
  verb->callback([options] { write_new(*options); });
}

}  // namespace recur::apps
