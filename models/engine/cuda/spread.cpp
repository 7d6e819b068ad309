#include <algorithm>
#include <bit>

#include "models/engine/cuda/persistent.h"

namespace recur::engine::cuda {
namespace {

int up(int64_t a, int64_t b) {
  return static_cast<int>((a + b - 1) / b);
}

/// Lays the parts over shared memory.  False where there is no room.
bool fit(Spread& spread, size_t shared_bytes) {
  const auto bytes = [&](int64_t floats) { return static_cast<int64_t>(sizeof(float)) * floats; };
  const int64_t fixed =
      bytes(int64_t{spread.depth} * spread.columns + int64_t{spread.slices} * spread.rows * spread.columns);
  const int64_t tile_rows = int64_t{32} / spread.lane_columns * spread.thread_rows;
  const int64_t of_column = bytes(spread.stages() * spread.row_tiles * tile_rows);
  const int64_t padding = 4, reserve = 1024, left = static_cast<int64_t>(shared_bytes) - fixed - reserve;
  const int64_t room = left / of_column - padding;
  if (spread.is_cluster) {
    spread.chunk = spread.depth;
    if (room < spread.depth) return false;
  } else {
    const int turn = 4 * spread.slices;  // of all slices once
    const int wanted = std::min(spread.depth, turn * up(spread.depth, int64_t{turn} * spread.stages()));
    spread.chunk = static_cast<int>(std::min<int64_t>(wanted, room >= turn ? room / turn * turn : 0));
    if (spread.chunk <= 0) return false;
  }
  spread.shared_bytes = static_cast<size_t>(fixed + of_column * (spread.chunk + padding));
  return true;
}

/// Clocks of a step: the waits that no spread avoids, what comes from other blocks, and the most that one of a
/// multiprocessor's parts has to do for the product: its schedulers, its shared memory, one warp after another load.
double estimate(const Spread& spread, int64_t per_unit) {
  constexpr double kWaitsAlone = 500, kWaitsOfCluster = 1800, kWaitsInL2 = 5000, kBytesPerClock = 40;
  constexpr int kSchedulers = 4;
  const double waits = !spread.is_cluster ? kWaitsInL2 : spread.blocks > 1 ? kWaitsOfCluster : kWaitsAlone;
  const double passed = spread.blocks > 1 ? 4.0 * spread.rows * spread.depth / kBytesPerClock : 0;
  const int warps = spread.tiles * spread.slices;
  const int issued = up(warps, kSchedulers) * (17 * spread.thread_rows + 10);
  const int loaded = warps * (4 * up(spread.lane_columns, 8) + spread.thread_rows);
  const int waited = 45 + 8 * spread.thread_rows;
  const double rounds = static_cast<double>(spread.depth) / (4.0 * spread.slices);
  const double stored = 4.0 * warps * spread.thread_rows;
  const double gathered = static_cast<double>(per_unit) * spread.slices * up(int64_t{spread.rows} * spread.units, 32);
  return waits + passed + rounds * std::max({issued, loaded, waited}) + stored + gathered;
}

/// The best sharing of a block's product among its warps.
void lay_out(Spread spread, const Capacity& capacity, int64_t per_unit, std::optional<Spread>& best) {
  const int quads = spread.columns / 4;
  const int widest = std::min(32, static_cast<int>(std::bit_ceil(static_cast<unsigned>(quads))));
  for (spread.lane_columns = std::min(8, widest); spread.lane_columns <= widest; spread.lane_columns *= 2) {
    const int lane_rows = 32 / spread.lane_columns;
    for (spread.thread_rows = 1; spread.thread_rows <= 4; spread.thread_rows *= 2) {
      spread.row_tiles = up(spread.rows, int64_t{lane_rows} * spread.thread_rows);
      spread.tiles = spread.row_tiles * up(quads, spread.lane_columns);
      for (spread.slices = Spread::kWarps / spread.tiles; spread.slices > 0; spread.slices /= 2) {
        if (4 * spread.slices > spread.depth || !fit(spread, capacity.shared_bytes)) continue;
        spread.clocks = estimate(spread, per_unit);
        if (!best || spread.clocks < best->clocks) best = spread;
      }
    }
  }
}

}  // namespace

std::optional<Spread> find_spread(const Capacity& capacity, int64_t batch, int64_t units, int64_t depth,
                                  int64_t per_unit) {
  std::optional<Spread> best;
  const auto consider = [&](bool is_cluster, int groups, int blocks) {
    Spread spread{.is_cluster = is_cluster, .groups = groups, .blocks = blocks};
    spread.units = up(units, blocks);
    spread.rows = up(batch, groups);
    if (spread.units * spread.rows > Spread::kThreads) return;
    spread.depth = 4 * up(depth, 4);
    spread.columns = 4 * up(per_unit * spread.units, 4);
    lay_out(spread, capacity, per_unit, best);
  };
  /// Calls with 1 and each larger number of groups that makes them smaller.
  const auto for_groups = [&](int64_t most, const auto& call) {
    int rows = 0;
    for (int groups = 1; groups <= std::min(batch, most); ++groups) {
      if (up(batch, groups) == rows) continue;
      rows = up(batch, groups);
      call(groups);
    }
  };
  for_groups(capacity.blocks, [&](int groups) {
    const int blocks = std::min(capacity.blocks / groups, Course::kMostBlocks);
    consider(/*is_cluster=*/false, groups, up(units, up(units, blocks)));
  });
  constexpr double kPlaced = 0.9;  // of the blocks, where clusters must lie side by side
  for (int blocks = 1; capacity.has_clusters && blocks <= 16; blocks *= 2) {
    const double places = blocks == 1 ? capacity.blocks : kPlaced * capacity.blocks / blocks;
    if (up(units, up(units, blocks)) != blocks) continue;  // a block without units would not be waited for
    for_groups(static_cast<int64_t>(places), [&](int groups) { consider(/*is_cluster=*/true, groups, blocks); });
  }
  return best;
}

}  // namespace recur::engine::cuda
