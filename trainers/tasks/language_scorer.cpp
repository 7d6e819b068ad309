#include "trainers/tasks/language_scorer.h"

#include <filesystem>
#include <vector>

#include <ATen/ops/cat.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/tensor.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/special_tokens.h"
#include "trainers/tasks/language.h"

namespace recur {
namespace {

class LanguageScorer : public PrefixScorer {
 public:
  LanguageScorer(LanguageModel model, std::vector<int64_t> ids, int64_t line_end, int64_t before)
      : model_(std::move(model)), ids_(std::move(ids)), line_end_(line_end), before_(before) {
    model_->eval();
  }

  int64_t begin() override {
    states_.clear();
    read(at::tensor({before_}, torch::kInt64), model_->begin(1));
    return 0;
  }

  double log_probability(int64_t state, int64_t token) override {
    return states_[state].following.const_data_ptr<float>()[ids_[token]];
  }

  std::vector<int64_t> extend(std::span<const Step> steps) override {
    std::vector<int64_t> tokens, made;
    std::vector<torch::Tensor> joined(states_.front().recurrent.size());
    for (size_t s = 0; s < joined.size(); ++s) {
      std::vector<torch::Tensor> of_each;
      for (const auto& step : steps) of_each.push_back(states_[step.state].recurrent[s]);
      joined[s] = at::cat(of_each, 1);
    }
    for (const auto& step : steps) {
      tokens.push_back(ids_[step.token]);
      made.push_back(std::ssize(states_) + std::ssize(made));
    }
    read(at::tensor(tokens, torch::kInt64), joined);
    return made;
  }

  double log_probability_of_end(int64_t state) override {
    return line_end_ < 0 ? 0 : states_[state].following.const_data_ptr<float>()[line_end_];
  }

 private:
  struct State {
    std::vector<torch::Tensor> recurrent;  // each [L, 1, H]
    torch::Tensor following;               // [V] log-probabilities
  };

  /// One token behind each of some states; the new ones follow the others.
  void read(const torch::Tensor& tokens, const std::vector<torch::Tensor>& states) {
    torch::NoGradGuard no_grad;
    const auto read = model_->forward(tokens.unsqueeze(1), states);
    const auto following = at::log_softmax(read.logits.select(1, 0), 1).contiguous();
    for (int64_t k = 0; k < tokens.size(0); ++k) {
      State state{.recurrent = {}, .following = following[k]};
      for (const auto& recurrent : read.state) state.recurrent.push_back(recurrent.narrow(1, k, 1));
      states_.push_back(std::move(state));
    }
  }

  LanguageModel model_;
  std::vector<int64_t> ids_;   // of the transcriber's tokens
  int64_t line_end_, before_;  // its own ids; -1: none
  std::vector<State> states_;
};

}  // namespace

std::unique_ptr<PrefixScorer> language_scorer(const std::string& run, const Vocabulary& vocabulary,
                                              const std::string& tokenizer) {
  const auto file = std::filesystem::path(run) / "checkpoints" / "best.pt";
  const auto checkpoint = read_checkpoint(file);
  const auto config = parse_config(checkpoint.config_yaml, file.string());
  if (const auto& task = task_of(config).name; task != "language") {
    throw ConfigError(
        fmt::format("model.ctc.language_model: {} is a run of the task {}, expected language", run, task));
  }
  const auto pipeline = TextPipeline::from_json(nlohmann::json::parse(checkpoint.pipeline_json).at("text").dump());
  if (pipeline.options().tokenizer != tokenizer) {
    throw ConfigError(fmt::format("model.ctc.language_model: {} reads {} tokens, the transcriber writes {}", run,
                                  pipeline.options().tokenizer, tokenizer));
  }
  LanguageModel model(pipeline.vocabulary_size(), read_options<LanguageOptions>(config).model);
  load_model_state(*model, checkpoint.model, file.string());
  const auto& own = pipeline.vocabulary();
  std::vector<int64_t> ids = {kUnknownToken, kUnknownToken};  // the blank is never asked for
  for (int64_t token = kUnknownToken + 1; token < vocabulary.size(); ++token) {
    ids.push_back(own.id(vocabulary.token(token)));
  }
  const auto line_end = own.id("\n"), blank = own.id(" ");
  const bool has_lines = line_end != kUnknownToken;
  return std::make_unique<LanguageScorer>(std::move(model), std::move(ids), has_lines ? line_end : -1,
                                          has_lines ? line_end : blank);
}

}  // namespace recur
