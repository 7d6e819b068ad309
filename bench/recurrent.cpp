// Our recurrent layers beside torch::nn's, in one process and interleaved: minimum over repeats.
//   ./dev bench recurrent [--json FILE] [--cells lstm,gru] [--seconds S] [--engine reference]
//                         [--device cuda] [--tf32] [--bf16]
#include "models/sequence/recurrent.h"

#include <chrono>
#include <cmath>
#include <cstdio>
#include <limits>
#include <map>
#include <numeric>

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <torch/cuda.h>
#include <torch/nn/modules/rnn.h>
#include <torch/nn/utils/rnn.h>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/device.h"
#include "core/files.h"
#include "core/parallel.h"
#include "models/engine/cpu/gemm.h"
#include "models/engine/cpu/step.h"
#include "trainers/log/table.h"

namespace recur {
namespace {

using Row = nlohmann::ordered_json;

struct Shape {
  int64_t T, B, I, H;
};
constexpr Shape kShapes[] = {{60, 32, 1, 64},    {50, 32, 128, 128},  {25, 64, 300, 256}, {100, 32, 128, 256},
                             {35, 20, 650, 650}, {100, 64, 512, 512}, {200, 16, 80, 256}, {100, 1, 128, 256},
                             {50, 32, 256, 256}, {25, 16, 512, 512}};
constexpr int kFewest = 5, kMost = 200;  // repeats

struct Settings {
  double seconds = 1.0;  // of each pair of rows' repeats, about
  std::string engine = "auto";
  torch::Device device = torch::kCPU;
  bool bf16 = false;  // theirs has bf16 parameters and input, ours runs under autocast

