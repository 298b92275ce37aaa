#pragma once

/// For code inside io only: Arrow's outcomes as ours.

#include "base/result.h"
#include "io/arrow/remote_input.h"

#include <arrow/result.h>
#include <arrow/status.h>
#include <arrow/util/io_util.h>

#include <string>

namespace headrace {

/// Arrow calls a full disk and a damaged page an I/O error; only what the system or a store refused has more to tell.
inline ErrorKind kind_of(const arrow::Status& status) {
  if (is_of_remote_store(status)) return ErrorKind::kUnavailable;
  const bool is_of_system = status.IsOutOfMemory() || arrow::internal::ErrnoFromStatus(status) != 0;
  return is_of_system ? ErrorKind::kEnvironment : ErrorKind::kData;
}

/// An Arrow status that is not OK, as an Error.
inline Error error_of(const arrow::Status& status, const std::string& context) {
  const Error error(kind_of(status), context + ": " + status.message());
  const bool is_other_format = status.message().find("magic bytes not found") != std::string::npos;
  return is_other_format ? error.with_help("if its text is CSV or NDJSON, say so with `format`, and by its name")
                         : error;
}

/// Moves the value of an arrow::Result out, or gives our Error.
template <typename T>
Result<T> take_result(arrow::Result<T> result, const std::string& context) {
  if (!result.ok()) return error_of(result.status(), context);
  return std::move(result).ValueUnsafe();
}

}  // namespace headrace
