// Holds all that recur makes of MyCell against each other, and its gradients against finite differences.
#include <cstdio>

#include <models/engine/compiled_cell.h>
#include <models/sequence/check_cell.h>

#include "my_cell.h"

int main() {
  recur::engine::add_cell(recur::engine::compiled_cell<MyCell>());
  const auto faults = recur::check_cell(MyCell::kText.name);
  for (const auto& fault : faults) std::printf("%s\n", fault.c_str());
  return faults.empty() ? 0 : 1;
}
