// A network measured by a test of memory, and examples of what it answers.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "trainers/log/chart.h"
#include "trainers/log/format.h"
#include "trainers/tasks/memory.h"

namespace recur {
namespace {

using nlohmann::ordered_json;

constexpr int64_t kShownExamples = 5;

/// One-hot rows as text.
std::string text_of(const torch::Tensor& one_hot, const std::string& alphabet) {
  const auto ids = one_hot.argmax(1);
  std::string text;
  for (int64_t t = 0; t < ids.size(0); ++t) text += alphabet[ids[t].item<int64_t>()];
  return text;
}

/// Classes [T] as text, with a dot where `asked` [T] says no.
std::string text_of(const torch::Tensor& classes, const torch::Tensor& asked, const std::string& alphabet) {
  std::string text;
  for (int64_t t = 0; t < classes.size(0); ++t) {
    text += asked[t].item<bool>() ? alphabet[classes[t].item<int64_t>()] : '.';
  }
  return text;
}

}  // namespace

Evaluation MemoryExperiment::evaluate(const std::string& name) {
  const auto split = memory_split(name);
  const auto score = measure(split);
  auto metrics = score.metrics();
  if (shape_.regression) {
    metrics["mse"] = metrics.at("loss");
    metrics.erase("loss");
  }
  ordered_json details = ordered_json::object();
  if (options_.data.format == "anbn" && split != MemorySplit::kTrain) {
    // The strings are those of n = 1, 2, 3, ...
    metrics["solved_to_n"] = static_cast<double>(solved_in_a_row(score.solved()));
    details["solved_n"] = ordered_json::array();
    for (size_t k = 0; k < score.solved().size(); ++k) {
      if (score.solved()[k]) details["solved_n"].push_back(k + 1);
    }
  }
  return {.split = name,
          .examples = memory_examples(options_.data, split),
          .metrics = std::move(metrics),
          .baselines = memory_baselines(options_.data, options_.seed, split),
          .details_json = details.empty() ? "" : details.dump()};
}

ordered_json MemoryExperiment::sum_prediction(const MemoryBatch& batch, const torch::Tensor& y, int64_t b) const {
  ordered_json result = {{"marked", ordered_json::array()}, {"steps", ordered_json::array()}};
  const auto marked = batch.x[b].select(1, 1).nonzero().squeeze(1);
  for (int64_t k = 0; k < marked.size(0); ++k) {
    const auto t = marked[k].item<int64_t>();
    result["steps"].push_back(t + 1);
    result["marked"].push_back(batch.x[b][t][0].item<double>());
  }
  result["expected"] = batch.target[b].item<double>();
  result["said"] = y[b].item<double>();
  return result;
}

ordered_json MemoryExperiment::string_prediction(const MemoryBatch& batch, const torch::Tensor& logits,
                                                 int64_t b) const {
  const auto alphabet = memory_alphabet(options_.data);
  const auto T = batch.lengths[b].item<int64_t>();
  const auto target = batch.target[b].narrow(0, 0, T), asked = target >= 0;
  return {{"read", text_of(batch.x[b].narrow(0, 0, T), alphabet.read)},
          {"expected", text_of(target, asked, alphabet.said)},
          {"said", text_of(logits[b].narrow(0, 0, T).argmax(1), asked, alphabet.said)}};
}

ordered_json MemoryExperiment::predict(const PredictRequest& request) {
  if (!request.inputs.empty()) {
    throw ConfigError(fmt::format("memory draws its examples itself: \"{}\" cannot be given", request.inputs.front()));
  }
  const auto drawn = batch(MemorySplit::kFresh, 0, kShownExamples);
  const auto y = run_model(drawn).to(torch::kCPU);
  MemoryScore score;
  score.add(y, drawn);
  ordered_json result = {{"task", "memory"}, {"predictions", ordered_json::array()}};
  for (int64_t b = 0; b < kShownExamples; ++b) {
    auto entry = shape_.regression ? sum_prediction(drawn, y, b) : string_prediction(drawn, y, b);
    entry["solved"] = static_cast<bool>(score.solved()[b]);
    result["predictions"].push_back(std::move(entry));
  }
  return result;
}

std::vector<std::string> MemoryExperiment::step_texts(const std::string& /*part*/, int64_t steps,
                                                      const PredictRequest& /*request*/,
                                                      const ordered_json& prediction) {
  for (const auto& entry : prediction.at("predictions")) {
    if (!entry.contains("read")) return {};
    const auto read = entry.at("read").get<std::string>();
    if (std::ssize(read) != steps) continue;
    std::vector<std::string> symbols;
    for (const char symbol : read) symbols.emplace_back(1, symbol);
    return symbols;
  }
  return {};
}

std::string MemoryExperiment::prediction_text(const ordered_json& prediction, const TextStyle& /*style*/) const {
  std::string text;
  for (const auto& entry : prediction.at("predictions")) {
    const auto* solved = entry.at("solved").get<bool>() ? "" : "  (wrong)";
    if (shape_.regression) {
      const auto& marked = entry.at("marked");
      text +=
          fmt::format("{:.3f} + {:.3f} (steps {} and {}) = {:.3f}, said {:.3f}{}\n", marked[0].get<double>(),
                      marked[1].get<double>(), entry.at("steps")[0].get<int64_t>(), entry.at("steps")[1].get<int64_t>(),
                      entry.at("expected").get<double>(), entry.at("said").get<double>(), solved);
    } else {
      text += fmt::format("{}read      {}\nexpected  {}\nsaid      {}{}\n", text.empty() ? "" : "\n",
                          entry.at("read").get<std::string>(), entry.at("expected").get<std::string>(),
                          entry.at("said").get<std::string>(), solved);
    }
  }
  return text;
}

std::vector<ReportSection> MemoryExperiment::report_sections() {
  const auto text = prediction_text(predict({}), {});
  return {{.title = "What it answers", .html = fmt::format("<pre>{}</pre>\n", escape_html(text))}};
}

}  // namespace recur
