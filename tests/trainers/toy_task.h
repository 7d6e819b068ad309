// A problem of a second or less for the tests of the fit loop: a two-layer network with dropout on 40 examples.
#pragma once

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <functional>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include <torch/types.h>

#include "core/device.h"
#include "trainers/fit.h"
#include "trainers/task.h"

namespace recur {

/// y = W2 dropout(tanh(W1 x + b1)) + b2, with a buffer that counts training batches.
struct ToyModel : torch::nn::Module {
  ToyModel() {
    W1 = register_parameter("W1", torch::linspace(-1, 1, 24).reshape({8, 3}).sin());
    b1 = register_parameter("b1", torch::zeros({8}));
    W2 = register_parameter("W2", torch::linspace(1, -1, 8).reshape({1, 8}).cos() / 4);
    b2 = register_parameter("b2", torch::zeros({1}));
    batches = register_buffer("batches", torch::zeros({}, torch::kLong));
  }

  torch::Tensor forward(const torch::Tensor& x) {
    if (is_training()) batches.add_(1);
    const auto h = torch::dropout(torch::tanh(torch::matmul(x, W1.t()) + b1), dropout, is_training());
    return torch::matmul(h, W2.t()) + b2;
  }

  double dropout = 0.2;
  torch::Tensor W1, b1, W2, b2, batches;
};

class ToyTask : public Task {
 public:
  static constexpr int64_t kExamples = 40;

  explicit ToyTask(int64_t seed = 7, int64_t batch_size = 8) : seed_(seed), batch_size_(batch_size) {
    seed_everything(seed, false);
    x_ = torch::arange(3 * kExamples).to(torch::kFloat).reshape({kExamples, 3}).sin();
    y_ = (x_ * torch::tensor({0.5F, -1.0F, 0.25F})).sum(1, /*keepdim=*/true) + 0.1F;
  }

  torch::nn::Module& model() override { return model_; }

  int64_t start_epoch(int64_t epoch) override {
    order_.resize(kExamples);
    std::iota(order_.begin(), order_.end(), 0);
    std::shuffle(order_.begin(), order_.end(), std::mt19937_64(static_cast<uint64_t>(seed_ * 1000 + epoch)));
    carried_ = torch::zeros({});
    return (kExamples + batch_size_ - 1) / batch_size_;
  }

  /// The last loss is carried to the next batch, as a language model's hidden state would be.
  torch::Tensor training_loss(int64_t index) override {
    const auto rows = batch(index);
    auto loss = (model_.forward(x_.index_select(0, rows)) - y_.index_select(0, rows)).square().mean();
    if (carry) loss = loss * (1 + 0.1 * carried_);
    carried_ = loss.detach();
    if (spoil) spoil(index, loss);
    return loss;
  }

  int64_t batch_examples(int64_t index) const override {
    return std::min(batch_size_, kExamples - index * batch_size_);
  }

  Metrics validate() override {
    ++evaluations;
    if (!scripted.empty()) return {{"loss", scripted[static_cast<size_t>(evaluations - 1) % scripted.size()]}};
    // The noise is drawn on purpose: an evaluation may use the generator.
    return {{"loss", (model_.forward(x_) - y_).square().mean().item<double>()},
            {"noise", torch::rand({}).item<double>()}};
  }

  std::map<std::string, torch::Tensor> carried_state() const override { return {{"carried", carried_}}; }
  void restore_carried_state(const std::map<std::string, torch::Tensor>& state) override {
    carried_ = state.at("carried");
  }
  std::string pipeline_json() const override { return R"({"mean": 0.5})"; }

  /// The weights' bytes, all in one string.
  std::string weight_bytes() const {
    std::string bytes;
    for (const auto& item : model_.named_parameters()) {
      bytes.append(static_cast<const char*>(item.value().const_data_ptr()), item.value().nbytes());
    }
    return bytes + std::to_string(model_.batches.item<int64_t>());
  }

  ToyModel model_;
  bool carry = true;
  int64_t evaluations = 0;
  std::vector<double> scripted;                        ///< if not empty, the losses that validate() gives, in turn
  std::function<void(int64_t, torch::Tensor&)> spoil;  ///< may change batch `index`'s loss or the model

 private:
  torch::Tensor batch(int64_t index) const {
    const auto first = index * batch_size_;
    return torch::tensor(std::vector<int64_t>(order_.begin() + first, order_.begin() + first + batch_examples(index)));
  }

  int64_t seed_, batch_size_;
  std::vector<int64_t> order_;
  torch::Tensor x_, y_;
  torch::Tensor carried_ = torch::zeros({});
};

/// Keeps all reports, and interrupts the run after step `stop_after`.
struct Recorder : FitObserver {
  void on_start(const FitStart& event) override { start = event; }
  void on_step(const StepReport& event) override {
    steps.push_back(event);
    if (event.step == stop_after) interrupt = true;
  }
  void on_evaluation(const EvaluationReport& event) override { evaluations.push_back(event); }
  void on_checkpoint(const std::filesystem::path& path) override { saved.push_back(path.filename()); }
  void on_end(const FitResult& event) override { end = event; }

  int64_t stop_after = -1;
  std::atomic<bool> interrupt = false;
  FitStart start;
  std::vector<StepReport> steps;
  std::vector<EvaluationReport> evaluations;
  std::vector<std::string> saved;
  std::optional<FitResult> end;
};

}  // namespace recur
