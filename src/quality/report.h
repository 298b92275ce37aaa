#pragma once

/// What quality checks found: one result a check, as numbers, text and JSON.

#include "data/value.h"
#include "language/definitions/quality_check.h"

#include <optional>
#include <string>
#include <vector>

namespace headrace {

/// kWarn is a check of severity `warn` that does not hold.
enum class Verdict { kPass, kWarn, kFail, kNotEvaluated };

/// "pass", "warn", "fail", "not evaluated".
std::string_view to_string(Verdict verdict);

/// A row that a check does not like.
struct Offender {
  std::string entity;  // "pump_id=p7"; several keys are separated by blanks
  EventTime time;
  Value value;       // before `default`
  std::string note;  // what the value alone does not show: "after 7.5"; mostly empty
};

struct CheckResult {
  static constexpr size_t kOffendersMax = 5;

  std::string entity;   // the entity's name
  std::string feature;  // empty: of a source
  std::string source;   // empty: of a feature
  std::string column;   // of the source; empty: whole rows
  std::string name;
  CheckType type = CheckType::kRange;
  bool is_error = true;
  std::string condition;  // for people: "0.4 <= value <= 1.0"
  Verdict verdict = Verdict::kNotEvaluated;
  std::string reason;               // why it is not evaluated; else empty
  int64_t looked_at = 0;            // values that the check is about
  int64_t failed = 0;               // of these
  double required = 1.0;            // the least share of values that must be good
  std::vector<Offender> offenders;  // at most kOffendersMax; the worst of each entity first (failure_log.h)

  /// The share of good values; nothing where nothing was looked at.
  std::optional<double> fraction() const;
};

/// What the verdicts on one entity's table follow from.
struct CheckedTable {
  std::string entity;
  std::string digest;       // checks_digest(), or source_checks_digest()
  std::string source = {};  // of the checks of a source; empty: of the entity's features
};

struct QualityReport {
  std::vector<CheckResult> checks;
  std::vector<CheckedTable> tables;  // those whose verdicts a later run may give again

  /// Whether a check of severity `error` does not hold: the program's exit code is 1 then.
  bool has_errors() const;
  bool has_warnings() const;
  /// Adds the results of other entities and sources.
  void append(QualityReport other);
  /// The verdicts on one entity's table, or on one source, if they follow from the same; nothing else.
  std::optional<QualityReport> find_table(const CheckedTable& table) const;
};

/// As described in quality/report_json.h.
std::string to_json(const QualityReport& report);

/// Reads what to_json wrote; nothing for any other text. Values of offenders get the type that JSON has for them.
std::optional<QualityReport> parse_quality_report(std::string_view text);

/// A table with a line a check, and below it the offenders of those that do not hold. Empty for no checks.
std::string to_text(const QualityReport& report);

}  // namespace headrace
