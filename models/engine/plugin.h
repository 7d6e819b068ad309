// Plug-ins: shared libraries that bring cells to a recur that is built already.  A plug-in says, once,
//
//   RECUR_PLUGIN(host) { host.add_cell(recur::engine::compiled_cell<MyCell>()); }
//
// and is compiled with the target recur::plugin of find_package(recur).  `recur --plugin libmycell.so train ...` loads
// it, and so does load_plugin.  What crosses the border are structs of this very recur and LibTorch, so that a plug-in
// fits only what it was compiled for; it says what that was, and nothing of it is called before that has been compared.
// It calls LibTorch and nothing of recur that is not in a header (docs/decisions/0014-plug-ins.md).
#pragma once

#include <filesystem>
#include <string>

#include <torch/version.h>

#include <fmt/format.h>

#include "models/engine/compiled_cell.h"

namespace recur {

/// What a plug-in may do.
struct PluginHost {
  void (*add_cell)(engine::CellType cell) = nullptr;  ///< engine::add_cell
};

/// Loads a plug-in and lets it add what it brings.  It stays loaded.
/// @throws ConfigError, in one sentence, if the file is absent, no shared library, no plug-in, or built for another
///         recur, LibTorch or compiler; or if what it adds has a name that is taken
void load_plugin(const std::filesystem::path& file);

#define RECUR_TEXT_OF(number) RECUR_TEXT_OF_VALUE(number)
#define RECUR_TEXT_OF_VALUE(value) #value
/// What must be the same on both sides.  RECUR_VERSION is defined where plug-ins and their loader are compiled.
#define RECUR_PLUGIN_VERSIONS \
  "recur " RECUR_VERSION " with LibTorch " TORCH_VERSION ", C++ ABI " RECUR_TEXT_OF(__GXX_ABI_VERSION)

/// `versions`, and the size of what crosses the border, which tells apart two states of a recur under development.
inline std::string plugin_abi(const char* versions) {
  return fmt::format("{}, cells of {} bytes", versions, sizeof(engine::CellType));
}

// (The text is a static of a function that is not inline: of one that is, the linker would make one for all plug-ins.)
#define RECUR_PLUGIN(host)                                                           \
  extern "C" __attribute__((visibility("default"))) const char* recur_plugin_abi() { \
    static const std::string kAbi = recur::plugin_abi(RECUR_PLUGIN_VERSIONS);        \
    return kAbi.c_str();                                                             \
  }                                                                                  \
  extern "C" __attribute__((visibility("default"))) void recur_plugin_register(const recur::PluginHost& host)

}  // namespace recur
