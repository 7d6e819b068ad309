#include "trainers/log/metrics_log.h"

#include <cerrno>
#include <cstring>
#include <limits>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/files.h"

namespace recur {
namespace {

std::string to_line(const MetricsRow& row) {
  nlohmann::ordered_json json = {{"step", row.step}, {"epoch", row.epoch}};
  for (const auto& [name, value] : row.values) {
    if (json.contains(name)) throw Error(fmt::format("metrics: '{}' is the row's own; name the value otherwise", name));
    json[name] = value;  // the library writes NaN and infinity as null
  }
  // A name that is no UTF-8 must not lose the row.
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

MetricsRow parse_line(std::string_view line) {
  const auto json = nlohmann::json::parse(line);
  MetricsRow row;
  row.step = json.at("step").get<int64_t>();
  row.epoch = json.at("epoch").get<int64_t>();
  for (const auto& [name, value] : json.items()) {
    if (name == "step" || name == "epoch") continue;
    row.values[name] = value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
  }
  return row;
}

std::vector<MetricsRow> parse_rows(std::string_view text, const std::string& source) {
  std::vector<MetricsRow> rows;
  int64_t number = 0;
  // What follows the last newline is what a killed process did not finish.
  for (size_t end; (end = text.find('\n')) != std::string_view::npos; text.remove_prefix(end + 1)) {
    ++number;
    try {
      rows.push_back(parse_line(text.substr(0, end)));
    } catch (const nlohmann::json::exception& error) {
      throw DataError({source, number, 0}, fmt::format("expected an object with \"step\", \"epoch\" and numbers, got "
                                                       "'{}' ({})",
                                                       text.substr(0, std::min<size_t>(end, 80)), error.what()));
    }
  }
  return rows;
}

}  // namespace

std::vector<MetricsRow> read_metrics(const std::filesystem::path& path) {
  if (!std::filesystem::exists(path)) return {};
  return parse_rows(read_file(path), path.string());
}

MetricsLog::MetricsLog(std::filesystem::path path, std::optional<int64_t> resume_step) : path_(std::move(path)) {
  std::string kept;
  if (resume_step) {
    for (const MetricsRow& row : read_metrics(path_)) {
      if (row.step <= *resume_step) kept += to_line(row);
    }
  }
  write_file_atomically(path_, kept);
  out_.open(path_, std::ios::app | std::ios::binary);
  if (!out_) throw Error(fmt::format("{}: cannot open: {}", path_.string(), std::strerror(errno)));
}

void MetricsLog::append(const MetricsRow& row) {
  out_ << to_line(row) << std::flush;
  if (!out_) throw Error(fmt::format("{}: cannot write: {}", path_.string(), std::strerror(errno)));
}

}  // namespace recur
