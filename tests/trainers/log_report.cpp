#include <cmath>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/files.h"
#include "tests/trainers/log_folder.h"
#include "trainers/log/chart.h"
#include "trainers/log/report.h"

namespace recur::this_file {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

Report example() {
  Report report{.title = "netflix <lstm>", .subtitle = "A & B", .config_yaml = "task: stock # <b>\n"};
  report.facts = {{"parameters", "132,609"}};
  for (int64_t step = 1; step <= 50; ++step) {
    report.history.push_back({step,
                              0,
                              {{"train/loss", 1.0 / static_cast<double>(step)},
                               {"train/learning_rate", 0.001},
                               {"train/gradient_norm", 1}}});
  }
  report.history.push_back({50, 1, {{"validation/loss", 0.3}, {"validation/rmse", 14.2}, {"validation/never", NAN}}});
  report.metrics = {{"rmse", 14.2}};
  report.baselines = {{"persistence_rmse", 15.1}};
  report.sections = {{"Forecast <1>", render_svg({.title = "inner"}, false)}};
  return report;
}

TEST(LogReport, HoldsEveryPartInOrder) {
  const std::string html = render_report(example());
  size_t before = 0;
  for (const char* part :
       {"<h1>netflix &lt;lstm&gt;</h1>", "A &amp; B", "132,609", "Results on the test split", "14.20", "15.10",
        "aria-label=\"Loss\"", "aria-label=\"Validation rmse\"", "aria-label=\"Learning rate\"",
        "aria-label=\"Gradient norm\"", "Forecast &lt;1&gt;", "aria-label=\"inner\"", "# &lt;b&gt;"}) {
    const size_t at = html.find(part, before);
    ASSERT_NE(at, std::string::npos) << part;
    before = at;
  }
  EXPECT_THAT(html, Not(HasSubstr("never"))) << "a curve without a value";
}

TEST(LogReport, IsOneFileThatAsksForNothingElse) {
  const std::string html = render_report(example());
  EXPECT_THAT(html, Not(AnyOf(HasSubstr("<script"), HasSubstr("http"), HasSubstr("src="), HasSubstr("@import"))));
  EXPECT_THAT(html, HasSubstr("charset=\"utf-8\""));
}

TEST(LogReport, AnEmptyRunStillMakesAPage) {
  const std::string html = render_report({.title = "empty"});
  EXPECT_THAT(html, HasSubstr("<h1>empty</h1>"));
  EXPECT_THAT(html, Not(AnyOf(HasSubstr("Curves"), HasSubstr("Results"), HasSubstr("Config"))));
}

TEST(LogReport, IsWrittenWhole) {
  LogFolder folder;
  write_report(folder.path() / "report.html", example());
  EXPECT_EQ(read_file(folder.path() / "report.html"), render_report(example()));
}

}  // namespace
}  // namespace recur::this_file
