// Large JSON files of records, one record at a time.
#pragma once

#include <functional>
#include <string>

#include <nlohmann/json.hpp>

#include "core/error.h"

namespace recur {

/// Calls `take` for each object in one of the arrays of the file's outermost object, with the array's key.  `where`
/// names the record by its number, from 1: the parser knows no lines.  No more than one record is held at a time,
/// beside the file's bytes.
/// @throws DataError  if the file is absent, is not UTF-8 (file:line:column) or is not JSON (file:line:column).
void for_each_json_record(const std::string& path,
                          const std::function<void(const std::string& array, const nlohmann::json& record,
                                                   const SourceLocation& where)>& take);

}  // namespace recur
