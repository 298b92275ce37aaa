#pragma once

/// A test of features as text says it (language, section 9): events, places to look, and what must be seen.
///
///   ParsedCase parsed = parse_case({"tests/pump.yaml", text});
///   if (!parsed.diagnostics.has_errors()) CaseReport report = run_case(parsed.value, repository, options);

#include "data/time.h"
#include "data/value.h"
#include "language/formula/formula.h"
#include "language/load_repository.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace headrace {

/// A scalar, or a list in `expect`, as YAML's core schema reads it: null, bool, int64, double (also NaN and infinite),
/// string, list. Its type in the language follows from the column or feature.
struct CaseValue {
  Value value;
  Span span;
};

/// Names with values, in the order written.
using CaseFields = std::vector<std::pair<std::string, CaseValue>>;

struct CaseRow {
  CaseFields fields;
  Span span;
};

struct CaseEvents {
  std::string source;
  std::vector<CaseRow> rows;  // in order of arrival
  Span span;
};

struct CaseAsk {
  CaseFields entity;
  EventTime at;
  std::vector<std::string> features;  // empty: those that the expected row names
  Span span;
};

struct CaseExpectation {
  CaseFields entity;  // empty: not written
  std::optional<EventTime> at;
  CaseFields values;
  Span span;
};

struct CaseFile {
  std::string file;
  std::string about;
  /// Definitions with the place of each byte; absent: the repository that the file lies in.
  std::optional<FormulaText> repository;
  std::vector<CaseEvents> events;
  std::vector<CaseAsk> asks;
  std::vector<CaseExpectation> expected;
  std::string expected_error;  // a code; then rows are not expected
  Span expected_span;
  std::vector<std::string> engines;  // empty: all
  std::optional<double> tolerance;   // relative
};

struct ParsedCase {
  CaseFile value;
  Diagnostics diagnostics;
};

/// Reads a case. Pure; what is wrong is in the diagnostics, with codes of case_codes() or of YAML itself.
ParsedCase parse_case(const DefinitionFile& file);

/// Loads the definitions that a case holds; their diagnostics point into the case's file. REQUIRES: it holds some.
LoadedRepository load_embedded(const CaseFile& value, const DefinitionFile& file);

/// The integer or text of a time as microseconds: RFC 3339, or an integer that counts `unit`. Nothing for other values.
std::optional<EventTime> to_event_time(const Value& value, TimeUnit unit);

}  // namespace headrace
