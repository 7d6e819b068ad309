// The list of cells: a new cell's one catalog line.  The conformance suite, the program's `list` and `describe`, the
// configs' `model.recurrent.cell` and every export know a cell by its standing here.
#pragma once

#include "models/cells/cell.h"
#include "models/cells/cho_gru.h"
#include "models/cells/gru.h"
#include "models/cells/lstm.h"
#include "models/cells/mgu.h"
#include "models/cells/peephole_lstm.h"
#include "models/cells/rnn.h"

namespace recur::cells {

template <class... Cells>
struct CellList {};

using Catalog = CellList<  //
    RNN,                   //
    ReluRNN,               //
    LSTM,                  //
    PeepholeLSTM,          //
    GRU,                   //
    ChoGRU,                //
    MGU>;

}  // namespace recur::cells
