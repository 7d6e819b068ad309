// recur list [WHAT]
#include <cstdio>

#include <fmt/format.h>

#include "apps/verbs.h"
#include "core/error.h"
#include "datasets/catalog.h"
#include "models/engine/cell_type.h"
#include "trainers/catalog.h"
#include "trainers/log/table.h"

namespace recur::apps {
namespace {

void print_section(const char* title, std::vector<std::vector<std::string>> rows) {
  fmt::print("{}\n{}\n", title, Table{.rows = std::move(rows)}.to_string(true, 2));
}

void list(const std::string& what) {
  const bool all = what.empty();
  if (all || what == "tasks") {
    std::vector<std::vector<std::string>> rows;
    for (const auto& task : all_tasks()) rows.push_back({task.name, task.title});
    print_section("tasks", rows);
  }
  if (all || what == "cells") {
    std::vector<std::vector<std::string>> rows;
    for (const auto& cell : engine::all_cells()) rows.push_back({cell.text.name, cell.text.title, cell.text.citation});
    print_section("cells", rows);
  }
  if (all || what == "data") {
    std::vector<std::vector<std::string>> rows;
    for (const auto& entry : data_catalog()) rows.push_back({entry.name, entry.task, entry.title});
    print_section("data sets", rows);
  }
  if (all) fmt::print("recur describe NAME tells more of each.\n");
}

}  // namespace

void add_list(CLI::App& app) {
  const auto what = std::make_shared<std::string>();
  auto* verb = add_verb(app, "list", "what there is: tasks, cells, data", "recur list cells");
  verb->add_option("WHAT", *what, "tasks, cells or data; default all")
      ->check(CLI::IsMember({"tasks", "cells", "data"}));
  verb->callback([what] { list(*what); });
}

}  // namespace recur::apps
