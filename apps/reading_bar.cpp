#include "apps/reading_bar.h"

#include <memory>

#include <fmt/format.h>

#include "trainers/log/progress.h"

namespace recur::apps {

ReadProgress reading_bar() {
  struct Shown {
    std::string what;
    std::unique_ptr<ProgressBar> bar;
  };
  const auto shown = std::make_shared<Shown>();
  return [shown](const std::string& what, int64_t done, int64_t total) {
    if (what != shown->what) {
      shown->what = what;
      shown->bar = std::make_unique<ProgressBar>(
          ProgressOptions{.description = fmt::format("reading {}", what), .total = total, .unit = "bytes"});
    }
    if (!shown->bar) return;
    shown->bar->update(done);
    if (done >= total) {
      shown->bar.reset();  // cleared; what was read is in the data report
      shown->what.clear();
    }
  };
}

}  // namespace recur::apps
