#include "trainers/log/tensorboard_event.h"

#include <charconv>
#include <chrono>
#include <cmath>
#include <vector>

#include <ATen/ops/aminmax.h>
#include <ATen/ops/histc.h>

#include <fmt/format.h>
#include <protozero/pbf_writer.hpp>

#include "core/error.h"

namespace recur::tensorboard {
namespace {

using protozero::pbf_tag_type;
using protozero::pbf_writer;

// The numbers of the fields.
namespace event_field {
constexpr pbf_tag_type kWallTime = 1, kStep = 2, kFileVersion = 3, kSummary = 5, kSessionLog = 7;
}
namespace session_log {
constexpr pbf_tag_type kStatus = 1;
constexpr int32_t kStart = 1;
}  // namespace session_log
namespace summary_field {
constexpr pbf_tag_type kValue = 1;
}
namespace value_field {
constexpr pbf_tag_type kTag = 1, kSimpleValue = 2, kImage = 4, kHistogram = 5, kTensor = 8, kMetadata = 9;
}
namespace image_field {
constexpr pbf_tag_type kHeight = 1, kWidth = 2, kColourSpace = 3, kEncoded = 4;
}
namespace histogram_field {
constexpr pbf_tag_type kMin = 1, kMax = 2, kCount = 3, kSum = 4, kSumOfSquares = 5, kLimits = 6, kCounts = 7;
}
namespace tensor_field {
constexpr pbf_tag_type kType = 1, kShape = 2, kText = 8;
constexpr int32_t kTypeIsText = 7;
constexpr pbf_tag_type kShapeDimension = 2, kDimensionSize = 1;
}  // namespace tensor_field
namespace metadata_field {
constexpr pbf_tag_type kPlugin = 1, kDataClass = 4;
constexpr pbf_tag_type kPluginName = 1, kPluginContent = 2;
constexpr int32_t kClassIsTensor = 2;
}  // namespace metadata_field
namespace hparams_field {
constexpr pbf_tag_type kSessionStart = 3;               // of HParamsPluginData, the plug-in's content
constexpr pbf_tag_type kValues = 1, kStartSeconds = 5;  // of SessionStartInfo
constexpr pbf_tag_type kMapKey = 1, kMapValue = 2;
constexpr pbf_tag_type kNumber = 2, kText = 3, kBool = 4;  // of google.protobuf.Value
}  // namespace hparams_field

constexpr int64_t kBuckets = 30;  // as many as TensorBoard draws

double wall_time() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string start_event(int64_t step) {
  std::string bytes;
  pbf_writer writer{bytes};
  writer.add_double(event_field::kWallTime, wall_time());
  writer.add_int64(event_field::kStep, step);
  return bytes;
}

// An event whose summary holds one value; `add_content` adds it beside the tag.
template <class F>
std::string value_event(std::string_view tag, int64_t step, F add_content) {
  std::string bytes = start_event(step);
  {
    // A nested message gets its length when its writer is destroyed.
    pbf_writer event_writer{bytes};
    pbf_writer summary_writer{event_writer, event_field::kSummary};
    pbf_writer value_writer{summary_writer, summary_field::kValue};
    value_writer.add_string(value_field::kTag, tag.data(), tag.size());
    add_content(value_writer);
  }
  return bytes;
}

// Says which of TensorBoard's plug-ins shows a value.
void add_plugin(pbf_writer& value_writer, std::string_view name, std::string_view content) {
  pbf_writer metadata_writer{value_writer, value_field::kMetadata};
  {
    pbf_writer plugin_writer{metadata_writer, metadata_field::kPlugin};
    plugin_writer.add_string(metadata_field::kPluginName, name.data(), name.size());
    if (!content.empty()) plugin_writer.add_bytes(metadata_field::kPluginContent, content.data(), content.size());
  }
  metadata_writer.add_enum(metadata_field::kDataClass, metadata_field::kClassIsTensor);
}

int32_t big_endian(std::string_view bytes) {
  int32_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

// One entry of SessionStartInfo's map.
void add_hyper_parameter(pbf_writer& session_writer, const std::string& name, const std::string& value) {
  pbf_writer entry_writer{session_writer, hparams_field::kValues};
  entry_writer.add_string(hparams_field::kMapKey, name);
  pbf_writer value_writer{entry_writer, hparams_field::kMapValue};
  double number = 0;
  const auto read = std::from_chars(value.data(), value.data() + value.size(), number);
  if (read.ec == std::errc() && read.ptr == value.data() + value.size() && std::isfinite(number)) {
    value_writer.add_double(hparams_field::kNumber, number);
  } else if (value == "true" || value == "false") {
    value_writer.add_bool(hparams_field::kBool, value == "true");
  } else {
    value_writer.add_string(hparams_field::kText, value);
  }
}

}  // namespace

std::string version_event() {
  std::string bytes = start_event(0);
  pbf_writer(bytes).add_string(event_field::kFileVersion, "brain.Event:2");
  return bytes;
}

std::string session_event(int64_t step) {
  std::string bytes = start_event(step);
  {
    pbf_writer event_writer{bytes};
    pbf_writer{event_writer, event_field::kSessionLog}.add_enum(session_log::kStatus, session_log::kStart);
  }
  return bytes;
}

std::string scalar_event(std::string_view tag, int64_t step, double value) {
  return value_event(
      tag, step, [&](pbf_writer& writer) { writer.add_float(value_field::kSimpleValue, static_cast<float>(value)); });
}

std::string image_event(std::string_view tag, int64_t step, std::string_view png) {
  // A PNG starts with 8 bytes of signature and the IHDR chunk: length, "IHDR", width, height, depth, colour type.
  constexpr std::string_view kSignature = "\x89PNG\r\n\x1a\n";
  if (png.size() < 26 || png.substr(0, 8) != kSignature || png.substr(12, 4) != "IHDR") {
    throw DataError(
        fmt::format("image '{}' for TensorBoard: expected the bytes of a PNG file, got {} others", tag, png.size()));
  }
  const bool has_colour = (png[25] & 2) != 0;
  const bool has_alpha = (png[25] & 4) != 0;
  return value_event(tag, step, [&](pbf_writer& writer) {
    pbf_writer image_writer{writer, value_field::kImage};
    image_writer.add_int32(image_field::kHeight, big_endian(png.substr(20, 4)));
    image_writer.add_int32(image_field::kWidth, big_endian(png.substr(16, 4)));
    image_writer.add_int32(image_field::kColourSpace, (has_colour ? 3 : 1) + (has_alpha ? 1 : 0));
    image_writer.add_bytes(image_field::kEncoded, png.data(), png.size());
  });
}

std::string histogram_event(std::string_view tag, int64_t step, const torch::Tensor& values) {
  const auto [least, greatest] = at::aminmax(values);
  const double low = least.item<double>(), high = greatest.item<double>();
  std::vector<double> limits, counts;
  if (low == high) {
    limits = {high}, counts = {static_cast<double>(values.numel())};
  } else {
    const auto counted = at::histc(values, kBuckets, low, high).cpu();
    counts.assign(counted.const_data_ptr<double>(), counted.const_data_ptr<double>() + kBuckets);
    for (int64_t i = 1; i <= kBuckets; ++i) limits.push_back(low + (high - low) * static_cast<double>(i) / kBuckets);
  }
  return value_event(tag, step, [&](pbf_writer& writer) {
    pbf_writer histogram_writer{writer, value_field::kHistogram};
    histogram_writer.add_double(histogram_field::kMin, low);
    histogram_writer.add_double(histogram_field::kMax, high);
    histogram_writer.add_double(histogram_field::kCount, static_cast<double>(values.numel()));
    histogram_writer.add_double(histogram_field::kSum, values.sum().item<double>());
    histogram_writer.add_double(histogram_field::kSumOfSquares, values.square().sum().item<double>());
    histogram_writer.add_packed_double(histogram_field::kLimits, limits.begin(), limits.end());
    histogram_writer.add_packed_double(histogram_field::kCounts, counts.begin(), counts.end());
  });
}

std::string text_event(std::string_view tag, int64_t step, std::string_view markdown) {
  return value_event(tag, step, [&](pbf_writer& writer) {
    {
      pbf_writer tensor_writer{writer, value_field::kTensor};
      tensor_writer.add_enum(tensor_field::kType, tensor_field::kTypeIsText);
      {
        pbf_writer shape_writer{tensor_writer, tensor_field::kShape};
        pbf_writer{shape_writer, tensor_field::kShapeDimension}.add_int64(tensor_field::kDimensionSize, 1);
      }
      tensor_writer.add_bytes(tensor_field::kText, markdown.data(), markdown.size());
    }
    add_plugin(writer, "text", "");
  });
}

std::string hyper_parameters_event(const std::map<std::string, std::string>& values) {
  std::string content;
  {
    pbf_writer content_writer{content};
    pbf_writer session_writer{content_writer, hparams_field::kSessionStart};
    for (const auto& [name, value] : values) add_hyper_parameter(session_writer, name, value);
    session_writer.add_double(hparams_field::kStartSeconds, wall_time());
  }
  return value_event("_hparams_/session_start_info", 0,
                     [&](pbf_writer& writer) { add_plugin(writer, "hparams", content); });
}

}  // namespace recur::tensorboard
