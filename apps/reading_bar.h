// A progress bar while much data is read.
#pragma once

#include "datasets/read_progress.h"

namespace recur::apps {

/// Draws on stderr, if that is a terminal.
ReadProgress reading_bar();

}  // namespace recur::apps
