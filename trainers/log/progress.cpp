#include "trainers/log/progress.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/ascii.h"
#include "trainers/log/format.h"

namespace recur {
namespace {

constexpr double kRateWindowSeconds = 15;
constexpr int kWidestBar = 40;
constexpr int kNarrowestBar = 8;

// The cursor rests at the line's first column, so that "erase from here to the end of the screen" also removes what a
// terminal re-wrapped into more lines because its window was made narrower.
constexpr const char* kHome = "\r";
constexpr const char* kEraseBelow = "\x1b[J";
constexpr const char* kGreen = "\x1b[32m";
constexpr const char* kDim = "\x1b[2m";
constexpr const char* kReset = "\x1b[0m";

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

bool locale_is_utf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    std::string value = environment(name);
    if (value.empty()) continue;  // the first that is set decides, as in setlocale(3)
    value = ascii_lower(value);
    return value.find("utf-8") != std::string::npos || value.find("utf8") != std::string::npos;
  }
  return false;
}

int window_width() {
  winsize window{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 0) return window.ws_col;
  const int columns = std::atoi(environment("COLUMNS").c_str());
  return columns > 0 ? columns : 80;
}

double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

bool is_terminal(int file_descriptor) {
  const std::string terminal = environment("TERM");
  return ::isatty(file_descriptor) != 0 && !terminal.empty() && terminal != "dumb";
}

bool shows_colour(int file_descriptor) {
  return is_terminal(file_descriptor) && environment("NO_COLOR").empty();
}

ProgressSink ProgressSink::standard_error() {
  return {.out = &std::cerr,
          .is_terminal = recur::is_terminal(STDERR_FILENO),
          .colour = shows_colour(STDERR_FILENO),
          .unicode = locale_is_utf8(),
          .width = window_width,
          .clock = steady_seconds};
}

ProgressBar::ProgressBar(ProgressOptions options, ProgressSink sink)
    : options_(std::move(options)), sink_(std::move(sink)), done_(options_.start) {
  options_.description = printable(options_.description);
  const double now = sink_.clock();
  samples_.push_back({now, done_, 0});
  // The bar appears at the first update; the first plain line only when there is something to say.
  last_drawn_ = sink_.is_terminal ? now - options_.redraw_seconds : now;
}

ProgressBar::~ProgressBar() {
  try {
    finish();
  } catch (...) {  // a closed stderr is no reason to end the program
  }
}

void ProgressBar::update(int64_t done, int64_t examples, std::optional<double> loss) {
  done_ = done;
  examples_ += examples;
  if (loss) loss_ = loss;
  const double now = sink_.clock();
  // A step that takes longer than the window still leaves one sample before it to measure against.
  while (samples_.size() > 1 && now - samples_[1].time > kRateWindowSeconds) samples_.pop_front();
  if (now - samples_.back().time >= options_.redraw_seconds || samples_.size() == 1) {
    samples_.push_back({now, done_, examples_});
  }
  if (now - last_drawn_ < (sink_.is_terminal ? options_.redraw_seconds : options_.line_seconds)) return;
  last_drawn_ = now;
  draw();
}

void ProgressBar::draw() {
  if (finished_) return;
  if (!sink_.is_terminal) {
    *sink_.out << line(10'000) << std::endl;
    return;
  }
  // One column stays free: writing into the last one makes some terminals wrap.
  const std::string text = line(sink_.width() - 1);
  *sink_.out << kHome + text + kEraseBelow + kHome << std::flush;
  visible_ = true;
}

void ProgressBar::print_line(const std::string& text) {
  *sink_.out << (visible_ ? kHome + text + kEraseBelow : text) << std::endl;
  if (std::exchange(visible_, false)) draw();
}

void ProgressBar::finish(const std::string& summary) {
  if (std::exchange(finished_, true)) return;
  if (std::exchange(visible_, false)) *sink_.out << kHome << kEraseBelow << std::flush;
  if (!summary.empty()) *sink_.out << summary << std::endl;
}

// Drops the least needed parts, one after the other, until the line fits; what fills the rest is the bar.
std::string ProgressBar::line(int width) const {
  struct Part {
    std::string text;
    int drop;  // the part with the greatest number goes first
  };
  const bool has_bar = sink_.is_terminal && options_.total > 0;
  std::vector<Part> parts = {{options_.description, 0},
                             {has_bar ? std::string(kNarrowestBar, '#') : "", 3},  // a place holder of its least width
                             {position(), 4},
                             {loss_ ? "loss " + format_number(*loss_) : "", 1},
                             {rate(), 5},
                             {remaining(), 2}};
  std::erase_if(parts, [](const Part& part) { return part.text.empty(); });
  const auto needed = [&] {
    int columns = -1;
    for (const Part& part : parts) columns += display_width(part.text) + 1;
    return columns;
  };
  while (parts.size() > 1 && needed() > width) {
    parts.erase(std::max_element(parts.begin(), parts.end(), [](auto& a, auto& b) { return a.drop < b.drop; }));
  }
  const int spare = width - needed();
  std::string text;
  for (const Part& part : parts) {
    const bool is_bar = part.drop == 3;
    if (!text.empty()) text += ' ';
    text += is_bar ? bar(std::min(kWidestBar, kNarrowestBar + spare)) : fit_width(part.text, width, sink_.unicode);
  }
  return text;
}

std::string ProgressBar::position() const {
  const bool bytes = options_.unit == "bytes";
  const auto show = [&](int64_t n) { return bytes ? format_bytes(static_cast<double>(n)) : format_count(n); };
  return options_.total > 0 ? show(done_) + "/" + show(options_.total) : show(done_);
}

std::string ProgressBar::rate() const {
  const double seconds = samples_.back().time - samples_.front().time;
  if (seconds <= 0) return "";
  if (options_.unit == "bytes") {
    return format_bytes(static_cast<double>(samples_.back().done - samples_.front().done) / seconds) + "/s";
  }
  const double per_second = static_cast<double>(samples_.back().examples - samples_.front().examples) / seconds;
  return per_second > 0 ? fmt::format("{} {}/s", format_number(per_second, 3), options_.unit) : "";
}

std::string ProgressBar::remaining() const {
  const double seconds = samples_.back().time - samples_.front().time;
  const auto steps = static_cast<double>(samples_.back().done - samples_.front().done);
  if (seconds <= 0 || steps <= 0 || options_.total <= done_) return "";
  const double left = static_cast<double>(options_.total - done_) * seconds / steps;
  // Tenths of a second would only flicker.
  return (left < 10 ? fmt::format("{:.0f} s", std::ceil(left)) : format_duration(left)) + " left";
}

std::string ProgressBar::bar(int width) const {
  const double share = std::clamp(static_cast<double>(done_) / static_cast<double>(options_.total), 0.0, 1.0);
  const int inner = sink_.unicode ? width : width - 2;  // ASCII: brackets around it
  const int filled = static_cast<int>(share * inner);
  std::string full, empty;
  for (int i = 0; i < filled; ++i) full += sink_.unicode ? "━" : "=";
  for (int i = filled; i < inner; ++i) empty += sink_.unicode ? "─" : " ";
  if (!sink_.unicode && filled < inner && filled > 0) full.back() = '>';
  if (sink_.colour) {
    full = kGreen + full + kReset;
    empty = kDim + empty + kReset;
  }
  return sink_.unicode ? full + empty : "[" + full + empty + "]";
}

}  // namespace recur
