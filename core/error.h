// The errors of recur.  The library throws these and never calls exit or abort; the program turns each into one
// message on stderr and an exit code (apps/main.cpp).
//
// A message names who speaks, what was got, what was expected, and what to do about it.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>

namespace recur {

/// A place in a text that a person wrote.  Lines and columns count from 1; 0 means "not known".
struct SourceLocation {
  std::string source;  ///< a file's path, or e.g. "command line"
  int64_t line = 0;
  int64_t column = 0;

  /// "file:12:7", "file:12" or "file", as far as it is known.
  std::string to_string() const;
};

/// The root of all errors that recur throws.  Exit code 1.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A config, an option or a command line that cannot be used.  Exit code 2.  `what()` may hold several lines: all
/// errors of a file are reported together.
class ConfigError : public Error {
 public:
  using Error::Error;
  ConfigError(const SourceLocation& where, const std::string& message) : Error(where.to_string() + ": " + message) {}
};

/// Data that cannot be read or used: a file that is absent or malformed.  The location's line is the row.  Exit code 3.
class DataError : public Error {
 public:
  using Error::Error;
  DataError(const SourceLocation& where, const std::string& message) : Error(where.to_string() + ": " + message) {}
};

/// A file that should be a checkpoint and is none: absent, truncated, damaged, foreign.  Exit code 4.
class CheckpointError : public Error {
 public:
  using Error::Error;
};

/// A tensor whose shape does not fit.  Exit code 1.
class ShapeError : public Error {
 public:
  using Error::Error;
};

}  // namespace recur
