#include "models/engine/cell_type.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "models/cells/catalog.h"
#include "models/engine/reference.h"

namespace recur::engine {
namespace {

template <class Cell>
CellType make_cell_type(size_t number) {
  const auto strings = [](const auto& names) { return std::vector<std::string>(names.begin(), names.end()); };
  return {
      .number = number,
      .text = Cell::kText,
      .gates = strings(member_names<typename Cell::template Gates<Tag>>()),
      .states = strings(member_names<typename Cell::template State<Tag>>()),
      .units = strings(member_names<UnitsOf<Cell, Tag>>()),
      .program = record<Cell>(),
      .run = &run_reference<Cell>,
  };
}

template <class... Cells>
std::vector<CellType> make_cell_types(cells::CellList<Cells...>) {
  size_t number = 0;
  return {make_cell_type<Cells>(number++)...};
}

}  // namespace

const std::vector<CellType>& all_cells() {
  static const std::vector<CellType> kCells = make_cell_types(cells::Catalog{});
  return kCells;
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
  throw ConfigError(fmt::format("unknown cell \"{}\"; the catalog has {}", name, fmt::join(cell_names(), ", ")));
}

}  // namespace recur::engine
