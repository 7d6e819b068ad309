#include <cmath>

#include <gtest/gtest.h>

#include "tests/trainers/torch_reference.h"
#include "trainers/schedule.h"

namespace recur::this_file {
namespace {

constexpr int64_t kEpochSteps = 4;

void expect_equals_torch(const ScheduleOptions& options, const std::string& name) {
  const auto& expected = reference::kSchedules.at(name);
  const auto total = static_cast<int64_t>(expected.size());
  for (int64_t step = 0; step < total; ++step) {
    const SchedulePosition position{.step = step, .epoch = step / kEpochSteps, .total_steps = total};
    EXPECT_NEAR(schedule_factor(options, position), expected[static_cast<size_t>(step)], 1e-12) << name << " " << step;
  }
}

TEST(Schedule, EqualsPythonsSchedulers) {
  expect_equals_torch({.name = "step", .step_size = 2, .gamma = 0.3}, "step");
  expect_equals_torch({.name = "cosine", .min_factor = 0.1}, "cosine");
  expect_equals_torch({.name = "one_cycle"}, "one_cycle");
  expect_equals_torch({.name = "cosine", .warmup_steps = 5, .min_factor = 0.1}, "warmup_cosine");
}

TEST(Schedule, WarmUpRisesLinearlyInFrontOfAnySchedule) {
  for (const std::string name : {"constant", "step", "cosine", "plateau", "one_cycle"}) {
    const ScheduleOptions options{.name = name, .warmup_steps = 4};
    for (int64_t step = 0; step < 4; ++step) {
      const SchedulePosition position{.step = step, .epoch = 0, .total_steps = 20};
      EXPECT_DOUBLE_EQ(schedule_factor(options, position), 0.25 * static_cast<double>(step + 1)) << name;
    }
  }
}

TEST(Schedule, StepHoldsBeforeItsFirstPeriod) {
  const ScheduleOptions options{.name = "step", .step_size = 1, .hold_epochs = 3, .gamma = 0.5, .min_factor = 0.2};
  const double expected[] = {1, 1, 1, 1, 0.5, 0.25, 0.2, 0.2};
  for (int64_t epoch = 0; epoch < 8; ++epoch) {
    EXPECT_DOUBLE_EQ(schedule_factor(options, {.step = 10 * epoch, .epoch = epoch, .total_steps = 80}),
                     expected[epoch]);
  }
}

TEST(Schedule, StaysFiniteAndInRangeForShortRunsAndBeyondTheEnd) {
  for (const std::string name : {"constant", "step", "cosine", "plateau", "one_cycle"}) {
    for (const double rise : {0.0, 0.3, 0.99}) {
      for (int64_t total = 1; total < 8; ++total) {
        const ScheduleOptions options{.name = name, .warmup_steps = 2, .rise_fraction = rise};
        for (int64_t step = 0; step < 12; ++step) {
          const double factor = schedule_factor(options, {.step = step, .epoch = step, .total_steps = total});
          EXPECT_TRUE(factor >= 0.0 && factor <= 1.0) << name << " " << total << " " << step << ": " << factor;
        }
      }
    }
  }
}

void expect_plateau(const reference::Numbers& values, bool lower_is_better, const reference::Numbers& expected) {
  const ScheduleOptions options{
      .name = "plateau", .gamma = 0.5, .min_factor = 0.1, .plateau_patience = 1, .plateau_threshold = 0.01};
  PlateauState state;
  for (size_t i = 0; i < values.size(); ++i) {
    state = after_evaluation(options, state, lower_is_better ? values[i] : 1.0 - values[i], lower_is_better);
    EXPECT_DOUBLE_EQ(state.factor, expected[i]) << i;
  }
}

TEST(Schedule, PlateauEqualsPythonsReduceLROnPlateau) {
  expect_plateau(reference::kPlateauValues, true, reference::kPlateauMin);
  expect_plateau(reference::kPlateauValues, false, reference::kPlateauMax);
}

TEST(Schedule, PlateauTakesNanForNoImprovement) {
  const ScheduleOptions options{.name = "plateau", .gamma = 0.5, .plateau_patience = 0};
  auto state = after_evaluation(options, {}, std::nan(""), true);
  EXPECT_EQ(state.factor, 0.5);
  EXPECT_FALSE(state.best);
  state = after_evaluation(options, state, 3.0, true);
  EXPECT_EQ(state.best, 3.0);
  EXPECT_EQ(state.factor, 0.5);
}

}  // namespace
}  // namespace recur::this_file
