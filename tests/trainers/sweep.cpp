#include "trainers/sweep.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "trainers/sweep_results.h"

namespace recur::this_file {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Sweep sweep_of(const std::string& section, const std::string& more = "") {
  return read_sweep(parse_config("task: stock\n" + more + "sweep:\n" + section, "s.yaml"));
}

std::vector<std::string> values_of(const Sweep& sweep, size_t key) {
  std::vector<std::string> values;
  for (const auto& trial : sweep.trials) values.push_back(trial.values[key].scalar);
  return values;
}

std::string error_of(const std::string& section, const std::string& more = "") {
  try {
    sweep_of(section, more);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Sweep, GridIsEveryCombinationWithTheLastKeyFastest) {
  const auto sweep = sweep_of("  model.recurrent.hidden_size: [8, 16]\n  seed: [1, 2, 3]\n", "name: n\n");
  EXPECT_EQ(sweep.name, "n");
  EXPECT_FALSE(sweep.monitor);
  EXPECT_THAT(sweep.keys, ElementsAre("model.recurrent.hidden_size", "seed"));
  EXPECT_THAT(values_of(sweep, 0), ElementsAre("8", "8", "8", "16", "16", "16"));
  EXPECT_THAT(values_of(sweep, 1), ElementsAre("1", "2", "3", "1", "2", "3"));
  const auto config = parse_config(sweep.trials[5].yaml, "t");
  EXPECT_EQ(config.at("model.recurrent.hidden_size")->scalar, "16");
  EXPECT_EQ(config.at("seed")->scalar, "3");
  EXPECT_EQ(config.find("sweep"), nullptr);
}

TEST(Sweep, KeysMayBeNestedAndValuesLists) {
  const auto sweep = sweep_of("  data: {features: [[close], [\"return:close\", close]]}\n");
  EXPECT_THAT(sweep.keys, ElementsAre("data.features"));
  EXPECT_EQ(parse_config(sweep.trials[1].yaml, "t").at("data.features")->items.size(), 2);
}

TEST(Sweep, RangesAreSpacedAsTheirScaleSays) {
  const auto spaced = [](const std::string& key, const std::string& range) {
    return values_of(sweep_of("  " + key + ": " + range + "\n"), 0);
  };
  EXPECT_THAT(spaced("model.recurrent.hidden_size", "{from: 16, to: 128, steps: 4, scale: log}"),
              ElementsAre("16", "32", "64", "128"));
  EXPECT_THAT(spaced("model.recurrent.hidden_size", "{from: 1, to: 4, steps: 3}"), ElementsAre("1", "3", "4"));
  EXPECT_THAT(spaced("model.recurrent.hidden_size", "{from: 1, to: 2, steps: 4}"), ElementsAre("1", "2"));
  EXPECT_THAT(spaced("model.recurrent.dropout", "{from: 0, to: 0.5, steps: 3}"), ElementsAre("0", "0.25", "0.5"));
  EXPECT_THAT(spaced("trainer.optimizer.learning_rate", "{from: 0.01, to: 0.0001, steps: 3, scale: log}"),
              ElementsAre("0.01", "0.001", "0.0001"));
}

TEST(Sweep, DrawsArePureFunctionsOfTheSeedAndLieInTheirRange) {
  const std::string section =
      "  method: random\n  model.recurrent.hidden_size: {low: 8, high: 64}\n"
      "  trainer.optimizer.learning_rate: {low: 0.0001, high: 0.01, scale: log}\n  seed: [1, 2]\n";
  const auto sweep = sweep_of("  trials: 200\n" + section, "seed: 7\n");
  const auto shorter = sweep_of("  trials: 20\n" + section, "seed: 7\n");
  const auto other = sweep_of("  trials: 20\n" + section, "seed: 8\n");
  ASSERT_EQ(sweep.trials.size(), 200);
  int differ = 0, below_middle = 0;
  for (size_t i = 0; i < 20; ++i) {
    EXPECT_EQ(sweep.trials[i].yaml, shorter.trials[i].yaml);
    differ += sweep.trials[i].values[1].scalar != other.trials[i].values[1].scalar;
  }
  EXPECT_EQ(differ, 20);
  for (const auto& trial : sweep.trials) {
    const int64_t hidden = std::stoll(trial.values[0].scalar);
    EXPECT_EQ(std::to_string(hidden), trial.values[0].scalar);
    EXPECT_TRUE(8 <= hidden && hidden <= 64) << hidden;
    const double rate = std::stod(trial.values[1].scalar);
    EXPECT_TRUE(1e-4 <= rate && rate <= 1e-2) << rate;
    below_middle += rate < 1e-3;
  }
  EXPECT_TRUE(70 < below_middle && below_middle < 130) << below_middle;
  const auto seeds = values_of(sweep, 2);
  EXPECT_EQ(std::set<std::string>(seeds.begin(), seeds.end()).size(), 2);
}

TEST(Sweep, MetricNamesItsGoal) {
  const auto sweep = sweep_of("  metric: r2\n  goal: maximize\n  seed: [1]\n");
  EXPECT_EQ(sweep.monitor->metric, "r2");
  EXPECT_FALSE(sweep.monitor->lower_is_better);
  EXPECT_THAT(error_of("  metric: r2\n  seed: [1]\n"), HasSubstr("s.yaml:3:11: sweep.metric: say beside it"));
  EXPECT_THAT(error_of("  goal: minimize\n  seed: [1]\n"), HasSubstr("s.yaml:3:9: sweep.goal: is for a metric"));
}

TEST(Sweep, SaysWhereTheSectionIsWrong) {
  EXPECT_THAT(error_of("  method: rndom\n  seed: [1]\n"), HasSubstr("s.yaml:3:11: sweep.method: expected one of"));
  EXPECT_THAT(error_of("  method: random\n  seed: [1]\n"), HasSubstr("sweep.trials: method: random needs"));
  EXPECT_THAT(error_of("  trials: 3\n  seed: [1]\n"), HasSubstr("s.yaml:3:11: sweep.trials: is for method: random"));
  EXPECT_THAT(error_of("  seed: 1\n"), HasSubstr("s.yaml:3:9: sweep.seed: expected a list of values"));
  EXPECT_THAT(error_of("  seed: []\n"), HasSubstr("got an empty list"));
  EXPECT_THAT(error_of("  seed: {low: 1, high: 5}\n"), HasSubstr("s.yaml:3:3: sweep.seed: {low, high} is for draws"));
  EXPECT_THAT(error_of("  seed: {from: 1, to: 5}\n"), HasSubstr("expected {from, to, steps} or {low, high}"));
  EXPECT_THAT(error_of("  seed: {from: 0, to: 5, steps: 2, scale: log}\n"), HasSubstr("log needs numbers above 0"));
  EXPECT_THAT(error_of("  seed: {from: 0, to: 5, stesp: 2}\n"), HasSubstr("did you mean \"steps\"?"));
  EXPECT_THAT(error_of("  seed: [1]\n  method: grid\n  task: [stock]\n"), HasSubstr("s.yaml:5:3: sweep.task"));
  EXPECT_THAT(error_of("  data.window: [4]\n  data: {window: [5]}\n"), HasSubstr("sweep.data.window: is there twice"));
  EXPECT_THAT(error_of("  method: grid\n"), HasSubstr("sweep: names no key"));
  EXPECT_THAT(error_of("  seed: {from: 1, to: 10000, steps: 10000}\n  data.window: [4, 5]\n"),
              HasSubstr("more than 10000 combinations"));
}

TEST(Sweep, ChecksEveryTrialAndSaysEachErrorOnce) {
  const auto text = error_of("  model.recurrent.hiden_size: [8, 16]\n  trainer.epochs: [1, 0]\n");
  EXPECT_EQ(text,
            "s.yaml:3:3: model.recurrent.hiden_size: unknown key; did you mean \"hidden_size\"?\n"
            "s.yaml:4:23: trainer.epochs: expected at least 1, got 0");
  EXPECT_THAT(error_of("  seed.x: [1]\n", "seed: 3\n"), HasSubstr("s.yaml:4:3: sweep.seed.x: there is no such key"));
}

TEST(SweepResults, BestIsTheFirstWithTheBestValue) {
  const auto sweep = sweep_of("  seed: [1, 2, 3, 4]\n");
  SweepResults results(sweep);
  EXPECT_FALSE(results.best());
  for (const bool lower : {true, false}) {
    const Monitor monitor{"m", lower};
    results.set(0, {.status = TrialStatus::kDone, .metrics = {{"m", 2.0}}, .monitor = monitor});
    results.set(1, {.status = TrialStatus::kFailed});
    results.set(2, {.status = TrialStatus::kDone, .metrics = {{"m", lower ? 1.0 : 3.0}}, .monitor = monitor});
    results.set(3, {.status = TrialStatus::kDone, .metrics = {{"m", lower ? 1.0 : 3.0}}, .monitor = monitor});
    EXPECT_EQ(results.best(), 2);
  }
  EXPECT_EQ(results.to_csv(),
            "trial,status,seed,m,seconds\ntrial-1,done,1,2,0.000\ntrial-2,failed,2,,\ntrial-3,done,3,3,0.000\n"
            "trial-4,done,4,3,0.000\n");
  EXPECT_THAT(results.to_text(),
              HasSubstr("  trial-2     2      -      -  failed\n  trial-3     3  3.000  0.0 s  best\n"));
}

TEST(SweepResults, NamesTheMetricsThatThereAre) {
  const auto sweep = sweep_of("  metric: bleu\n  goal: maximize\n  seed: [1]\n");
  SweepResults results(sweep);
  try {
    results.set(0, {.status = TrialStatus::kDone, .metrics = {{"loss", 1.0}, {"rmse", 2.0}}});
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.what(), HasSubstr("sweep.metric: \"bleu\" is not measured"));
    EXPECT_THAT(error.what(), HasSubstr("loss, rmse"));
  }
}

}  // namespace
}  // namespace recur::this_file
