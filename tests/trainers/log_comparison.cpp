#include <cmath>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/files.h"
#include "tests/trainers/log_folder.h"
#include "trainers/log/comparison.h"

namespace recur::this_file {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;

class ComparisonTest : public ::testing::Test {
 protected:
  /// A finished run: config, history, record, results.
  std::filesystem::path add(const std::string& name, const std::string& config, double rmse, double skill,
                            int64_t examples = 80) {
    const auto run = folder_.path() / "runs" / name;
    write_file_atomically(run / "config.yaml", "task: stock\n" + config);
    const nlohmann::json metrics = {
        {"task", "stock"},
        {"split", "test"},
        {"examples", examples},
        {"metrics", {{"rmse", rmse}, {"skill", skill}, {"dm_p_value", rmse}, {"own", rmse}}}};
    write_file_atomically(run / "metrics.json", metrics.dump());
    MetricsLog log(run / "metrics.jsonl");
    for (int64_t step = 1; step <= 3; ++step) {
      log.append(
          {.step = step, .values = {{"train/loss", rmse / static_cast<double>(step)}, {"validation/rmse", rmse}}});
    }
    write_run_record(run / "run.json", {.parameters = 1234, .result = FitResult{.steps = 3, .seconds = 65}});
    return run;
  }

  LogFolder folder_;
};

TEST_F(ComparisonTest, OnlyWhatDiffersIsTold) {
  const auto comparison = compare_runs({add("a", "trainer: {batch_size: 32, epochs: 5}\n", 1, 0.1),
                                        add("b", "trainer: {epochs: 5, batch_size: 64, patience: 3}\n", 2, 0)});
  EXPECT_THAT(differing_values(comparison), ElementsAre(Pair("trainer.batch_size", ElementsAre("32", "64")),
                                                        Pair("trainer.patience", ElementsAre("-", "3"))));
}

TEST_F(ComparisonTest, TheBestOfEachMetricIsMarkedWhereItIsKnownWhatIsBetter) {
  const auto comparison = compare_runs({add("a", "", 1, 0.1), add("b", "", 2, 0.3), add("c", "", 1, NAN)});
  EXPECT_THAT(best_runs(comparison), ElementsAre(Pair("rmse", ElementsAre(0, 2)), Pair("skill", ElementsAre(1))))
      << "neither the p value nor a metric that nobody knows";
  EXPECT_THAT(best_runs(compare_runs({add("a", "", 1, 0.1), add("b", "", 1, 0.1)})), IsEmpty());
  EXPECT_THAT(best_runs(compare_runs({add("a", "", 1, 0.1), add("b", "", 2, 0.1, 81)})), IsEmpty())
      << "measured on other examples";
}

TEST_F(ComparisonTest, FewRunsAreColumnsAndManyAreRows) {
  const auto two = comparison_text(compare_runs({add("a", "seed: 1\n", 1, 0.1), add("b", "seed: 2\n", 2, 0.3)}));
  EXPECT_THAT(two, HasSubstr("  run   a  b\n"));
  EXPECT_THAT(two, HasSubstr("  seed  1  2\n"));
  EXPECT_THAT(two, HasSubstr("  rmse        1.000 *     2.000\n"));
  EXPECT_THAT(two, HasSubstr("  time           1:05      1:05\n"));
  std::vector<std::filesystem::path> folders;
  for (int i = 1; i <= 14; ++i) folders.push_back(add(fmt::format("r{}", i), fmt::format("seed: {}\n", i), i, 0));
  const auto many = comparison_text(compare_runs(folders));
  EXPECT_THAT(many, HasSubstr("  run  seed\n"));
  EXPECT_THAT(many, HasSubstr("  r14    14\n"));
}

TEST_F(ComparisonTest, NamesLeaveOutWhatAllFoldersShare) {
  auto names = [](const Comparison& comparison) {
    std::vector<std::string> all;
    for (const auto& run : comparison.runs) all.push_back(run.name);
    return all;
  };
  const auto a = add("long-1", "", 1, 0), b = add("long-2", "", 1, 0), c = add("deep/long-1", "", 1, 0);
  EXPECT_THAT(names(compare_runs({a, b})), ElementsAre("long-1", "long-2"));
  EXPECT_THAT(names(compare_runs({a / "", c})), ElementsAre("long-1", "deep/long-1"));
  EXPECT_THAT(names(compare_runs({a, a})), ElementsAre("long-1", "long-1"));
}

TEST_F(ComparisonTest, ARunThatIsStillTrainedHasNoResults) {
  const auto done = add("a", "", 1, 0.1), going = add("b", "", 2, 0.2);
  std::filesystem::remove(going / "metrics.json");
  std::filesystem::remove(going / "run.json");
  const auto json = comparison_json(compare_runs({done, going}));
  EXPECT_EQ(json["runs"][0]["seconds"], 65);
  EXPECT_TRUE(json["runs"][1]["seconds"].is_null());
  EXPECT_TRUE(json["runs"][1]["metrics"].empty());
  EXPECT_TRUE(json["best"].empty()) << "one alone is not the best";
}

TEST_F(ComparisonTest, WhatCannotBeComparedIsNamed) {
  const auto a = add("a", "", 1, 0.1);
  write_file_atomically(folder_.path() / "b/config.yaml", "task: speech\n");
  try {
    compare_runs({a, folder_.path() / "b"});
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.what(), HasSubstr("a is of stock"));
    EXPECT_THAT(error.what(), HasSubstr("b is of speech"));
  }
  EXPECT_THROW(compare_runs({a, folder_.path() / "none"}), CheckpointError);
  write_file_atomically(a / "metrics.json", "{\"split\": 1}");
  EXPECT_THROW(compare_runs({a, a}), DataError);
}

TEST_F(ComparisonTest, ThePageDrawsAllRunsInOneChartPerMetricAndAsksForNothingElse) {
  std::vector<std::filesystem::path> folders;
  for (int i = 0; i < 14; ++i) folders.push_back(add(fmt::format("<r{}>", i), "", i + 1, 0));
  const auto html = render_comparison(compare_runs(folders));
  EXPECT_THAT(html, HasSubstr("<h1>14 runs of stock</h1>"));
  EXPECT_THAT(html, HasSubstr("aria-label=\"Training loss\""));
  EXPECT_THAT(html, HasSubstr("aria-label=\"Validation rmse\""));
  EXPECT_THAT(html, HasSubstr("d=\"M1 5h22\"/></svg>&lt;r13&gt;</li>"));
  for (const char* style : {"line c5\"", "line c0 dashed\"", "line c5 dashed\"", "line c5 faint\""}) {
    EXPECT_THAT(html, HasSubstr(style));
  }
  EXPECT_THAT(html,
              Not(::testing::AnyOf(HasSubstr("<script"), HasSubstr("http"), HasSubstr("src="), HasSubstr("<r1>"))));
}

}  // namespace
}  // namespace recur::this_file
