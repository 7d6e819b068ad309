// A progress bar for a person who watches, and plain lines for a log file.
//
//   epoch 3/20 ━━━━━━━━━━━━───────────── 412/1,259  loss 0.3127  1,520 examples/s  43 s left
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>

namespace recur {

/// Whether what is written to a file descriptor is seen on a terminal that knows control codes: not a pipe, not a file,
/// not TERM=dumb.
bool is_terminal(int file_descriptor);
/// Whether it may be coloured there: not where NO_COLOR is set to something.
bool shows_colour(int file_descriptor);

/// Where a bar is drawn, and what it needs to know of the place.  A test fills it in by hand.
struct ProgressSink {
  std::ostream* out = nullptr;
  bool is_terminal = false;            ///< false: no bar and no control codes, only whole lines
  bool colour = false;                 ///< only on a terminal
  bool unicode = false;                ///< false: the bar is drawn in ASCII
  std::function<int()> width = {};     ///< columns of the window now
  std::function<double()> clock = {};  ///< seconds, never going back

  /// stderr as it is: a terminal unless it is a pipe or a file or TERM=dumb; colour unless NO_COLOR is set to
  /// something; Unicode if the locale (LC_ALL, LC_CTYPE, LANG) is UTF-8; the window's width is asked for anew each
  /// time.
  static ProgressSink standard_error();
};

struct ProgressOptions {
  std::string description = {};   ///< "epoch 3/20", or a file's name
  int64_t total = 0;              ///< steps, or bytes; 0: not known (no bar, no remaining time)
  int64_t start = 0;              ///< steps that an earlier run or download has done; not counted in the rate
  std::string unit = "examples";  ///< what the rate counts; "bytes": `done` and the rate are shown as sizes
  double redraw_seconds = 0.1;    ///< on a terminal, at least this long between two redraws
  double line_seconds = 30;       ///< elsewhere, at least this long between two lines
};

/// One line that shows how far something is.  It is cleared by finish() or by the destructor, whichever is first.
class ProgressBar {
 public:
  explicit ProgressBar(ProgressOptions options, ProgressSink sink = ProgressSink::standard_error());
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  /// `done` of `total` (both counted from the same zero); `examples` more were seen since the last call (for the rate;
  /// for unit "bytes" the rate comes from `done`).  Cheap enough to be called at every step.
  void update(int64_t done, int64_t examples = 0, std::optional<double> loss = std::nullopt);

  /// Prints a whole line above the bar, as it is (also where there is no terminal).
  void print_line(const std::string& text);

  /// Removes the bar; a summary, if there is one, stays as a whole line.
  void finish(const std::string& summary = "");

 private:
  struct Sample {
    double time;
    int64_t done;
    int64_t examples;
  };

  void draw();
  std::string line(int width) const;
  std::string position() const;
  std::string rate() const;
  std::string remaining() const;
  std::string bar(int width) const;

  ProgressOptions options_;
  ProgressSink sink_;
  int64_t done_ = 0;
  int64_t examples_ = 0;
  std::optional<double> loss_;
  std::deque<Sample> samples_;  // of the last seconds, so that the rate follows a change
  double last_drawn_ = 0;
  bool visible_ = false;
  bool finished_ = false;
};

}  // namespace recur
