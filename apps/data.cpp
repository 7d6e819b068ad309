// recur data list|fetch|verify NAME
#include <cstdio>
#include <memory>

#include <fmt/format.h>

#include "apps/verbs.h"
#include "core/error.h"
#include "datasets/catalog.h"
#include "datasets/fetch.h"
#include "trainers/log/format.h"
#include "trainers/log/progress.h"
#include "trainers/log/table.h"

namespace recur::apps {
namespace {

void list() {
  Table table{.header = {"name", "task", "what", "here"}};
  for (const auto& entry : data_catalog()) {
    table.rows.push_back({entry.name, entry.task, entry.title, is_there(entry, data_directory()) ? "yes" : "no"});
  }
  fmt::print("data folder: {}\n{}", data_directory().string(), table.to_string());
}

void verify_entry(const CatalogEntry& entry) {
  if (entry.files.empty()) {
    throw DataError(fmt::format("{}: the catalog lists no files of it, so there is nothing to verify by", entry.name));
  }
  bool well = true;
  for (const auto& check : verify(entry, data_directory())) {
    fmt::print("{:<12} {}\n", to_string(check.state), check.path.string());
    well = well && check.state == FileState::kOk;
  }
  if (!well) throw DataError(fmt::format("{}: not as it should be in {}", entry.name, data_directory().string()));
}

/// A bar for each file as it comes in.
class FetchBars {
 public:
  bool operator()(const std::string& file, int64_t done, int64_t total) {
    if (!bar_ || file != file_) {
      bar_ = std::make_unique<ProgressBar>(
          ProgressOptions{.description = file, .total = total, .start = done, .unit = "bytes"});
      file_ = file;
    }
    bar_->update(done);
    return true;
  }

 private:
  std::string file_;
  std::unique_ptr<ProgressBar> bar_;
};

/// Before a byte is fetched: what it is, under which terms, from where and how much.
void print_terms(const CatalogEntry& entry) {
  fmt::print("{}: {}\nlicence: {}\nto cite: {}\n", entry.name, entry.title, entry.licence, entry.citation);
  for (const auto& file : entry.files) {
    fmt::print("{}  {} bytes, SHA-256 {}\n  from {}\n", file.path, format_count(file.size), file.sha256, file.address);
  }
  std::fflush(stdout);
}

void fetch_entry(const CatalogEntry& entry) {
  if (entry.can_fetch()) print_terms(entry);
  const auto bars = std::make_shared<FetchBars>();
  fetch(entry, data_directory(), {.progress = [bars](const std::string& file, int64_t done, int64_t total) {
          return (*bars)(file, done, total);
        }});
  verify_entry(entry);
}

}  // namespace

void add_data(CLI::App& app) {
  auto* verb = add_verb(app, "data", "public data sets: what is here, fetch it, verify it", "recur data verify mnist");
  verb->require_subcommand(1);
  verb->add_subcommand("list", "the data sets that recur knows")->callback(list);
  const auto with_name = [&](const char* name, const char* what, void (*act)(const CatalogEntry&)) {
    const auto entry = std::make_shared<std::string>();
    auto* subcommand = verb->add_subcommand(name, what);
    subcommand->add_option("NAME", *entry, "a data set's name")->required();
    subcommand->callback([entry, act] { act(find_data(*entry)); });
  };
  with_name("fetch", "download, verify and unpack; goes on with a broken download", fetch_entry);
  with_name("verify", "compare size and SHA-256 of every file", verify_entry);
}

}  // namespace recur::apps
