#include "models/engine/plugin.h"

#include <memory>
#include <utility>

#include <dlfcn.h>

#include "core/error.h"

namespace recur {
namespace {

namespace fs = std::filesystem;

struct Close {
  void operator()(void* library) const { dlclose(library); }
};
using Library = std::unique_ptr<void, Close>;

Library open(const fs::path& file) {
  if (!fs::exists(file)) throw ConfigError(fmt::format("plug-in {}: there is no such file", file.string()));
  // All it needs now, so that what is missing is known now; and its names for itself alone.
  Library library(dlopen(fs::absolute(file).c_str(), RTLD_NOW | RTLD_LOCAL));
  if (library) return library;
  throw ConfigError(fmt::format("plug-in {} is no library that can be loaded: {}", file.string(), dlerror()));
}

template <class Function>
Function* find(const Library& library, const char* name, const fs::path& file) {
  auto* const found = reinterpret_cast<Function*>(dlsym(library.get(), name));
  if (found == nullptr) {
    throw ConfigError(fmt::format("{} is a library, but no plug-in of recur: it has no {}, which RECUR_PLUGIN makes",
                                  file.string(), name));
  }
  return found;
}

void check_abi(const std::string& theirs, const fs::path& file) {
  const auto ours = plugin_abi(RECUR_PLUGIN_VERSIONS);
  if (theirs == ours) return;
  throw ConfigError(fmt::format("plug-in {} was built for {}, and this is {}; build it again, for this one",
                                file.string(), theirs, ours));
}

}  // namespace

void load_plugin(const fs::path& file) {
  auto library = open(file);
  check_abi(find<const char*()>(library, "recur_plugin_abi", file)(), file);
  const auto enter = find<void(const PluginHost&)>(library, "recur_plugin_register", file);
  library.release();  // what it adds is of use until the process ends
  try {
    enter({.add_cell = [](engine::CellType cell) { engine::add_cell(std::move(cell)); }});
  } catch (const ConfigError& error) {
    throw ConfigError(fmt::format("plug-in {}: {}", file.string(), error.what()));
  }
}

}  // namespace recur
