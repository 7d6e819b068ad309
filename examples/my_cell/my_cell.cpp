// Compiles MyCell for every engine, and offers it to `recur --plugin`.
#include "my_cell.h"

#define RECUR_CELL MyCell
#include <models/engine/compile_cell-inl.h>
#include <models/engine/plugin.h>

RECUR_PLUGIN(host) {
  host.add_cell(recur::engine::compiled_cell<MyCell>());
}
