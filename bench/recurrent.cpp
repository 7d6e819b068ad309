// Our recurrent layers beside torch::nn's, in one process and interleaved: minimum over repeats.
//   ./dev bench recurrent [--json FILE] [--cells lstm,gru] [--seconds S] [--engine reference] [--random SHAPES]
//                         [--device cuda] [--tf32] [--bf16] [--without-avx512]
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <random>

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mm.h>

#include <CLI/CLI.hpp>
#include <hwy/targets.h>

#include "bench/recurrent_cases.h"
#include "bench/recurrent_race.h"
#include "core/device.h"
#include "core/files.h"
#include "core/parallel.h"
#include "models/engine/cpu/gemm.h"
#include "models/engine/cpu/step.h"
#include "trainers/log/table.h"

namespace recur {
namespace {

struct Shape {
  int64_t T, B, I, H;
};
const std::vector<Shape> kShapes = {{60, 32, 1, 64},    {50, 32, 128, 128},  {25, 64, 300, 256}, {100, 32, 128, 256},
                                    {35, 20, 650, 650}, {100, 64, 512, 512}, {200, 16, 80, 256}, {100, 1, 128, 256},
                                    {50, 32, 256, 256}, {25, 16, 512, 512}};

/// Drawn at random, so that it shows whether only the usual ones are quick.
std::vector<Shape> random_shapes(int64_t count) {
  std::mt19937_64 random(1);
  const auto from = [&](int64_t least, int64_t most) {  // as many small ones as large ones
    std::uniform_real_distribution<double> logarithm(std::log(least), std::log(most));
    return std::llround(std::exp(logarithm(random)));
  };
  std::vector<Shape> shapes;
  for (int64_t k = 0; k < count; ++k) shapes.push_back({from(10, 150), from(1, 64), from(1, 700), from(16, 700)});
  return shapes;
}

/// Multiplications and additions per nanosecond of a product of n x n matrices on a GPU.
double gpu_gemm_peak(const Settings& settings) {
  constexpr int64_t n = 4096;
  const auto a = settings.for_theirs(settings.random({n, n})), b = settings.for_theirs(settings.random({n, n}));
  auto c = at::empty_like(a);
  const auto multiply = [&] { at::mm_out(c, a, b); };
  return 2e-6 * n * n * n / race(0.1, multiply, multiply).first;
}

/// Multiplications and additions per nanosecond of a product of 1024 x 1024 matrices: the better of LibTorch's BLAS and
/// of our panels.
double gemm_peak(const Settings& settings) {
  if (settings.device.is_cuda()) return gpu_gemm_peak(settings);
  constexpr int64_t n = 1024;
  const auto a = at::randn({n, n}), b = at::randn({n, n});
  auto c = at::empty({n, n});
  std::vector<int64_t> rows_of_b(n);
  std::iota(rows_of_b.begin(), rows_of_b.end(), 0);
  const auto panels = engine::cpu::Panels::of_rows(b.const_data_ptr<float>(), n, rows_of_b);
  const auto [blas, ours] = race(
      0.5, [&] { at::mm_out(c, a, b); },
      [&] {
        parallel_for_ranges(n, [&](int64_t /*range*/, int64_t first, int64_t last) {
          panels.multiply({.rows = last - first,
                           .a = a.const_data_ptr<float>() + first * n,
                           .a_stride = n,
                           .c = c.mutable_data_ptr<float>() + first * n,
                           .c_stride = n});
        });
      });
  return 2e-6 * n * n * n / std::min(blas, ours);
}

template <class Module>
std::function<void()> torch_pass(Module module, const torch::Tensor& x, bool train) {
  module->to(x.device(), x.scalar_type());
  return [=]() mutable {
    pass(x, module->parameters(), train, [&](const torch::Tensor& in) { return std::get<0>(module->forward(in)); });
  };
}

std::function<void()> torch_pass(const std::string& cell, const Shape& shape, const torch::Tensor& x, bool train) {
  const auto [T, B, I, H] = shape;
  if (cell == "lstm") return torch_pass(torch::nn::LSTM(torch::nn::LSTMOptions(I, H)), x, train);
  if (cell == "gru") return torch_pass(torch::nn::GRU(torch::nn::GRUOptions(I, H)), x, train);
  return torch_pass(torch::nn::RNN(torch::nn::RNNOptions(I, H)), x, train);
}

Row measure(const std::string& cell, const Shape& shape, bool train, const Settings& settings) {
  const auto [T, B, I, H] = shape;
  auto ours = settings.there(
      Recurrent(I, RecurrentOptions{.cell = cell, .hidden_size = H, .engine = settings.engine}, Layout::kTimeMajor));
  const auto x = settings.random({T, B, I});
  const auto pass_ours = [&] {
    pass(x, ours->parameters(), train, [&](const torch::Tensor& in) { return ours->forward(in).output; });
  };
  const auto [ours_ms, torch_ms] =
      race(settings.seconds, settings.ours(pass_ours), torch_pass(cell, shape, settings.for_theirs(x), train));
  const auto gates = static_cast<int64_t>(ours->cell().gates.size());
  // The backward pass has twice the products of the forward pass.
  const double operations = 2.0 * static_cast<double>(T * B * (I + H) * gates * H) * (train ? 3 : 1);
  return {{"cell", cell},
          {"mode", train ? "train" : "infer"},
          {"threads", at::get_num_threads()},
          {"T", T},
          {"B", B},
          {"I", I},
          {"H", H},
          {"ours_ms", ours_ms},
          {"torch_ms", torch_ms},
          {"ratio", torch_ms / ours_ms},
          {"peak_share", operations / (1e6 * ours_ms)}};  // to be divided by the peak
}

void print(const std::vector<Row>& rows) {
  Table table{
      .header = {"cell", "mode", "threads", "T", "B", "I", "H", "ours ms", "torch ms", "torch/ours", "of peak"}};
  struct Mean {
    double logs = 0, least = std::numeric_limits<double>::max();
    int count = 0;
  };
  std::map<std::string, Mean> means;
  for (const auto& row : rows) {
    const auto ratio = row["ratio"].get<double>();
    table.rows.push_back({row["cell"], row["mode"], row["threads"].dump(), row["T"].dump(), row["B"].dump(),
                          row["I"].dump(), row["H"].dump(), fmt::format("{:.2f}", row["ours_ms"].get<double>()),
                          fmt::format("{:.2f}", row["torch_ms"].get<double>()), fmt::format("{:.2f}", ratio),
                          fmt::format("{:.0f} %", 100 * row["peak_share"].get<double>())});
    auto& mean = means[fmt::format("{} {} on {} threads", row["cell"].get<std::string>(),
                                   row["mode"].get<std::string>(), row["threads"].get<int>())];
    mean.logs += std::log(ratio);
    mean.least = std::min(mean.least, ratio);
    ++mean.count;
  }
  fmt::print("{}\n", table.to_string());
  for (const auto& [name, mean] : means) {
    fmt::print("{}: torch / ours {:.2f} (geometric mean), {:.2f} at least\n", name, std::exp(mean.logs / mean.count),
               mean.least);
  }
}

}  // namespace
}  // namespace recur

