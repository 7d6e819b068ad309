#include "trainers/log/heat_map.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include <ATen/ops/nan_to_num.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros_like.h>

#include <cairo.h>
#include <fmt/format.h>

#include "core/error.h"

namespace recur {
namespace {

struct Rgb {
  int red, green, blue;
};
constexpr Rgb kBlue{0, 114, 178}, kOrange{213, 94, 0}, kGreen{0, 158, 115};

Rgb colour_above(HeatColours colours) {
  return colours == HeatColours::kOpenness ? kGreen : kOrange;
}

/// Cairo's ARGB32 in memory, colours multiplied by what is opaque: [rows, columns, 4] blue, green, red, opaque.
torch::Tensor pixels_of(const torch::Tensor& values, HeatColours colours) {
  const auto v = at::nan_to_num(values.to(torch::kCPU, torch::kFloat64), 0, 0, 0).clamp(-1, 1);
  const auto up = v.clamp_min(0), down = colours == HeatColours::kSigned ? -v.clamp_max(0) : at::zeros_like(v);
  const auto above = colour_above(colours);
  const auto mixed = [&](int of_up, int of_down) { return up * of_up + down * of_down; };
  return at::stack({mixed(above.blue, kBlue.blue), mixed(above.green, kBlue.green), mixed(above.red, kBlue.red),
                    (up + down) * 255},
                   2)
      .round()
      .to(torch::kUInt8)
      .contiguous();
}

}  // namespace

std::string heat_map_png(const torch::Tensor& values, HeatColours colours) {
  const auto pixels = pixels_of(values, colours);
  const auto height = static_cast<int>(pixels.size(0)), width = static_cast<int>(pixels.size(1));
  const std::unique_ptr<cairo_surface_t, decltype(&cairo_surface_destroy)> surface(
      cairo_image_surface_create_for_data(pixels.mutable_data_ptr<uint8_t>(), CAIRO_FORMAT_ARGB32, width, height,
                                          4 * width),
      &cairo_surface_destroy);
  std::string bytes;
  const auto append = [](void* all, const unsigned char* data, unsigned int length) {
    static_cast<std::string*>(all)->append(reinterpret_cast<const char*>(data), length);
    return CAIRO_STATUS_SUCCESS;
  };
  if (const auto status = cairo_surface_write_to_png_stream(surface.get(), append, &bytes); status != 0) {
    throw Error(fmt::format("heat map of {} rows and {} columns: cairo says \"{}\"", height, width,
                            cairo_status_to_string(status)));
  }
  return bytes;
}

std::string heat_css(double value, HeatColours colours) {
  const double shown = std::isfinite(value) ? std::clamp(value, -1.0, 1.0) : 0;
  const auto [red, green, blue] = shown < 0 ? kBlue : colour_above(colours);
  const bool paper = shown < 0 && colours == HeatColours::kOpenness;
  return fmt::format("rgba({},{},{},{:.2f})", red, green, blue, paper ? 0 : std::abs(shown));
}

}  // namespace recur
