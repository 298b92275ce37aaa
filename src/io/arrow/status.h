#pragma once

/// For code inside io only: Arrow's outcomes as ours.

#include "base/result.h"

#include <arrow/result.h>
#include <arrow/status.h>

#include <string>

namespace headrace {

/// An Arrow status that is not OK, as an Error: what the system refused is an environment error, the rest is about the
/// data in the file.
inline Error error_of(const arrow::Status& status, const std::string& context) {
  const ErrorKind kind = status.IsIOError() || status.IsOutOfMemory() ? ErrorKind::kEnvironment : ErrorKind::kData;
  return Error(kind, context + ": " + status.message());
}

/// Moves the value of an arrow::Result out, or gives our Error.
template <typename T>
Result<T> take_result(arrow::Result<T> result, const std::string& context) {
  if (!result.ok()) return error_of(result.status(), context);
  return std::move(result).ValueUnsafe();
}

}  // namespace headrace
