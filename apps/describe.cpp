// recur describe NAME
#include <cstdio>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "apps/verbs.h"
#include "core/error.h"
#include "core/names.h"
#include "datasets/catalog.h"
#include "models/engine/cell_type.h"
#include "models/engine/fused.h"
#include "trainers/catalog.h"
#include "trainers/log/format.h"

namespace recur::apps {
namespace {

void describe_cell(const engine::CellType& cell) {
  fmt::print("{}: {}\n{}\n\n", cell.text.name, cell.text.title, cell.text.citation);
  fmt::print("  {}\n\n", [&] {
    std::string equations = cell.text.equations;
    for (size_t at = 0; (at = equations.find('\n', at)) != std::string::npos; at += 3) equations.replace(at, 1, "\n  ");
    return equations;
  }());
  const auto gates = cell.gates.size();
  fmt::print("gates       {}\nstates      {}   [B, H] each\n", fmt::join(cell.gates, ", "),
             fmt::join(cell.states, ", "));
  fmt::print("parameters  weight_ih [{0}*H, D], weight_hh [{0}*H, H], bias_ih [{0}*H], bias_hh [{0}*H]", gates);
  for (const auto& unit : cell.units) fmt::print(", {} [H]", unit);
  fmt::print("\nprogram     {} operations; runs {}, exports as TorchScript\n", cell.program.size,
             engine::can_fuse(cell.program) ? "fused (f32) or by the reference engine"
                                            : "by the reference engine, for a map acts on something other than h");
}

void describe_data(const CatalogEntry& entry) {
  fmt::print("{}: {}\n\ntask      {}\nfolder    {}\nlicence   {}\ncitation  {}\n", entry.name, entry.title, entry.task,
             (data_directory() / entry.folder).string(), entry.licence, entry.citation);
  if (!entry.obtain.empty()) fmt::print("obtain    {}\n", entry.obtain);
  for (const auto& file : entry.files)
    fmt::print("file      {}  {}\n", file.path, format_bytes(static_cast<double>(file.size)));
}

/// The whole of docs/options.md, which a test holds equal to this.
void describe_options_as_markdown() {
  fmt::print(
      "# Options\n\nWhat a config may say, by task. Made by `recur describe options`; do not edit it by hand.\n\n");
  for (const auto& task : all_tasks()) {
    fmt::print("{}", to_markdown(task.options(), fmt::format("`task: {}`: {}", task.name, task.title), 2));
  }
}

void describe(const std::string& name) {
  if (name == "options") return describe_options_as_markdown();
  for (const auto& cell : engine::all_cells()) {
    if (name == cell.text.name) return describe_cell(cell);
  }
  for (const auto& task : all_tasks()) {
    if (name != task.name) continue;
    fmt::print("{}: {}\n\n{}", task.name, task.title, to_text(task.options()));
    return;
  }
  for (const auto& entry : data_catalog()) {
    if (name == entry.name) return describe_data(entry);
  }
  auto known = engine::cell_names();
  for (const auto& task : task_names()) known.push_back(task);
  for (const auto& data : data_names()) known.push_back(data);
  const auto near = nearest_name(name, known);
  throw ConfigError(fmt::format("describe: nothing here is called \"{}\"; {}recur list shows what there is", name,
                                near.empty() ? "" : fmt::format("did you mean \"{}\"? ", near)));
}

}  // namespace

void add_describe(CLI::App& app) {
  const auto name = std::make_shared<std::string>();
  auto* verb =
      add_verb(app, "describe", "a cell's equations, a task's options, a data set's terms", "recur describe lstm");
  verb->add_option("NAME", *name, "a cell, a task, a data set; or `options` for docs/options.md")->required();
  verb->callback([name] { describe(*name); });
}

}  // namespace recur::apps
