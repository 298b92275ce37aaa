#pragma once

/// The JSON forms of a change of definitions and of differences of values. Written only.

#include "data/json/json_texts.h"
#include "delivery/change/compare_tables.h"
#include "delivery/change/definition_change.h"

namespace headrace {

template <>
struct JsonWords<ChangeKind> {
  static constexpr std::array all = {ChangeKind::kNone,           ChangeKind::kMetadata,
                                     ChangeKind::kAdded,          ChangeKind::kValuesPreserved,
                                     ChangeKind::kValuesChanged,  ChangeKind::kStateIncompatible,
                                     ChangeKind::kSchemaBreaking, ChangeKind::kRemoved};
};

template <>
struct JsonWords<StateWork> {
  static constexpr std::array all = {StateWork::kReused, StateWork::kRebuilt, StateWork::kFilled};
};

template <typename Fields>
void describe(Fields& fields, const ExpectedInterval*) {
  fields.name("expected_interval");
  fields.required("low", &ExpectedInterval::low);
  fields.required("high", &ExpectedInterval::high);
}

template <typename Fields>
void describe(Fields& fields, const ExpectedChange*) {
  fields.name("expected_change", "what the author says that the change does to the values");
  fields.required("none", &ExpectedChange::is_none, {.text = "the values stay the same"});
  fields.optional("mean_shift", &ExpectedChange::mean_shift);
  fields.optional("null_rate_delta", &ExpectedChange::null_rate_delta);
}

template <typename Fields>
void describe(Fields& fields, const FeatureChange*) {
  fields.name("feature_change");
  fields.required("feature", &FeatureChange::feature);
  fields.required("kind", &FeatureChange::kind);
  fields.required("entity", &FeatureChange::entity);
  fields.required("owner", &FeatureChange::owner);
  fields.optional("version_before", &FeatureChange::version_before, {.text = "absent: it was not there"});
  fields.optional("version_now", &FeatureChange::version_now, {.text = "absent: it is not there any more"});
  fields.optional("digest_before", &FeatureChange::digest_before, {.text = "of the meaning"});
  fields.optional("digest_now", &FeatureChange::digest_now);
  fields.required("reasons", &FeatureChange::reasons);
  fields.optional("follows", &FeatureChange::follows, {.text = "features that it uses and whose meaning changes"});
  fields.optional("expected_change", &FeatureChange::expected);
  fields.optional("state", &FeatureChange::state, {.text = "absent: it has none"});
  fields.optional("same_meaning_as", &FeatureChange::same_meaning_as,
                  {.text = "of an added feature a removed one, and the other way round"});
}

template <typename Fields>
void describe(Fields& fields, const ChangedSource*) {
  fields.name("source_change");
  fields.required("source", &ChangedSource::source);
  fields.required("changes", &ChangedSource::changes);
  fields.required("effects", &ChangedSource::effects);
  fields.required("features", &ChangedSource::features, {.text = "that read it, themselves or through others"});
}

template <typename Fields>
void describe(Fields& fields, const OwnerChange*) {
  fields.name("owner_change");
  fields.required("owner", &OwnerChange::owner);
  fields.required("features", &OwnerChange::features, {.text = "whose readers may notice"});
}

template <typename Fields>
void describe(Fields& fields, const BackfillWork*) {
  fields.name("backfill_work");
  fields.required("entity", &BackfillWork::entity);
  fields.required("features", &BackfillWork::features);
  fields.required("rows", &BackfillWork::rows, {.text = "of the files that are read; null: not known before reading"});
  fields.required("bytes", &BackfillWork::bytes, {.text = "likewise"});
}

template <typename Fields>
void describe(Fields& fields, const WorstRow*) {
  fields.name("worst_row");
  fields.required("key", &WorstRow::key);
  fields.required("time", &WorstRow::time);
  fields.required("before", &WorstRow::before);
  fields.required("now", &WorstRow::now);
}

template <typename Fields>
void describe(Fields& fields, const DifferingSegment*) {
  fields.name("segment", "where differing rows are more than elsewhere");
  fields.required("of", &DifferingSegment::of);
  fields.required("value", &DifferingSegment::value);
  fields.required("rows", &DifferingSegment::rows);
  fields.required("differing", &DifferingSegment::differing);
  fields.required("excess", &DifferingSegment::excess,
                  {.text = "its share of the differing rows less its share of all rows"});
}

template <typename Fields>
void describe(Fields& fields, const NumbersOfSide*) {
  fields.name("numbers");
  fields.required("mean", &NumbersOfSide::mean);
  fields.required("quantiles", &NumbersOfSide::quantiles, {.text = "at 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99"});
}

template <typename Fields>
void describe(Fields& fields, const ValueDifference*) {
  fields.name("value_difference");
  fields.required("feature", &ValueDifference::feature);
  fields.required("rows", &ValueDifference::rows);
  fields.required("differing", &ValueDifference::differing);
  fields.required("nulls_before", &ValueDifference::nulls_before);
  fields.required("nulls_now", &ValueDifference::nulls_now);
  fields.required("null_before_only", &ValueDifference::null_before_only);
  fields.required("null_now_only", &ValueDifference::null_now_only);
  fields.required("keys", &ValueDifference::keys);
  fields.required("keys_differing", &ValueDifference::keys_differing);
  fields.required("absolute_max", &ValueDifference::absolute_max);
  fields.required("absolute_mean", &ValueDifference::absolute_mean, {.text = "of the rows that differ"});
  fields.required("relative_max", &ValueDifference::relative_max);
  fields.computed("mean_shift", [](const ValueDifference& each) { return each.mean_shift(); },
                  {.text = "relative to the mean before"});
  fields.computed("null_rate_delta", [](const ValueDifference& each) { return each.null_rate_delta(); });
  fields.optional("before", &ValueDifference::before, {.text = "of numbers"});
  fields.optional("now", &ValueDifference::now);
  fields.required("quantile_rows", &ValueDifference::quantile_rows, {.text = "of which the quantiles are"});
  fields.required("worst", &ValueDifference::worst);
  fields.optional("segment", &ValueDifference::segment);
}

template <typename Fields>
void describe(Fields& fields, const ValueReport*) {
  fields.name("value_report");
  fields.required("sample", &ValueReport::sample, {.text = "share of the keys"});
  fields.required("rows", &ValueReport::rows);
  fields.required("start", &ValueReport::start, {.text = "null: no row"});
  fields.required("end", &ValueReport::end);
  fields.required("features", &ValueReport::features);
}

template <typename Fields>
void describe(Fields& fields, const ChangeBase*) {
  fields.name("base", "what the definitions were held against");
  fields.either("kind", &ChangeBase::is_environment, "environment", "revision");
  fields.required("name", &ChangeBase::name);
  fields.optional("commit", &ChangeBase::commit);
}

template <typename Fields>
void describe(Fields& fields, const DefinitionChange*) {
  fields.constant("format_version", DefinitionChange::kFormatVersion);
  fields.required("project", &DefinitionChange::project);
  fields.required("base", &DefinitionChange::base);
  fields.required("digest", &DefinitionChange::digest, {.text = "of the change: from where to where"});
  fields.required("digest_before", &DefinitionChange::digest_before, {.text = "of everything that was defined"});
  fields.required("digest_now", &DefinitionChange::digest_now);
  fields.required("features", &DefinitionChange::features, {.text = "without those that are as they were"});
  fields.required("unchanged", &DefinitionChange::unchanged);
  fields.required("sources", &DefinitionChange::sources);
  fields.required("owners", &DefinitionChange::owners);
  fields.required("work", &DefinitionChange::work);
  fields.optional("values", &DefinitionChange::values, {.text = "absent: they were not compared"});
  fields.required("problems", &DefinitionChange::problems, {.text = "why it cannot be applied as it stands"});
  fields.required("notes", &DefinitionChange::notes);
}

template <typename Fields>
void describe(Fields& fields, const TableDifference*) {
  fields.name("table_difference");
  fields.required("table", &TableDifference::table);
  fields.required("rows_before", &TableDifference::rows_before);
  fields.required("rows_now", &TableDifference::rows_now);
  fields.required("before_only", &TableDifference::before_only, {.text = "rows that the other has not"});
  fields.required("now_only", &TableDifference::now_only);
  fields.required("rows_in_one", &TableDifference::rows_in_one, {.text = "some of them"});
  fields.required("columns_before_only", &TableDifference::columns_before_only);
  fields.required("columns_now_only", &TableDifference::columns_now_only);
  fields.required("values", &TableDifference::values);
}

template <typename Fields>
void describe(Fields& fields, const TablesReport*) {
  fields.constant("format_version", TablesReport::kFormatVersion);
  fields.required("before", &TablesReport::before);
  fields.required("now", &TablesReport::now);
  fields.computed("equal", [](const TablesReport& report) { return report.is_equal(); });
  fields.required("tables", &TablesReport::tables);
  fields.required("tables_before_only", &TablesReport::tables_before_only);
  fields.required("tables_now_only", &TablesReport::tables_now_only);
}

}  // namespace headrace
