// A batch cut into parts on several threads against the batch as a whole.
#include "trainers/parallel_backward.h"

#include <atomic>
#include <memory>
#include <stdexcept>

#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>

#include <gtest/gtest.h>

#include "core/error.h"
#include "models/sequence/recurrent.h"
#include "models/sequence/recurrent_probe.h"
#include "tests/trainers/log_folder.h"
#include "trainers/fit.h"
#include "trainers/tasks/language.h"
#include "trainers/tasks/sentiment.h"
#include "trainers/tasks/translation.h"

namespace recur::this_file {
namespace {

using torch::Tensor;

std::unique_ptr<Experiment> language_model(double dropout) {
  LanguageOptions options;
  options.task = "language";
  options.device = "cpu";
  options.data.simulate_tokens = 2000;
  options.data.bptt = 11;
  options.model = {.embedding_size = 6,
                   .recurrent = {.cell = "lstm", .hidden_size = 8, .num_layers = 2, .dropout = dropout},
                   .dropout = dropout};
  options.trainer.batch_size = 16;
  return std::make_unique<LanguageExperiment>(options, nullptr, ReadProgress{});
}

std::unique_ptr<Experiment> translator(double dropout) {
  TranslationOptions options;
  options.task = "translation";
  options.device = "cpu";
  options.data.simulate_examples = 100;
  options.data.target_text.tokenizer = "character";
  options.model.encoder = {.embedding_size = 6, .dropout = dropout, .recurrent = {.cell = "gru", .hidden_size = 6}};
  options.model.decoder = {.embedding_size = 6,
                           .recurrent = {.cell = "gru", .hidden_size = 8},
                           .attention_size = 5,
                           .output = "sum",
                           .tie_embeddings = true,
                           .dropout = dropout,
                           .word_dropout = dropout};
  options.model.loss = {.label_smoothing = 0.1, .scheduled_sampling = dropout, .scheduled_sampling_epochs = 1};
  options.trainer.batch_size = 16;
  return std::make_unique<TranslationExperiment>(options, nullptr, ReadProgress{});
}

std::unique_ptr<Experiment> classifier(double dropout) {
  SentimentOptions options;
  options.task = "sentiment";
  options.device = "cpu";
  options.data.simulate_examples = 200;
  options.model.embedding_size = 6;
  options.model.recurrent = {.cell = "lstm", .hidden_size = 5, .dropout = dropout};
  options.model.embedding_dropout = options.model.dropout = options.model.word_dropout = dropout;
  options.model.loss = {.label_smoothing = 0.1, .class_weights = {{"positive", 4}}};
  options.trainer.batch_size = 16;
  return std::make_unique<SentimentExperiment>(options, nullptr, ReadProgress{});
}

using Make = std::unique_ptr<Experiment> (*)(double dropout);

class ParallelBackward : public testing::TestWithParam<std::pair<const char*, Make>> {
 protected:
  ParallelBackward() { torch::manual_seed(4); }

