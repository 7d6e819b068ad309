// Weights of others for an image encoder.
#pragma once

#include <filesystem>
#include <string>

#include "models/vision/image_encoder.h"

namespace recur {

/// Copies the weights of a file (core/weights_file.h) into the encoder by name, whatever floating-point type they have
/// there.  A prefix that all names share ("module.", "backbone.", "encoder.") is taken off, a classifier `fc.*` is left
/// out, and batch norms may come without `num_batches_tracked`, as before torch 0.4.1.
/// @return  one line on what was loaded and left out
/// @throws CheckpointError naming the file, and the names that are missing, unknown or of another shape or kind; the
///         encoder is then untouched.
std::string load_pretrained(ImageEncoderImpl& encoder, const std::filesystem::path& path);

}  // namespace recur
