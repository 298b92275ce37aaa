#pragma once

/// The JSON form of what quality checks found: of `headrace backfill --format json`, and kept beside a store's manifest.

#include "data/json/json_texts.h"
#include "language/definitions/definition_words.h"
#include "quality/report.h"

namespace headrace {

inline constexpr int kQualityFormatVersion = 1;

template <>
struct JsonWords<Verdict> {
  static constexpr std::array all = {Verdict::kPass, Verdict::kWarn, Verdict::kFail, Verdict::kNotEvaluated};
};

template <typename Fields>
void describe(Fields& fields, const Offender*) {
  fields.required("entity", &Offender::entity, {.text = "its key"});
  fields.required("time", &Offender::time);
  fields.required("value", &Offender::value, {.text = "before the feature's default"});
  fields.optional("note", &Offender::note, {.text = "what the value alone does not show"});
}

template <typename Fields>
void describe(Fields& fields, const CheckResult*) {
  fields.required("entity", &CheckResult::entity);
  fields.required("feature", &CheckResult::feature, {.text = "empty: it is about a source"});
  fields.optional("source", &CheckResult::source, {.text = "of a check of a source's rows"});
  fields.optional("column", &CheckResult::column, {.text = "of the source; absent: it is about whole rows"});
  fields.required("check", &CheckResult::name);
  fields.required("type", &CheckResult::type);
  fields.either("severity", &CheckResult::is_error, "error", "warn");
  fields.required("condition", &CheckResult::condition, {.text = "for people"});
  fields.required("verdict", &CheckResult::verdict);
  fields.optional("reason", &CheckResult::reason, {.text = "why it is not evaluated"});
  fields.required("looked_at", &CheckResult::looked_at, {.text = "values that the check is about"});
  fields.required("failed", &CheckResult::failed, {.text = "of these"});
  fields.computed("fraction", [](const CheckResult& check) { return check.fraction(); },
                  {.text = "share of good values; null: none were looked at"});
  fields.required("required", &CheckResult::required, {.text = "the least share of values that must be good"});
  fields.required("offenders", &CheckResult::offenders, {.text = "some of the values that failed"});
}

template <typename Fields>
void describe(Fields& fields, const CheckedTable*) {
  fields.required("entity", &CheckedTable::entity);
  fields.optional("source", &CheckedTable::source,
                  {.text = "of the checks of a source; absent: of the entity's features"});
  fields.required("digest", &CheckedTable::digest, {.text = "of all that the verdicts follow from"});
}

template <typename Fields>
void describe(Fields& fields, const QualityReport*) {
  fields.constant("format_version", kQualityFormatVersion);
  fields.required("checks", &QualityReport::checks);
  fields.required("tables", &QualityReport::tables, {.text = "those whose verdicts a later run may give again"});
}

}  // namespace headrace
