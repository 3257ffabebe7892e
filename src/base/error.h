// Errors as values. An operation that can fail returns Result<T>; `detail` is one line for a person
// (what is wrong, with the value, and what to do) and holds no secret. One place maps Fault to HTTP
// (http/status.cc), one to exit codes (apps/cachery/main.cc). Outcomes that are part of an answer
// (a miss, not stored) are enums of their own, not Errors.
#pragma once

#include <expected>
#include <string>
#include <utility>

namespace cachery {

enum class Fault {
  invalid,       // the input is wrong: the caller can mend it
  unauthorized,  // no or wrong credentials
  forbidden,     // known, but may not
  not_found,
  conflict,     // exists already, in use, or locked by another process
  exhausted,    // a limit: memory, files, connections, disk
  unavailable,  // a peer, a database or the system does not answer now: try again
  internal,     // a failure that nobody outside can mend
};

struct Error {
  Fault fault = Fault::internal;
  std::string detail;
};

template <typename T>
using Result = std::expected<T, Error>;
using Status = std::expected<void, Error>;

[[nodiscard]] inline std::unexpected<Error> fail(Fault fault, std::string detail) {
  return std::unexpected(Error{fault, std::move(detail)});
}

}  // namespace cachery
