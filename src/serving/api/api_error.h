#pragma once

/// The one form of all failures of the server: `{"code": .., "message": .., "help": ..}`.

#include "base/result.h"
#include "data/json/json_texts.h"
#include "serving/http/http_handler.h"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace headrace {

/// A problem of the definitions, where it stands.
struct ApiDiagnostic {
  std::string code;
  std::string severity;  // "error", "warning"
  std::string message;
  std::string file;
  int64_t line = 0;
  int64_t column = 0;
  std::string help;
};

template <typename Fields>
void describe(Fields& fields, const ApiDiagnostic*) {
  fields.name("Diagnostic", "a problem of the definitions, where it stands");
  fields.required("code", &ApiDiagnostic::code);
  fields.required("severity", &ApiDiagnostic::severity, {.text = "error or warning"});
  fields.required("message", &ApiDiagnostic::message);
  fields.required("file", &ApiDiagnostic::file);
  fields.required("line", &ApiDiagnostic::line, {.text = "from 1"});
  fields.required("column", &ApiDiagnostic::column, {.text = "from 1, in characters"});
  fields.required("help", &ApiDiagnostic::help, {.text = "may be empty"});
}

struct ApiError {
  int status = 400;
  std::string code;                                       // for programs: `not_found`
  std::string message;                                    // what is wrong
  std::string help;                                       // what to do; may be empty
  std::optional<EventTime> earliest;                      // of `out_of_history`: the first instant that can be answered
  std::optional<int64_t> retry_after_seconds;             // of 429 and 503
  std::optional<std::vector<ApiDiagnostic>> diagnostics;  // of `bad_definitions`

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
  fields.optional("diagnostics", &ApiError::diagnostics,
                  {.text = "of `bad_definitions`: what is wrong in the definitions"});
}

/// A value, or why there is none.
template <typename T>
using ApiOr = std::variant<T, ApiError>;

HttpResponse response_of(const ApiError& error);

/// What the server says before a handler is asked.
ApiError error_of(HttpProblem problem, int64_t retry_after_seconds);

}  // namespace headrace