  torch::Tensor random(at::IntArrayRef sizes) const { return at::randn(sizes, device); }
  torch::Tensor for_theirs(const torch::Tensor& x) const { return bf16 ? x.to(torch::kBFloat16) : x; }
  template <class Module>
  Module there(Module module) const {
    module->to(device);
    return module;
  }
  template <class Module>
  Module theirs(Module module) const {
    module->to(device, bf16 ? torch::kBFloat16 : torch::kFloat32);
    return module;
  }
  std::function<void()> ours(std::function<void()> work) const {
    return [=, lower = bf16] {
      at::autocast::set_autocast_enabled(at::kCUDA, lower);
      work();
      at::autocast::set_autocast_enabled(at::kCUDA, false);
    };
  }
};

double milliseconds(const std::function<void()>& work) {
  const bool asynchronous = torch::cuda::is_available();
  if (asynchronous) torch::cuda::synchronize();
  const auto start = std::chrono::steady_clock::now();
  work();
  if (asynchronous) torch::cuda::synchronize();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

/// Least time of each, taken in turns, until `seconds` have gone.
std::pair<double, double> race(double seconds, const std::function<void()>& one, const std::function<void()>& other) {
  double best_one = std::numeric_limits<double>::max(), best_other = best_one, spent = 0;
  for (int repeat = 0; repeat < kMost && (repeat < kFewest || spent < 1e3 * seconds); ++repeat) {
    const double a = milliseconds(one), b = milliseconds(other);
    best_one = std::min(best_one, a);
    best_other = std::min(best_other, b);
    spent += a + b;
  }
  return {best_one, best_other};
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
  const int64_t parts = at::get_num_threads();
  const auto [blas, ours] = race(
      0.5, [&] { at::mm_out(c, a, b); },
      [&] {
        parallel_for_each(parts, [&](int64_t k) {
          const int64_t first = n * k / parts, rows = n * (k + 1) / parts - first;
          panels.multiply({.rows = rows,
                           .a = a.const_data_ptr<float>() + first * n,
                           .a_stride = n,
                           .c = c.mutable_data_ptr<float>() + first * n,
                           .c_stride = n});
        });
      });
  return 2e-6 * n * n * n / std::min(blas, ours);
}

/// One pass over [T, B, I]: forward, and in training backward to the parameters and the input.
template <class Forward>
void pass(const torch::Tensor& x, const std::vector<torch::Tensor>& parameters, bool train, Forward forward) {
  torch::AutoGradMode grad(train);
  const auto leaf = x.detach().requires_grad_(train);
  const torch::Tensor output = forward(leaf);
  if (!train) return;
  for (auto p : parameters) p.mutable_grad() = torch::Tensor();
  output.backward(torch::ones_like(output));
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
  const auto [ours_ms, torch_ms] = race(settings.seconds, settings.ours([&] {
    pass(x, ours->parameters(), train, [&](const torch::Tensor& in) { return ours->forward(in).output; });
  }),
                                        torch_pass(cell, shape, settings.for_theirs(x), train));
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

/// Sequences of unlike lengths, both directions, against torch's packed sequences.
Row measure_ragged(const Settings& settings) {
  constexpr int64_t T = 60, B = 64, I = 300, H = 256;
  constexpr double kFill = 0.58;  // of T, on average
  torch::manual_seed(1);
  auto lengths = at::randint(1, T + 1, {B}, torch::kInt64);
  lengths[0] = T;
  while (lengths.sum().item<int64_t>() < static_cast<int64_t>(kFill * T * B)) lengths.add_(1).clamp_max_(T);
  const auto x = settings.random({T, B, I});
  auto ours = settings.there(Recurrent(
      I, RecurrentOptions{.hidden_size = H, .bidirectional = true, .engine = settings.engine}, Layout::kTimeMajor));
  auto theirs = settings.theirs(torch::nn::LSTM(torch::nn::LSTMOptions(I, H).bidirectional(true)));
  const auto x_theirs = settings.for_theirs(x);
  const auto [ours_ms, torch_ms] = race(settings.seconds, settings.ours([&] {
    pass(x, ours->parameters(), true, [&](const torch::Tensor& in) { return ours->forward(in, lengths).output; });
  }),
                                        [&] {
                                          pass(x_theirs, theirs->parameters(), true, [&](const torch::Tensor& in) {
                                            const auto packed = torch::nn::utils::rnn::pack_padded_sequence(
                                                in, lengths, false, /*enforce_sorted=*/false);
                                            const auto output = std::get<0>(theirs->forward_with_packed_input(packed));
                                            return std::get<0>(torch::nn::utils::rnn::pad_packed_sequence(output));
                                          });
                                        });
  const double fill = lengths.sum().item<double>() / (T * B);
  return {
      {"what", fmt::format("ragged (fill {:.2f}), bidirectional LSTM, train, T {} B {} I {} H {}", fill, T, B, I, H)},
      {"against", "torch::nn::LSTM with pack_padded_sequence"},
      {"ours_ms", ours_ms},
      {"other_ms", torch_ms}};
}

/// One sequence, a step at a time.
Row measure_streaming(const Settings& settings) {
  constexpr int64_t I = 128, H = 256, kSteps = 100;
  const auto x = settings.random({1, 1, I});
  auto ours =
      settings.there(Recurrent(I, RecurrentOptions{.hidden_size = H, .engine = settings.engine}, Layout::kTimeMajor));
  auto theirs = settings.theirs(torch::nn::LSTM(torch::nn::LSTMOptions(I, H)));
  const auto x_theirs = settings.for_theirs(x);
  const torch::NoGradGuard no_grad;
  const auto [ours_ms, torch_ms] = race(settings.seconds, settings.ours([&] {
    std::vector<torch::Tensor> state;
    for (int64_t step = 0; step < kSteps; ++step) state = ours->forward(x, {}, state).state;
  }),
                                        [&] {
                                          torch::optional<std::tuple<torch::Tensor, torch::Tensor>> state;
                                          for (int64_t step = 0; step < kSteps; ++step)
                                            state = std::get<1>(theirs->forward(x_theirs, state));
                                        });
  return {{"what", fmt::format("streaming LSTM, one sequence, a step, I {} H {}", I, H)},
          {"against", "torch::nn::LSTM called per step"},
          {"ours_ms", ours_ms / kSteps},
          {"other_ms", torch_ms / kSteps}};
}

/// A cell that torch does not have, against one that it has.
Row measure_peephole(const Settings& settings) {
  constexpr int64_t T = 50, B = 32, H = 256;
  const auto x = settings.random({T, B, H});
  const auto layer = [&](const char* cell) {
    return settings.there(
        Recurrent(H, RecurrentOptions{.cell = cell, .hidden_size = H, .engine = settings.engine}, Layout::kTimeMajor));
  };
  const auto train = [&](Recurrent model) {
    return settings.ours([=] {
      pass(x, model->parameters(), true,
           [&](const torch::Tensor& in) mutable { return Recurrent(model)->forward(in).output; });
    });
  };
  const auto [peephole, lstm] = race(settings.seconds, train(layer("lstm_peephole")), train(layer("lstm")));
  return {{"what", fmt::format("lstm_peephole, train, T {} B {} I {} H {}", T, B, H, H)},
          {"against", "lstm, ours too"},
          {"ours_ms", peephole},
          {"other_ms", lstm}};
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
  std::string device = "cpu";
  bool tf32 = false;
  app.add_option("--json", json_file, "write the rows there too");
  app.add_option("--cells", cells, "of rnn, lstm, gru")->delimiter(',');
  app.add_option("--threads", threads, "numbers of threads")->delimiter(',');
  app.add_option("--seconds", settings.seconds, "for each row's repeats, of which there are at least five");
  app.add_option("--engine", settings.engine, "ours: auto, fused or reference");
  app.add_option("--device", device, "cpu, or cuda against cuDNN");
  app.add_flag("--bf16", settings.bf16, "on a GPU: theirs in bf16, ours under autocast to it");
  app.add_flag("--tf32", tf32, "TF32 in ours and in torch's; without it in neither");
  CLI11_PARSE(app, argc, argv);
  settings.device = recur::parse_device(device);
  if (threads.empty()) threads = settings.device.is_cuda() ? std::vector{1} : std::vector{2, 1};
  const auto precision = settings.bf16 ? "bf16" : tf32 ? "TF32" : "f32";
  at::autocast::set_autocast_dtype(at::kCUDA, at::kBFloat16);
  at::globalContext().setAllowTF32CuBLAS(tf32);
  at::globalContext().setAllowTF32CuDNN(tf32);

  std::vector<recur::Row> rows;
  for (const int count : threads) {
    at::set_num_threads(count);
    const double before = recur::gemm_peak(settings);
    const size_t first = rows.size();
    for (const auto& cell : cells) {
      for (const bool train : {true, false}) {
        for (const auto& shape : recur::kShapes) rows.push_back(recur::measure(cell, shape, train, settings));
      }
    }
    const double peak = std::max(before, recur::gemm_peak(settings));  // threads may be slow to come at first
    for (size_t k = first; k < rows.size(); ++k) rows[k]["peak_share"] = rows[k]["peak_share"].get<double>() / peak;
    const auto where = settings.device.is_cuda() ? "a GPU" : recur::engine::cpu::instruction_set();
    fmt::print("{}, {} threads, {}; GEMM peak {:.0f} GF/s\n", precision, count, where, peak);
  }
  recur::print(rows);
  at::set_num_threads(threads.front());
  for (auto row :
       {recur::measure_ragged(settings), recur::measure_streaming(settings), recur::measure_peephole(settings)}) {
    const auto ours = row["ours_ms"].get<double>(), other = row["other_ms"].get<double>();
    fmt::print("{}: {:.3f} ms; {}: {:.3f} ms; ratio {:.2f}\n", row["what"].get<std::string>(), ours,
               row["against"].get<std::string>(), other, other / ours);
    row["threads"] = threads.front();
    row["ratio"] = other / ours;
    rows.push_back(row);
  }
  if (!json_file.empty()) recur::write_file_atomically(json_file, nlohmann::ordered_json(rows).dump(2) + "\n");
}
