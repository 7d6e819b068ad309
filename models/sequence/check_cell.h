// What must hold for a cell whatever its equations: for the test of a cell that is not in the catalog.
#pragma once

#include <string>
#include <vector>

namespace recur {

/// Holds what recur makes of a cell against each other, at small sizes, in about a second:
///   - its gradients by the reference engine against central differences, in f64; the second derivative too
///   - a sequence in two parts, with the state carried over, against the whole
///   - a ragged batch in both directions against each sequence alone
///   - the fused engine, if it can run the cell, against the reference: values and gradients
///   - its TorchScript, saved and loaded, against the reference
/// Seeds torch's generator.
/// @param name  of a cell of the catalog, or one made known by engine::add_cell
/// @returns  a sentence for each that does not hold; empty if all do
/// @throws ConfigError for a name that no cell has
std::vector<std::string> check_cell(const std::string& name);

}  // namespace recur
