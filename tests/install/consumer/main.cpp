#include <ATen/ops/randn.h>

#include <models/sequence/recurrent.h>

int main() {
  recur::Recurrent lstm(/*input_size=*/3, recur::RecurrentOptions{.cell = "lstm", .hidden_size = 8, .num_layers = 2});
  const auto result = lstm->forward(at::randn({4, 10, 3}), torch::tensor({10, 7, 1, 4}));
  return result.output.sizes() == at::IntArrayRef({4, 10, 8}) && result.state.size() == 2 ? 0 : 1;
}
