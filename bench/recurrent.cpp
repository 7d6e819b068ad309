// Our recurrent layers beside torch::nn's, in one process and interleaved: minimum over repeats.
//   ./dev bench recurrent [--json FILE]
#include "models/sequence/recurrent.h"

#include <chrono>
#include <cstdio>
#include <limits>

#include <ATen/Parallel.h>
#include <ATen/ops/randn.h>
#include <torch/nn/modules/rnn.h>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/files.h"
#include "trainers/log/table.h"

namespace recur {
namespace {

struct Shape {
  int64_t T, B, I, H;
};
constexpr Shape kShapes[] = {{50, 32, 128, 128}, {100, 32, 128, 256}};
constexpr int kRepeats = 15;

double milliseconds(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
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

nlohmann::ordered_json measure(const std::string& cell, const Shape& shape, bool train) {
  const auto [T, B, I, H] = shape;
  Recurrent ours(I, RecurrentOptions{.cell = cell, .hidden_size = H}, Layout::kTimeMajor);
  torch::nn::LSTM lstm(torch::nn::LSTMOptions(I, H));
  torch::nn::GRU gru(torch::nn::GRUOptions(I, H));
  torch::nn::RNN rnn(torch::nn::RNNOptions(I, H));
  const auto x = at::randn({T, B, I});
  const auto run_ours = [&] {
    pass(x, ours->parameters(), train, [&](const torch::Tensor& in) { return ours->forward(in).output; });
  };
  const auto run_torch = [&] {
    if (cell == "lstm") {
      pass(x, lstm->parameters(), train, [&](const torch::Tensor& in) { return std::get<0>(lstm->forward(in)); });
    } else if (cell == "gru") {
      pass(x, gru->parameters(), train, [&](const torch::Tensor& in) { return std::get<0>(gru->forward(in)); });
    } else {
      pass(x, rnn->parameters(), train, [&](const torch::Tensor& in) { return std::get<0>(rnn->forward(in)); });
    }
  };
  double ours_ms = std::numeric_limits<double>::max(), torch_ms = ours_ms;
  for (int repeat = 0; repeat < kRepeats; ++repeat) {
    ours_ms = std::min(ours_ms, milliseconds(run_ours));
    torch_ms = std::min(torch_ms, milliseconds(run_torch));
  }
  return {{"cell", cell},
          {"mode", train ? "train" : "infer"},
          {"threads", at::get_num_threads()},
          {"T", T},
          {"B", B},
          {"I", I},
          {"H", H},
          {"ours_ms", ours_ms},
          {"torch_ms", torch_ms},
          {"ratio", torch_ms / ours_ms}};
}

}  // namespace
}  // namespace recur

int main(int argc, char** argv) {
  CLI::App app("Our recurrent layers beside torch::nn's");
  std::string json_file;
  app.add_option("--json", json_file, "write the rows there too");
  CLI11_PARSE(app, argc, argv);

  auto rows = nlohmann::ordered_json::array();
  recur::Table table{.header = {"cell", "mode", "T", "B", "I", "H", "ours ms", "torch ms", "torch/ours"}};
  for (const char* cell : {"rnn", "lstm", "gru"}) {
    for (const bool train : {true, false}) {
      for (const auto& shape : recur::kShapes) {
        auto row = recur::measure(cell, shape, train);
        table.rows.push_back({cell, row["mode"], row["T"].dump(), row["B"].dump(), row["I"].dump(), row["H"].dump(),
                              fmt::format("{:.2f}", row["ours_ms"].get<double>()),
                              fmt::format("{:.2f}", row["torch_ms"].get<double>()),
                              fmt::format("{:.2f}", row["ratio"].get<double>())});
        rows.push_back(std::move(row));
      }
    }
  }
  fmt::print("f32, {} threads, minimum of {} interleaved repeats; train: forward, backward to parameters and input\n{}",
             at::get_num_threads(), recur::kRepeats, table.to_string());
  if (!json_file.empty()) recur::write_file_atomically(json_file, rows.dump(2) + "\n");
}
