// The messages in TensorBoard's event files, as bytes: tensorflow's event.proto, summary.proto, histogram.proto and
// tensor.proto, and plugin_data.proto of TensorBoard's hparams plug-in.  Internal to tensorboard.cpp.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include <torch/types.h>

namespace recur::tensorboard {

/// Every file's first event.
std::string version_event();

/// A session that starts at `step`: TensorBoard drops what it has read of it and later steps.
std::string session_event(int64_t step);

std::string scalar_event(std::string_view tag, int64_t step, double value);

/// @throws DataError if `png` is no PNG file's bytes.
std::string image_event(std::string_view tag, int64_t step, std::string_view png);

/// `values`: float64 [N >= 1], all finite.
std::string histogram_event(std::string_view tag, int64_t step, const torch::Tensor& values);

std::string text_event(std::string_view tag, int64_t step, std::string_view markdown);

/// What the run was set to.  A text that is a number, or true or false, is told as one.
std::string hyper_parameters_event(const std::map<std::string, std::string>& values);

}  // namespace recur::tensorboard
