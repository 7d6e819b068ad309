// TensorBoard event files: protocol buffers (tensorboard_event.h) in TFRecord frames.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <torch/types.h>

namespace recur {

/// CRC-32C (Castagnoli, reflected): crc32c("123456789") == 0xE3069283.
uint32_t crc32c(std::string_view bytes);

/// One TFRecord: length (uint64), its masked CRC, the payload, its masked CRC; all little-endian.
std::string tfrecord(std::string_view payload);

/// Writes `events.out.tfevents.*` into a folder.  `tensorboard --logdir FOLDER` shows it while the run goes on.
class TensorBoardWriter {
 public:
  /// Starts a new event file in `folder` (made if missing).  With `resume_step`, tells TensorBoard to forget what
  /// earlier files of the folder say about later steps.
  /// @throws Error naming the file if it cannot be written; so does every other member.
  explicit TensorBoardWriter(const std::filesystem::path& folder, std::optional<int64_t> resume_step = std::nullopt);

  /// One point of the curve `tag`; a slash groups tags: "validation/rmse".
  void scalar(std::string_view tag, int64_t step, double value);

  /// An image, given as the bytes of a PNG file.  @throws DataError if they are none.
  void image(std::string_view tag, int64_t step, std::string_view png);

  /// How the elements of `values` are spread, in buckets of one width; those that are not finite are left out.
  void histogram(std::string_view tag, int64_t step, const torch::Tensor& values);

  /// A text of several lines, shown as it is, in a font of one width.
  void text(std::string_view tag, int64_t step, std::string_view text);

  /// The run's row in the table of hyper-parameters: {"trainer.optimizer.learning_rate", "0.001"}, ...; a value that
  /// reads as a number, or as true or false, is one there.
  void hyper_parameters(const std::map<std::string, std::string>& values);

  /// Hands everything to the system.  The file is also flushed when it is closed.
  void flush();

  const std::filesystem::path& path() const { return path_; }

 private:
  void write(std::string_view event);

  std::filesystem::path path_;
  std::ofstream out_;
};

}  // namespace recur
