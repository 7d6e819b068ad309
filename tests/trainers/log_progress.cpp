#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "trainers/log/format.h"
#include "trainers/log/progress.h"

namespace recur::this_file {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// A screen and a clock in the test's hand.
struct Screen {
  std::ostringstream out;
  int width = 100;
  double now = 0;
  bool is_terminal = true, colour = false, unicode = true;

  ProgressSink sink() {
    return {.out = &out,
            .is_terminal = is_terminal,
            .colour = colour,
            .unicode = unicode,
            .width = [this] { return width; },
            .clock = [this] { return now; }};
  }
  // What was drawn since the last call, one entry per redraw, without what moves the cursor.
  std::vector<std::string> draws() {
    std::vector<std::string> found;
    std::istringstream in(out.str());
    for (std::string part; std::getline(in, part, '\r');) {
      if (const size_t erase = part.find("\x1b[J"); erase != std::string::npos) part.erase(erase);
      if (!part.empty()) found.push_back(part);
    }
    out.str("");
    return found;
  }
};

// 100 steps of 32 examples, one each half second.
void run(Screen& screen, ProgressBar& bar, int64_t from, int64_t to) {
  for (int64_t step = from; step <= to; ++step) {
    screen.now += 0.5;
    bar.update(step, 32, 0.3127);
  }
}

TEST(Progress, ShowsPositionLossRateAndRemainingTime) {
  Screen screen;
  ProgressBar bar({.description = "epoch 3/20", .total = 1259}, screen.sink());
  run(screen, bar, 1, 412);
  EXPECT_EQ(screen.draws().back(),
            "epoch 3/20 ━━━━━━━━━━━━━─────────────────────────── 412/1,259 loss 0.3127 64.0 examples/s 7:04 left");
}

TEST(Progress, NeverFillsTheLastColumnAndDropsPartsInAFixedOrder) {
  Screen screen;
  ProgressBar bar({.description = "epoch 3/20", .total = 1000}, screen.sink());
  std::vector<std::string> lines;
  for (screen.width = 120; screen.width >= 4; --screen.width) {
    run(screen, bar, 300 - screen.width, 300 - screen.width);
    lines.push_back(screen.draws().back());
    EXPECT_LE(display_width(lines.back()), screen.width - 1) << lines.back();
  }
  const auto at = [&](int width) { return lines[static_cast<size_t>(120 - width)]; };
  EXPECT_THAT(at(120), HasSubstr("examples/s"));
  EXPECT_THAT(at(60), Not(HasSubstr("examples/s")));
  EXPECT_THAT(at(60), HasSubstr("left"));
  EXPECT_THAT(at(24), HasSubstr("loss"));
  EXPECT_EQ(at(14), "epoch 3/20");
  EXPECT_EQ(at(8), "epoch …");
}

TEST(Progress, IsRedrawnAtMostTenTimesASecond) {
  Screen screen;
  ProgressBar bar({.total = 10'000}, screen.sink());
  for (int64_t step = 1; step <= 1000; ++step) {
    screen.now += 0.001;
    bar.update(step, 1);
  }
  EXPECT_LE(screen.draws().size(), 11u);
}

TEST(Progress, LeavesNothingBehindOnATerminal) {
  Screen screen;
  {
    ProgressBar bar({.total = 10}, screen.sink());
    run(screen, bar, 1, 10);
    screen.out.str("");
  }
  EXPECT_EQ(screen.out.str(), "\r\x1b[J");
}

TEST(Progress, ALineIsPrintedAboveTheBarWhichComesBack) {
  Screen screen;
  ProgressBar bar({.description = "epoch 1/2", .total = 10}, screen.sink());
  run(screen, bar, 1, 3);
  screen.out.str("");
  bar.print_line("validation loss 0.5");
  EXPECT_THAT(screen.out.str(), StartsWith("\rvalidation loss 0.5\x1b[J\n\repoch 1/2"));
}

TEST(Progress, WithoutATerminalThereAreOnlyWholeLinesNowAndThen) {
  Screen screen;
  screen.is_terminal = false;
  {
    ProgressBar bar({.description = "epoch 1/2", .total = 1000, .line_seconds = 30}, screen.sink());
    run(screen, bar, 1, 130);  // 65 seconds
    bar.finish("epoch 1/2 done");
  }
  EXPECT_EQ(screen.out.str(),
            "epoch 1/2 60/1,000 loss 0.3127 64.0 examples/s 7:50 left\n"
            "epoch 1/2 120/1,000 loss 0.3127 64.0 examples/s 7:20 left\n"
            "epoch 1/2 done\n");
}

TEST(Progress, ColourAndUnicodeAreUsedOnlyWhereAllowed) {
  Screen plain;
  plain.unicode = false;
  ProgressBar ascii({.total = 100}, plain.sink());
  run(plain, ascii, 50, 50);
  const std::string drawn = plain.out.str();
  EXPECT_THAT(drawn, HasSubstr("[==================>                   ]"));
  EXPECT_TRUE(std::all_of(drawn.begin(), drawn.end(), [](char c) { return static_cast<signed char>(c) > 0; }));
  EXPECT_THAT(drawn, Not(HasSubstr("\x1b[32m")));

  Screen coloured;
  coloured.colour = true;
  ProgressBar bar({.total = 100}, coloured.sink());
  run(coloured, bar, 50, 50);
  EXPECT_THAT(coloured.out.str(), HasSubstr("\x1b[32m"));
}

TEST(Progress, AResumedRunIsNotCountedIntoTheRate) {
  Screen screen;
  ProgressBar bar({.total = 1000, .start = 900}, screen.sink());
  run(screen, bar, 901, 920);
  EXPECT_THAT(screen.draws().back(), HasSubstr("64.0 examples/s 40 s left"));
}

TEST(Progress, TheRateFollowsAChange) {
  Screen screen;
  ProgressBar bar({.total = 100'000}, screen.sink());
  run(screen, bar, 1, 100);
  for (int64_t step = 101; step <= 120; ++step) {
    screen.now += 2;
    bar.update(step, 32);
  }
  EXPECT_THAT(screen.draws().back(), HasSubstr(" 16.0 examples/s"));
}

TEST(Progress, ADownloadIsShownInBytesAlsoWhenItsSizeIsNotKnown) {
  Screen screen;
  ProgressBar known({.description = "ptb.tgz", .total = 34'900'000, .unit = "bytes"}, screen.sink());
  screen.now = 2;
  known.update(10'000'000);
  EXPECT_THAT(screen.draws().back(), HasSubstr(" 10.0 MB/34.9 MB 5.00 MB/s 5 s left"));
  ProgressBar unknown({.description = "ptb.tgz", .unit = "bytes"}, screen.sink());
  screen.now = 4;
  unknown.update(3'000'000);
  EXPECT_EQ(screen.draws().back(), "ptb.tgz 3.00 MB 1.50 MB/s");
}

TEST(Progress, ADescriptionCannotMoveTheCursor) {
  Screen screen;
  ProgressBar bar({.description = "a\nb\x1b[2J"}, screen.sink());
  run(screen, bar, 1, 1);
  EXPECT_THAT(screen.draws().back(), StartsWith("a?b?[2J"));
}

}  // namespace
}  // namespace recur::this_file
