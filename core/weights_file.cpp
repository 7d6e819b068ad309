#include "core/weights_file.h"

#include <c10/util/Exception.h>

#include <fmt/format.h>

#include "core/error.h"
#include "core/files.h"
#include "core/safetensors.h"
#include "core/state_dict_file.h"

namespace recur {
namespace {

std::map<std::string, torch::Tensor> parse(std::string_view bytes) {
  if (bytes.starts_with("PK\x03\x04")) return parse_state_dict(bytes);
  if (bytes.size() > 8 && bytes[8] == '{') return parse_safetensors(bytes).tensors;
  if (bytes.starts_with("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.")) {
    throw CheckpointError(
        "in the format that torch.save had before 1.6; in Python: torch.save(torch.load(path, weights_only=True), "
        "path)");
  }
  throw CheckpointError("neither safetensors nor a file of torch.save");
}

}  // namespace

std::map<std::string, torch::Tensor> read_weights(const std::filesystem::path& path) {
  try {
    return parse(read_file(path));
  } catch (const DataError& error) {  // names the path already
    throw CheckpointError(error.what());
  } catch (const CheckpointError& error) {
    throw CheckpointError(fmt::format("{}: {}", path.string(), error.what()));
  } catch (const c10::Error& error) {
    throw CheckpointError(fmt::format("{}: {}", path.string(), error.msg()));
  }
}

}  // namespace recur
