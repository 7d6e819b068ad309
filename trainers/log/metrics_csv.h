// metrics.jsonl as a table for spreadsheets and the like.
#pragma once

#include <string>
#include <vector>

#include "trainers/log/metrics_log.h"

namespace recur {

/// One cell of a CSV, quoted as in RFC 4180 where it must be.
std::string csv_cell(const std::string& text);

/// A header "step,epoch,NAME,..." with the names in order, and a line per row; what was not measured at a step, or is
/// not finite, is an empty cell.  Numbers read back as they are.
std::string metrics_csv(const std::vector<MetricsRow>& rows);

}  // namespace recur
