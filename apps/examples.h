// The files of examples/, compiled into the program (apps/CMakeLists.txt): what `recur new` writes.
#pragma once

#include <vector>

namespace recur::apps {

struct ExampleFile {
  const char* path;  ///< below examples/: "my_cell/my_cell.h"
  const char* text;
};

const std::vector<ExampleFile>& example_files();

}  // namespace recur::apps
