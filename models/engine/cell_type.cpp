#include "models/engine/cell_type.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "core/names.h"
#include "models/cells/catalog.h"
#include "models/engine/make_cell_type.h"

namespace recur::engine {
namespace {

template <class... Cells, size_t... kNumbers>
std::deque<CellType> make_catalog(cells::CellList<Cells...> /*catalog*/, std::index_sequence<kNumbers...> /*numbers*/) {
  std::deque<CellType> all = {make_cell_type<Cells>([] { return cpu::step_kernels(kNumbers); })...};
  for (size_t number = 0; number < all.size(); ++number) {
    all[number].number = number;
    all[number].is_in_catalog = true;
  }
  return all;
}

template <class... Cells>
std::deque<CellType> make_catalog(cells::CellList<Cells...> catalog) {
  return make_catalog(catalog, std::index_sequence_for<Cells...>());
}

std::deque<CellType>& registry() {
  static std::deque<CellType> cells = make_catalog(cells::Catalog{});
  return cells;
}

bool is_name(const std::string& name) {
  return !name.empty() && name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos;
}

}  // namespace

const std::deque<CellType>& all_cells() {
  return registry();
}

const CellType& add_cell(CellType cell) {
  const std::string name = cell.text.name;
  if (!is_name(name)) {
    throw ConfigError(fmt::format("a cell cannot be called \"{}\": a name has lower case letters, digits and _", name));
  }
  const auto names = cell_names();
  if (std::find(names.begin(), names.end(), name) != names.end()) {
    throw ConfigError(fmt::format("there is a cell \"{}\" already; give yours another kText.name", name));
  }
  cell.number = all_cells().size();
  return registry().emplace_back(std::move(cell));
}

std::vector<std::string> cell_names() {
  std::vector<std::string> names;
  for (const auto& cell : all_cells()) names.emplace_back(cell.text.name);
  return names;
}

const CellType& find_cell(const std::string& name) {
  for (const auto& cell : all_cells()) {
    if (name == cell.text.name) return cell;
  }
  throw ConfigError(fmt::format("unknown cell \"{}\"; the cells are {}{}{}", name, fmt::join(cell_names(), ", "),
                                did_you_mean(name, cell_names()), kUnknownCellHint));
}

}  // namespace recur::engine