  std::unique_ptr<Experiment> make(double dropout) const { return GetParam().second(dropout); }
};

INSTANTIATE_TEST_SUITE_P(Tasks, ParallelBackward,
                         testing::Values(std::pair{"language", &language_model}, std::pair{"translation", &translator},
                                         std::pair{"sentiment", &classifier}),
                         [](const auto& task) { return task.param.first; });

std::vector<Optimizer::Parameter> parameters_of(Task& task) {
  return Optimizer(OptimizerOptions{}, task.model()).parameters();
}

/// The loss and the gradients of some batches one after the other, as numbers.
std::vector<Tensor> learned_from(Task& task, ThreadTeam* team) {
  std::vector<Tensor> found;
  const auto parameters = parameters_of(task);
  task.start_epoch(0);
  for (int64_t index = 0; index < 3; ++index) {
    task.model().zero_grad();
    if (team == nullptr) {
      auto loss = task.training_loss(index) * 0.5;
      loss.backward();
      found.push_back(loss.detach());
    } else {
      const auto parts = task.training_loss_parts(index, team->size());
      EXPECT_EQ(std::ssize(parts), std::min<int64_t>(team->size(), 16 / kFewestOfPart));
      found.push_back(parallel_backward(*team, parts, 0.5, parameters));
    }
    for (const auto& parameter : parameters) found.push_back(parameter.value.grad().clone());
  }
  return found;
}

void expect_near(const std::vector<Tensor>& found, const std::vector<Tensor>& expected, double tolerance) {
  ASSERT_EQ(found.size(), expected.size());
  for (size_t k = 0; k < found.size(); ++k) {
    EXPECT_LE((found[k] - expected[k]).abs().max().item<double>(), tolerance) << "tensor " << k;
  }
}

TEST_P(ParallelBackward, IsTheWholeBatchsInDoublePrecision) {
  const auto task = make(0);
  task->model().to(torch::kFloat64);
  const auto expected = learned_from(*task, nullptr);
  for (const int64_t size : {2, 3, 9}) {
    ThreadTeam team(size);
    expect_near(learned_from(*task, &team), expected, 1e-13);
  }
}

TEST_P(ParallelBackward, IsTheWholeBatchsThroughTheFusedEngine) {
  const auto task = make(0);
  ThreadTeam team(2);
  const auto found = learned_from(*task, &team);
  expect_near(found, learned_from(*task, nullptr), 1e-6);
}

TEST_P(ParallelBackward, AddsToTheGradientsThatAreThere) {
  const auto task = make(0);
  ThreadTeam team(2);
  const auto parameters = parameters_of(*task);
  task->start_epoch(0);
  const auto run = [&](int64_t index) {
    parallel_backward(team, task->training_loss_parts(index, 2), 1, parameters);
    return parameters.front().value.grad().clone();
  };
  const auto first = run(0), both = run(1);
  task->model().zero_grad();
  task->start_epoch(0);
  run(0);
  task->model().zero_grad();
  EXPECT_TRUE(both.allclose(first + run(1), 1e-5, 1e-7));
}

class InterruptAfterEachStep : public FitObserver {
 public:
  explicit InterruptAfterEachStep(std::atomic<bool>& interrupt) : interrupt_(interrupt) {}
  void on_step(const StepReport& /*step*/) override { interrupt_ = true; }

