// MyModel is made from YAML, reads no padding, and learns which end of a sequence is higher.
#include <cstdio>

#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/full.h>
#include <ATen/ops/rand.h>
#include <torch/optim/adam.h>

#include <core/config_tree.h>

#include "my_model.h"

namespace {

int faults = 0;

void expect(bool holds, const char* what) {
  if (holds) return;
  std::printf("%s\n", what);
  ++faults;
}

MyModel make_model() {
  torch::manual_seed(1);
  const auto options = recur::read_options<MyModelOptions>(
      recur::parse_config("recurrent: {cell: gru, hidden_size: 16, bidirectional: true}", "test"));
  return MyModel(/*input_size=*/1, options);
}

void reads_no_padding() {
  auto model = make_model();
  auto x = at::rand({2, 5, 1});
  const auto lengths = torch::tensor({5, 3});
  const auto scores = model->forward(x, lengths);
  expect(scores.sizes() == at::IntArrayRef({2, 2}), "scores are not [B, C]");
  x[1].slice(0, 3).fill_(1e9);
  expect(scores.equal(model->forward(x, lengths)), "the padding changes the scores");
}

void learns() {
  auto model = make_model();
  torch::optim::Adam optimizer(model->parameters(), torch::optim::AdamOptions(0.01));
  const auto x = at::rand({64, 8, 1}), lengths = at::full({64}, 8, torch::kInt64);
  const auto labels = x.select(1, 7).gt(x.select(1, 0)).squeeze(1).to(torch::kInt64);
  for (int step = 0; step < 100; ++step) {
    optimizer.zero_grad();
    at::cross_entropy_loss(model->forward(x, lengths), labels).backward();
    optimizer.step();
  }
  const auto right = model->forward(x, lengths).argmax(1).eq(labels).to(torch::kFloat32).mean().item<double>();
  std::printf("accuracy %.2f\n", right);
  expect(right > 0.9, "it does not learn");
}

}  // namespace

int main() {
  reads_no_padding();
  learns();
  return faults == 0 ? 0 : 1;
}
