#pragma once

#include <string>

#include <fmt/format.h>

#include "core/error.h"

namespace recur {

/// The member of data split in three that `name` means.  @throws ConfigError for another name.
template <class Data>
const auto& named_split(const Data& data, const std::string& name) {
  if (name == "train") return data.train;
  if (name == "validation") return data.validation;
  if (name == "test") return data.test;
  throw ConfigError(fmt::format("split: expected train, validation or test, got \"{}\"", name));
}

}  // namespace recur
