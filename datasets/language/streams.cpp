#include "datasets/language/streams.h"

#include <algorithm>
#include <stdexcept>

#include <ATen/ops/empty.h>

#include <fmt/format.h>

#include "core/error.h"
#include "datasets/with_commas.h"

namespace recur {

int64_t TokenStreams::windows(int64_t steps) const {
  if (steps < 1) throw std::out_of_range(fmt::format("windows: got {} steps, expected 1 or more", steps));
  return (tokens.size(1) - 1 + steps - 1) / steps;
}

Window TokenStreams::window(int64_t index, int64_t steps) const {
  if (index < 0 || index >= windows(steps)) {
    throw std::out_of_range(fmt::format("window: got {}, expected 0 to {}", index, windows(steps) - 1));
  }
  const int64_t begin = index * steps, length = std::min(steps, tokens.size(1) - 1 - begin);
  return {.read = tokens.narrow(1, begin, length), .written = tokens.narrow(1, begin + 1, length)};
}

TokenStreams make_streams(std::span<const int64_t> ids, int64_t streams, const std::string& split) {
  const auto count = static_cast<int64_t>(ids.size());
  if (streams < 1) throw ConfigError(fmt::format("make_streams: got {} streams, expected 1 or more", streams));
  if (count / streams < 2) {
    throw DataError(
        fmt::format("{}: {} tokens, but {} parallel streams need 2 each: give more text, or lower "
                    "trainer.batch_size",
                    split, with_commas(count), with_commas(streams)));
  }
  const int64_t length = count / streams;
  TokenStreams cut{.tokens = at::empty({streams, length}, torch::kInt64), .dropped = count - streams * length};
  std::copy_n(ids.begin(), streams * length, cut.tokens.mutable_data_ptr<int64_t>());
  return cut;
}

}  // namespace recur