int main(int argc, char** argv) {
  CLI::App app("Our recurrent layers beside torch::nn's");
  std::string json_file;
  recur::Settings settings;
  std::vector<std::string> cells = {"rnn", "lstm", "gru"};
  std::vector<int> threads;
  int64_t random = 0;
  std::string device = "cpu";
  bool tf32 = false, without_avx512 = false;
  app.add_option("--json", json_file, "write the rows there too");
  app.add_option("--cells", cells, "of rnn, lstm, gru")->delimiter(',');
  app.add_option("--threads", threads, "numbers of threads")->delimiter(',');
  app.add_option("--random", random, "so many shapes drawn at random, the same each time, instead of the usual ten");
  app.add_option("--seconds", settings.seconds, "for each row's repeats, of which there are at least five");
  app.add_option("--engine", settings.engine, "ours: auto, fused or reference");
  app.add_option("--device", device, "cpu, or cuda against cuDNN");
  app.add_flag("--bf16", settings.bf16, "theirs in bf16, ours under autocast to it");
  app.add_flag("--without-avx512", without_avx512,
               "ours by AVX2; torch's is told so by ATEN_CPU_CAPABILITY=avx2 ONEDNN_MAX_CPU_ISA=AVX2 "
               "MKL_ENABLE_INSTRUCTIONS=AVX2");
  app.add_flag("--tf32", tf32, "TF32 in ours and in torch's; without it in neither");
  CLI11_PARSE(app, argc, argv);
  settings.device = recur::parse_device(device);
  if (without_avx512) hwy::DisableTargets(HWY_AVX3 | HWY_AVX3_DL);
  if (threads.empty()) threads = settings.device.is_cuda() ? std::vector{1} : std::vector{2, 1};
  const auto precision = settings.bf16 ? "bf16" : tf32 ? "TF32" : "f32";
  at::globalContext().setAllowTF32CuBLAS(tf32);
  at::globalContext().setAllowTF32CuDNN(tf32);

  const auto shapes = random > 0 ? recur::random_shapes(random) : recur::kShapes;
  std::vector<recur::Row> rows;
  for (const int count : threads) {
    at::set_num_threads(count);
    const double before = recur::gemm_peak(settings);
    const size_t first = rows.size();
    for (const auto& cell : cells) {
      for (const bool train : {true, false}) {
        for (const auto& shape : shapes) rows.push_back(recur::measure(cell, shape, train, settings));
      }
    }
    const double peak = std::max(before, recur::gemm_peak(settings));  // threads may be slow to come at first
    for (size_t k = first; k < rows.size(); ++k) rows[k]["peak_share"] = rows[k]["peak_share"].get<double>() / peak;
    const auto where = settings.device.is_cuda() ? "a GPU" : recur::engine::cpu::instruction_set();
    fmt::print("{}, {} threads, {}; GEMM peak {:.0f} GF/s\n", precision, count, where, peak);
  }
  recur::print(rows);
  at::set_num_threads(threads.front());
  const auto& engine = settings.engine;
  std::vector<recur::Row> others = {
      recur::measure_ragged(settings), recur::measure_streaming(settings),
      recur::measure_cells(settings, {.cell = "lstm_peephole", .engine = engine}, {.cell = "lstm", .engine = engine})};
  for (const char* cell : {"gru_cho", "mgu"}) {
    others.push_back(
        recur::measure_cells(settings, {.cell = cell, .engine = engine}, {.cell = cell, .engine = "reference"}));
  }
  for (const auto& [T, B, I, H] : shapes) {
    if (H >= 256 && settings.device.is_cpu()) others.push_back(recur::measure_bf16(T, B, I, H, settings));
  }
  for (auto row : others) {
    const auto ours = row["ours_ms"].get<double>(), other = row["other_ms"].get<double>();
    fmt::print("{}: {:.3f} ms; {}: {:.3f} ms; ratio {:.2f}\n", row["what"].get<std::string>(), ours,
               row["against"].get<std::string>(), other, other / ours);
    row["threads"] = threads.front();
    row["ratio"] = other / ours;
    rows.push_back(row);
  }
  if (!json_file.empty()) recur::write_file_atomically(json_file, nlohmann::ordered_json(rows).dump(2) + "\n");
}
