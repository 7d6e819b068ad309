#include "trainers/feature_cache.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <system_error>

#include <ATen/ops/from_file.h>
#include <c10/util/accumulate.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "core/files.h"

namespace recur {
namespace {

namespace fs = std::filesystem;

/// What a killed process left behind: nobody has written to it for an hour.
void remove_leftovers(const fs::path& file) {
  std::error_code ignored;
  const auto now = fs::file_time_type::clock::now();
  for (const auto& entry : fs::directory_iterator(file.parent_path(), ignored)) {
    const auto name = entry.path().filename().string();
    const bool is_temporary = name.starts_with(file.filename().string() + ".");
    if (is_temporary && now - entry.last_write_time(ignored) > std::chrono::hours(1)) fs::remove(entry, ignored);
  }
}

void write_features(const fs::path& file, const std::vector<int64_t>& shape, int64_t batch,
                    const std::function<torch::Tensor(int64_t, int64_t)>& compute) {
  remove_leftovers(file);
  AtomicFile writer(file);
  for (int64_t begin = 0; begin < shape.front(); begin += batch) {
    const int64_t end = std::min(begin + batch, shape.front());
    const auto rows = compute(begin, end).to(torch::kCPU, torch::kFloat32).contiguous();
    auto expected = shape;
    expected.front() = end - begin;
    if (rows.sizes() != at::IntArrayRef(expected)) {
      throw ShapeError(fmt::format("feature cache: got features [{}], expected [{}]", fmt::join(rows.sizes(), ", "),
                                   fmt::join(expected, ", ")));
    }
    writer.write({static_cast<const char*>(rows.const_data_ptr()), rows.nbytes()});
  }
  writer.commit();
}

}  // namespace

fs::path feature_cache_directory() {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value == nullptr ? "" : value);
  };
  if (const auto cache = variable("XDG_CACHE_HOME"); !cache.empty()) return fs::path(cache) / "recur" / "features";
  if (const auto home = variable("HOME"); !home.empty()) return fs::path(home) / ".cache" / "recur" / "features";
  throw Error("no folder for features: set XDG_CACHE_HOME or HOME, or model.encoder.cache_features=false");
}

torch::Tensor cached_features(const fs::path& folder, const std::string& key, const std::vector<int64_t>& shape,
                              int64_t batch, const std::function<torch::Tensor(int64_t, int64_t)>& compute) {
  const auto file = folder / (key + ".f32");
  const int64_t numbers = c10::multiply_integers(shape);
  std::error_code absent;
  const auto size = fs::file_size(file, absent);
  if (absent || size != static_cast<uintmax_t>(numbers) * sizeof(float)) write_features(file, shape, batch, compute);
  return at::from_file(file.string(), /*shared=*/false, numbers, torch::kFloat32).view(shape);
}

}  // namespace recur
