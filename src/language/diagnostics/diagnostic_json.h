#pragma once

/// The JSON form of a diagnostic (language, section 10), written only.

#include "data/json/json_form.h"
#include "language/diagnostics/diagnostic.h"

namespace headrace {

template <>
struct JsonText<Severity> {
  static std::string write(Severity severity) { return severity == Severity::kError ? "error" : "warning"; }
  static std::optional<Severity> read(std::string_view text) {
    if (text == "error") return Severity::kError;
    return text == "warning" ? std::optional(Severity::kWarning) : std::nullopt;
  }
  static JsonSchema schema() { return schema_of_words({"error", "warning"}); }
};

/// The members of what has a place in a file; `span_of` gives it.
template <typename Fields, typename SpanOf>
void describe_place(Fields& fields, const SpanOf& span_of) {
  fields.computed("file", [=](const auto& of) { return span_of(of).file; });
  fields.computed("line", [=](const auto& of) { return span_of(of).line; }, {.text = "from 1"});
  fields.computed("column", [=](const auto& of) { return span_of(of).column; }, {.text = "from 1, in characters"});
  fields.computed("end_line", [=](const auto& of) { return span_of(of).end_line; });
  fields.computed("end_column", [=](const auto& of) { return span_of(of).end_column; });
}

template <typename Fields>
void describe(Fields& fields, const Related*) {
  fields.required("message", &Related::message);
  describe_place(fields, [](const Related& related) { return related.span; });
}

/// The members of a diagnostic, for forms that have more; `diagnostic_of` gives it.
template <typename Fields, typename DiagnosticOf>
void describe_diagnostic(Fields& fields, const DiagnosticOf& diagnostic_of) {
  fields.computed("code", [=](const auto& of) { return diagnostic_of(of).code; });
  fields.computed("severity", [=](const auto& of) { return diagnostic_of(of).severity; });
  fields.computed("message", [=](const auto& of) { return diagnostic_of(of).message; });
  describe_place(fields, [=](const auto& of) { return diagnostic_of(of).span; });
  fields.computed("help", [=](const auto& of) {
    const std::string& help = diagnostic_of(of).help;
    return help.empty() ? std::nullopt : std::optional(help);
  });
  fields.computed("related", [=](const auto& of) { return diagnostic_of(of).related; });
}

template <typename Fields>
void describe(Fields& fields, const Diagnostic*) {
  fields.name("diagnostic");
  // NOLINTNEXTLINE(bugprone-return-const-ref-from-parameter): it is called with members of what is described
  describe_diagnostic(fields, [](const Diagnostic& diagnostic) -> const Diagnostic& { return diagnostic; });
}

}  // namespace headrace
