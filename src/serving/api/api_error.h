#pragma once

/// The one form of all failures of the server: `{"code": .., "message": .., "help": ..}`.

#include "base/result.h"
#include "data/json/json_texts.h"
#include "serving/http/http_handler.h"

#include <optional>
#include <string>
#include <variant>

namespace headrace {

struct ApiError {
  int status = 400;
  std::string code;                            // for programs: `not_found`
  std::string message;                         // what is wrong
  std::string help;                            // what to do; may be empty
  std::optional<EventTime> earliest;           // of `out_of_history`: the first instant that can be answered
  std::optional<int64_t> retry_after_seconds;  // of 429 and 503

  /// By the error's kind; texts in the words of this surface.
  static ApiError of(const Error& error);
};

template <typename Fields>
void describe(Fields& fields, const ApiError*) {
  fields.name("Error", "why a request was not answered");
  fields.required("code", &ApiError::code, {.text = "the kind of failure, for programs"});
  fields.required("message", &ApiError::message, {.text = "what is wrong, for people"});
  fields.required("help", &ApiError::help, {.text = "what to do about it; may be empty"});
  fields.optional("earliest", &ApiError::earliest,
                  {.text = "of `out_of_history`: the first instant that can be answered"});
}

/// A value, or why there is none.
template <typename T>
using ApiOr = std::variant<T, ApiError>;

HttpResponse response_of(const ApiError& error);

/// What the server says before a handler is asked.
ApiError error_of(HttpProblem problem, int64_t retry_after_seconds);

}  // namespace headrace
