#pragma once

/// Result<T> carries a value, or an Error of the world (disk, network, data).
///
/// Each layer adds its context in front: "offline/pump: cannot rename part-0.parquet: No space left on device".
/// Errors in the user's text are Diagnostics; bugs are CHECK.
///
///   Result<Batch> batch = source.read(unit);
///   if (!batch) return batch.error().with_context("reading pump_telemetry");

#include "base/check.h"

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace headrace {

/// What went wrong, by meaning. Each surface has its own word for a kind: the command line an exit code, Python an
/// exception.
enum class ErrorKind {
  kData,         // rows, definitions or stored files that cannot be used as they are
  kUsage,        // the request itself makes no sense, whatever is there
  kEnvironment,  // the machine: a file is missing, a disk is full, a permission is lacking
  kNotFound,     // the request names something that does not exist: a feature, a source, a column
  kConflict,     // what is there contradicts the request: edited files, other meanings, days that would be lost
  kUnavailable,  // a server or a lock; the same request may succeed later
  kStopped,      // the user stopped the work
};

class [[nodiscard]] Error {
 public:
  Error(ErrorKind kind, std::string message) : kind_(kind), message_(std::move(message)) {}

  static Error data(std::string message) { return {ErrorKind::kData, std::move(message)}; }
  static Error usage(std::string message) { return {ErrorKind::kUsage, std::move(message)}; }
  static Error environment(std::string message) { return {ErrorKind::kEnvironment, std::move(message)}; }
  static Error not_found(std::string message) { return {ErrorKind::kNotFound, std::move(message)}; }
  static Error conflict(std::string message) { return {ErrorKind::kConflict, std::move(message)}; }
  static Error unavailable(std::string message) { return {ErrorKind::kUnavailable, std::move(message)}; }
  static Error stopped(std::string message) { return {ErrorKind::kStopped, std::move(message)}; }

  ErrorKind kind() const { return kind_; }
  const std::string& message() const { return message_; }
  /// What the user can do about it; empty when there is nothing to say.
  const std::string& help() const { return help_; }

  Error with_context(const std::string& context) const {
    Error wider = *this;
    wider.message_ = context + ": " + message_;
    return wider;
  }
  Error with_help(std::string help) const {
    Error helped = *this;
    helped.help_ = std::move(help);
    return helped;
  }

 private:
  ErrorKind kind_;
  std::string message_;
  std::string help_;
};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: `return value;`
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: `return Error(..);`

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  /// REQUIRES: ok().
  T& value() & {
    CHECK(ok());
    return std::get<0>(state_);
  }
  const T& value() const& {
    CHECK(ok());
    return std::get<0>(state_);
  }
  T&& value() && {
    CHECK(ok());
    return std::get<0>(std::move(state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  /// REQUIRES: !ok().
  const Error& error() const {
    CHECK(!ok());
    return std::get<1>(state_);
  }

 private:
  std::variant<T, Error> state_;
};

/// Success, or an Error.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT: `return Error(..);`

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  const Error& error() const {
    CHECK(!ok());
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

using Status = Result<void>;

}  // namespace headrace

#define HEADRACE_JOIN_INNER(a, b) a##b
#define HEADRACE_JOIN(a, b) HEADRACE_JOIN_INNER(a, b)

#define RETURN_IF_ERROR(expression)                                                                 \
  do {                                                                                              \
    if (auto status_or_error = (expression); !status_or_error.ok()) return status_or_error.error(); \
  } while (false)

#define HEADRACE_ASSIGN_OR_RETURN(holder, target, expression) \
  auto holder = (expression);                                 \
  if (!holder.ok()) return holder.error();                    \
  target = std::move(holder).value()

/// ASSIGN_OR_RETURN(auto batch, source.read(unit));
#define ASSIGN_OR_RETURN(target, expression) \
  HEADRACE_ASSIGN_OR_RETURN(HEADRACE_JOIN(result_on_line_, __LINE__), target, expression)
