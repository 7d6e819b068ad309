// What a cell's file includes.  A cell is one struct that says, once:
//
//   kText        its name in configs, its title, its source
//   Gates<M>     one member per gate, in the order of the packed weights (torch's order where torch has the cell)
//   State<T>     one member per state; the first, always `h`, is the output
//   Units<T>     only if it has per-unit parameters (peepholes): one member per vector
//
//   step(W, U, x, prev) or step(W, U, p, x, prev)    the equations
//
// Gates, states and units are printed side by side, so all their names differ: the peephole of gate `i` is `p_i`.
//
// Shapes: x [B, D] input, every state and gate [B, H], every per-unit vector [H].
// W.k(x) = W_k x + b_k and U.k(h) = U_k h + c_k are the maps of gate k; a bias is left out where the layer has none.
//
// `step` is generic over T: torch::Tensor (the reference engine) or engine::Symbol (the recorded program, from which
// every other back end is made).  Write it with + - * / (and unary -) and sigmoid, tanh, relu, exp, log, abs, softplus,
// maximum.
#pragma once

namespace recur::cells {

/// Words about a cell, for `recur list` and `recur describe`.
struct CellText {
  const char* name;         ///< in configs: lower case, `_` between words
  const char* title;        ///< for people
  const char* citation;     ///< authors, title, year
  const char* equations;    ///< plain text, one equation a line
  const char* keeps = "";   ///< the gate that keeps the state where it is open, if there is one: forget_bias opens it
  const char* writes = "";  ///< the gate that overwrites the state where it is open
};

/// The affine map of one gate, seen by the value type: a callable T -> T.  Specialised by each engine.
template <class T>
struct Map;

}  // namespace recur::cells