 private:
  std::atomic<bool>& interrupt_;
};

constexpr int64_t kSteps = 9;  // of the translator more than an epoch: scheduled sampling begins with its second

/// All weights after a short training on two threads, with everything random that there is.
std::vector<Tensor> trained(Experiment& task, const FitSetup& setup = {}, const std::string& precision = "f32") {
  const int threads = at::get_num_threads();
  at::set_num_threads(2);
  fit(task,
      {.max_steps = kSteps,
       .batch_size = 16,
       .precision = precision,
       .evaluate_every_steps = kSteps,
       .checkpoint_every_steps = 2},
      setup);
  at::set_num_threads(threads);
  std::vector<Tensor> weights;
  for (const auto& parameter : task.model().parameters()) weights.push_back(parameter.detach().clone());
  return weights;
}

void start_as(Experiment& task, Experiment& other) {
  torch::NoGradGuard no_grad;
  auto weights = task.model().parameters();
  for (size_t k = 0; k < weights.size(); ++k) weights[k].copy_(other.model().parameters()[k]);
  torch::manual_seed(8);
}

class Losses : public FitObserver {
 public:
  void on_step(const StepReport& step) override { values.push_back(step.loss); }
  std::vector<double> values;
};

TEST_P(ParallelBackward, IsNearF32WhereProductsReadBf16) {
  const auto plain = make(0), lower = make(0);
  Losses losses, losses_lower;
  start_as(*lower, *plain);
  trained(*plain, {.observers = {&losses}});
  torch::manual_seed(8);
  for (const auto& weight : trained(*lower, {.observers = {&losses_lower}}, "bf16")) {
    EXPECT_EQ(weight.scalar_type(), torch::kFloat32);
  }
  EXPECT_NE(losses_lower.values, losses.values);
  for (size_t k = 0; k < losses.values.size(); ++k) {
    EXPECT_NEAR(losses_lower.values[k], losses.values[k], 0.01 * losses.values[k]) << k;
  }
  EXPECT_FALSE(at::autocast::is_autocast_enabled(at::kCPU));
}

TEST_P(ParallelBackward, GivesTheSameBitsEachTimeAndWhenResumed) {
  const auto once = make(0.3), again = make(0.3), resumed = make(0.3);
  start_as(*again, *once);
  start_as(*resumed, *once);
  const auto expected = trained(*once);
  torch::manual_seed(8);
  expect_near(trained(*again), expected, 0);

  LogFolder folder;
  std::atomic<bool> interrupt = false;
  InterruptAfterEachStep observer(interrupt);
  torch::manual_seed(8);
  std::vector<Tensor> found;
  for (int part = 0; part < kSteps; ++part) {
    interrupt = false;
    found =
        trained(*resumed,
                {.checkpoints = folder.path(), .resume = part > 0, .observers = {&observer}, .interrupt = &interrupt});
    torch::manual_seed(99);  // what a checkpoint holds counts, not what is left in the process
  }
  expect_near(found, expected, 0);
}

TEST(ParallelBackwardOfParts, HandsOnWhatFailsOnAThread) {
  ThreadTeam team(2);
  const std::vector<Optimizer::Parameter> parameters = {{"w", torch::ones({2}).requires_grad_(true)}};
  const auto& w = parameters.front().value;
  const LossPart good = [&] { return w.sum(); };
  EXPECT_THROW(parallel_backward(team, {good, [] { return torch::ones({2}); }}, 1, parameters), ShapeError);
  EXPECT_THROW(parallel_backward(team, {[]() -> Tensor { throw std::runtime_error("x"); }, good}, 1, parameters),
               std::runtime_error);
  EXPECT_EQ(parallel_backward(team, {good, good}, 3, parameters).item<double>(), 12);
  EXPECT_TRUE(w.grad().equal(torch::full({2}, 6.0F)));
}

TEST(ParallelBackwardOfParts, ShowAProbeWhatTheFirstPartRead) {
  Recurrent layer(3, RecurrentOptions{.cell = "lstm", .hidden_size = 4});
  const auto first = at::randn({1, 5, 3}), second = at::randn({1, 5, 3});
  const std::vector<LossPart> parts = {[&] { return layer->forward(first).output.sum(); },
                                       [&] { return layer->forward(second).output.sum(); }};
  std::vector<Optimizer::Parameter> parameters;
  for (const auto& item : layer->named_parameters()) parameters.push_back({.name = item.key(), .value = item.value()});
  ThreadTeam team(2);
  const RecurrentProbe probe;
  parallel_backward(team, parts, 1.0, parameters);
  const auto readings = probe.readings();
  ASSERT_EQ(readings.size(), 1u);
  EXPECT_TRUE(readings[0].x.equal(first[0]));
  EXPECT_EQ(weight_name(*layer, readings[0]), "weight_ih_l0");
}

TEST(ParallelBackwardOfParts, OfParametersWhoseGradientIsOneTensor) {
  ThreadTeam team(2);
  const std::vector<Optimizer::Parameter> parameters = {{"a", torch::ones({2}).requires_grad_(true)},
                                                        {"b", torch::ones({2}).requires_grad_(true)}};
  const LossPart part = [&] { return (parameters[0].value + parameters[1].value).square().sum(); };
  parallel_backward(team, {part, part}, 1, parameters);
  for (const auto& parameter : parameters) EXPECT_TRUE(parameter.value.grad().equal(torch::full({2}, 8.0F)));
}

TEST(ParallelBackwardOfParts, CarriesTheStateOfStreamsWhateverTheNumberOfParts) {
  torch::manual_seed(4);
  const auto task = language_model(0);
  task->model().to(torch::kFloat64);
  task->start_epoch(0);
  std::vector<double> whole, in_parts;
  for (int64_t index = 0; index < 6; ++index) whole.push_back(task->training_loss(index).item<double>());
  task->start_epoch(0);
  for (int64_t index = 0; index < 6; ++index) {
    double sum = 0;
    for (const auto& part : task->training_loss_parts(index, index % 3 + 1)) sum += part().item<double>();
    in_parts.push_back(sum);
    if (index == 3) {
      const auto saved = task->carried_state();
      task->start_epoch(0);
      task->restore_carried_state(saved);
    }
  }
  for (size_t k = 0; k < whole.size(); ++k) EXPECT_NEAR(in_parts[k], whole[k], 1e-12) << k;
}

}  // namespace
}  // namespace recur::this_file
