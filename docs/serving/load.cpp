// A sentiment run's TorchScript file in C++, which needs LibTorch and nothing of recur:
//   load model.pt "a touching film"
#include <iostream>
#include <stdexcept>

#include <c10/core/InferenceMode.h>
#include <torch/script.h>

int main(int argc, char** argv) try {
  if (argc < 2) throw std::runtime_error("load FILE TEXTS...");
  const c10::InferenceMode no_autograd;
  auto model = torch::jit::load(argv[1]);
  c10::List<std::string> texts;
  for (int i = 2; i < argc; ++i) texts.push_back(argv[i]);
  const auto probabilities = model.run_method("predict", texts).toTensor();  // [texts, labels]
  const auto labels = model.attr("labels").toListRef();
  for (int64_t n = 0; n < probabilities.size(0); ++n) {
    std::cout << std::string(texts[n]);
    for (int64_t c = 0; c < probabilities.size(1); ++c) {
      std::cout << "  " << labels[c].toStringRef() << ' ' << probabilities[n][c].item<float>();
    }
    std::cout << '\n';
  }
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
