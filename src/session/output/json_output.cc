#include "session/output/json_output.h"

#include "data/json/json_texts.h"
#include "engine/meter/meter_report_json.h"
#include "explain/explanation_json.h"
#include "io/offline/partitioning_json.h"
#include "language/diagnostics/diagnostic_json.h"
#include "plan/graph_json.h"
#include "plan/plan_json.h"
#include "quality/report_json.h"
#include "session/jobs/quality_job.h"
#include "session/parity/parity_report.h"
#include "session/running/machine.h"

#include <fmt/format.h>

namespace headrace {

std::string_view to_string(CaseReport::Outcome outcome) {
  switch (outcome) {
    case CaseReport::Outcome::kPassed: return "passed";
    case CaseReport::Outcome::kFailed: return "failed";
    case CaseReport::Outcome::kSkipped: return "skipped";
    case CaseReport::Outcome::kBroken: return "broken";
  }
  return "";
}

std::string_view to_string(GenerateReport::File::Change change) {
  switch (change) {
    case GenerateReport::File::Change::kWritten: return "written";
    case GenerateReport::File::Change::kUnchanged: return "unchanged";
    case GenerateReport::File::Change::kRemoved: return "removed";
  }
  return "";
}

template <>
struct JsonWords<CaseReport::Outcome> {
  static constexpr std::array all = {CaseReport::Outcome::kPassed, CaseReport::Outcome::kFailed,
                                     CaseReport::Outcome::kSkipped, CaseReport::Outcome::kBroken};
};

template <>
struct JsonWords<GenerateReport::File::Change> {
  static constexpr std::array all = {GenerateReport::File::Change::kWritten, GenerateReport::File::Change::kUnchanged,
                                     GenerateReport::File::Change::kRemoved};
};

template <typename Fields>
void describe(Fields& fields, const BatchStatistics*) {
  using S = BatchStatistics;
  fields.required("rows_read", &S::rows_read);
  fields.required("rows_written", &S::rows_written);
  fields.required("superseded_rows", &S::superseded_rows, {.text = "another row of the same event counts"});
  fields.required("deleted_events", &S::deleted_events, {.text = "taken back"});
  fields.required("units_read", &S::units_read, {.text = "files, or parts of them"});
  fields.required("steps", &S::steps);
  fields.required("partitions", &S::partitions);
  fields.required("key_shares", &S::key_shares, {.text = "runs over the events, each with a share of the keys"});
  fields.required("spilled_bytes", &S::spilled_bytes);
  fields.required("wide_promotions", &S::wide_promotions, {.text = "exact sums that left the compact form"});
  fields.required("memory_bytes_max", &S::memory_bytes_max, {.text = "peak of what the engine tracked"});
}

template <typename Fields>
void describe(Fields& fields, const ColumnChecksum*) {
  fields.required("column", &ColumnChecksum::name);
  fields.required("values", &ColumnChecksum::non_null);
  fields.required("sum", &ColumnChecksum::sum, {.text = "of numbers and bools; null: of none, or of another type"});
}

template <typename Fields>
void describe(Fields& fields, const TableChecksum*) {
  fields.computed("hash", hash_text, {.text = "the same in whatever order the rows come", .pattern = "^[0-9a-f]{16}$"});
  fields.required("rows", &TableChecksum::rows);
  fields.required("columns", &TableChecksum::columns);
}

template <typename Fields>
void describe(Fields& fields, const CaseMismatch*) {
  fields.computed("ask", [](const CaseMismatch& mismatch) { return mismatch.ask + 1; }, {.text = "from 1"});
  fields.required("entity", &CaseMismatch::entity);
  fields.required("at", &CaseMismatch::at);
  fields.required("feature", &CaseMismatch::feature);
  fields.required("expected", &CaseMismatch::expected);
  fields.required("actual", &CaseMismatch::actual);
  fields.computed("line", [](const CaseMismatch& mismatch) { return mismatch.span.line; },
                  {.text = "of the expected value"});
  fields.computed("column", [](const CaseMismatch& mismatch) { return mismatch.span.column; });
}

/// A feature that an engine cannot compute, and why.
struct RefusedFeature {
  std::string feature;
  std::string reason;
};

template <typename Fields>
void describe(Fields& fields, const RefusedFeature*) {
  fields.required("feature", &RefusedFeature::feature);
  fields.required("reason", &RefusedFeature::reason);
}

template <typename Fields>
void describe(Fields& fields, const CaseReport*) {
  fields.required("file", &CaseReport::file);
  fields.required("engine", &CaseReport::engine);
  fields.required("about", &CaseReport::about);
  fields.required("outcome", &CaseReport::outcome);
  fields.required("asks", &CaseReport::asks);
  fields.required("values", &CaseReport::values, {.text = "that were compared"});
  fields.required("mismatches", &CaseReport::mismatches);
  fields.computed("refused", [](const CaseReport& report) {
    std::vector<RefusedFeature> refused;
    for (const auto& [feature, reason] : report.refused) refused.push_back({feature, reason});
    return refused;
  });
  fields.optional("refusal", &CaseReport::refusal, {.text = "what is wrong about the error that was expected"});
  fields.computed_optional("error", [](const CaseReport& report) {
    return report.error ? std::optional(report.error->message()) : std::nullopt;
  });
  fields.computed("problems", [](const CaseReport& report) { return report.problems.sorted(); });
  fields.required("statistics", &CaseReport::statistics);
}

template <typename Fields>
void describe(Fields& fields, const TestReport*) {
  fields.constant("format_version", kJsonOutputVersion);
  fields.required("engines", &TestReport::engines);
  fields.required("passed", &TestReport::passed);
  fields.required("failed", &TestReport::failed, {.text = "failed or broken"});
  fields.required("skipped", &TestReport::skipped);
  fields.required("cases", &TestReport::cases);
}

template <typename Fields>
void describe(Fields& fields, const EntityBackfill*) {
  fields.required("entity", &EntityBackfill::entity);
  fields.required("features", &EntityBackfill::features);
  fields.required("rows", &EntityBackfill::rows);
  fields.optional("partition", &EntityBackfill::partition, {.text = "what a file has: absent for a day"});
  fields.required("partitions_written", &EntityBackfill::partitions_written);
  fields.required("partitions_reused", &EntityBackfill::partitions_reused);
  fields.required("bytes", &EntityBackfill::bytes);
  fields.required("reused", &EntityBackfill::is_reused, {.text = "the table is that of an earlier run"});
  fields.required("verdicts_reused", &EntityBackfill::has_earlier_verdicts);
  fields.required("reason", &EntityBackfill::reason,
                  {.text = "why it was computed although something was there; empty: nothing was"});
  fields.optional("checksum", &EntityBackfill::checksum);
}

template <typename Fields>
void describe(Fields& fields, const BadRowCount*) {
  fields.required("source", &BadRowCount::source);
  fields.required("column", &BadRowCount::column, {.text = "empty: the syntax of the row"});
  fields.required("problem", &BadRowCount::problem);
  fields.required("rows", &BadRowCount::rows, {.text = "that were left out"});
  fields.required("cells", &BadRowCount::cells, {.text = "that were read as null"});
}

template <typename Fields>
void describe(Fields& fields, const SourceFileCount*) {
  fields.required("source", &SourceFileCount::source);
  fields.required("read", &SourceFileCount::read);
  fields.required("left_out", &SourceFileCount::left_out, {.text = "a note names them"});
  fields.required("unverifiable", &SourceFileCount::unverifiable,
                  {.text = "Parquet files that were read and whose pages have no checksums"});
}

/// What a run that reads sources says at its end.
template <typename Fields, typename Report>
void describe_run(Fields& fields, const Report*) {
  fields.required("source_files", &Report::source_files);
  fields.required("bad_rows", &Report::bad_rows, {.text = "that were left out"});
  fields.required("bad_cells", &Report::bad_cells, {.text = "that were read as null"});
  fields.required("bad_row_counts", &Report::bad_row_counts);
  fields.required("warnings", &Report::warnings);
  fields.required("notes", &Report::notes);
  fields.required("statistics", &Report::statistics);
  fields.optional("meter", &Report::meter, {.text = "what each feature took, where it was asked for"});
  fields.computed("peak_memory_bytes", [](const Report&) { return resident_bytes_max(); });
}

template <typename Fields, typename Report>
void describe_output(Fields& fields, const Report*) {
  fields.constant("format_version", kJsonOutputVersion);
  fields.computed(
      "output",
      [](const Report& report) { return report.output.empty() ? std::nullopt : std::optional(report.output); },
      {.text = "what was written; null: nothing"});
}

template <typename Fields>
void describe(Fields& fields, const BackfillReport* report) {
  describe_output(fields, report);
  fields.required("entities", &BackfillReport::entities);
  fields.required("quality", &BackfillReport::quality);
  describe_run(fields, report);
}

template <typename Fields>
void describe(Fields& fields, const DatasetReport* report) {
  describe_output(fields, report);
  fields.required("time_column", &DatasetReport::time_column);
  fields.required("entities", &DatasetReport::entities);
  fields.required("features", &DatasetReport::features, {.text = "in the order of the columns"});
  fields.required("rows", &DatasetReport::rows);
  fields.required("incomplete_rows", &DatasetReport::incomplete_rows, {.text = "with a null key or time"});
  fields.required("bytes", &DatasetReport::bytes);
  fields.optional("checksum", &DatasetReport::checksum);
  describe_run(fields, report);
}

/// A row as an object.
using NamedValues = std::vector<std::pair<std::string, Value>>;

std::vector<NamedValues> named_rows(const ShownTable& table) {
  const std::vector<std::string> names = table.column_names();
  std::vector<NamedValues> rows;
  for (const std::vector<Value>& row : table.rows) {
    NamedValues& named = rows.emplace_back();
    for (size_t i = 0; i < names.size(); ++i) named.emplace_back(names[i], row[i]);
  }
  return rows;
}

template <typename Fields>
void describe(Fields& fields, const ShownTable*) {
  fields.required("entity", &ShownTable::entity);
  fields.required("keys", &ShownTable::keys);
  fields.required("features", &ShownTable::features, {.text = "in the order of the columns"});
  fields.computed("rows", named_rows, {.text = "keys, event_time and features, by time and then by key"});
  fields.required("rows_total", &ShownTable::rows_total, {.text = "with those that are not shown"});
}

template <typename Fields>
void describe(Fields& fields, const ShowReport*) {
  fields.constant("format_version", kJsonOutputVersion);
  fields.required("tables", &ShowReport::tables);
  fields.required("warnings", &ShowReport::warnings);
  fields.required("notes", &ShowReport::notes);
}

/// A feature that a target cannot say, as the problem of its definition.
struct RefusalAt {
  std::string feature;
  Diagnostic diagnostic;
};

template <typename Fields>
void describe(Fields& fields, const RefusalAt*) {
  fields.required("feature", &RefusalAt::feature);
  describe_diagnostic(fields, [](const RefusalAt& refusal) -> const Diagnostic& { return refusal.diagnostic; });
}

template <typename Fields>
void describe(Fields& fields, const GenerateReport::File*) {
  fields.required("path", &GenerateReport::File::path);
  fields.required("change", &GenerateReport::File::change);
}

/// What `headrace generate --format json` prints.
struct GenerateDocument {
  std::string target;
  std::optional<std::string> dialect = {};
  std::optional<std::string> engine = {};
  std::optional<std::string> offline = {};
  std::optional<std::string> views = {};
  std::string output;
  std::vector<std::string> features = {};
  std::vector<GenerateReport::File> files;
  std::vector<RefusalAt> refusals = {};
};

template <typename Fields>
void describe(Fields& fields, const GenerateDocument*) {
  fields.constant("format_version", kJsonOutputVersion);
  fields.required("target", &GenerateDocument::target);
  fields.required("dialect", &GenerateDocument::dialect, {.text = "null: the target has none"});
  fields.required("engine", &GenerateDocument::engine,
                  {.text = "that an orchestrator starts; null: the target has none"});
  fields.required("offline", &GenerateDocument::offline,
                  {.text = "where Feast reads rows; null: the target reads none"});
  fields.required("views", &GenerateDocument::views, {.text = "how Feast groups features; null: the target has none"});
  fields.required("output", &GenerateDocument::output);
  fields.required("features", &GenerateDocument::features);
  fields.required("files", &GenerateDocument::files);
  fields.required("refusals", &GenerateDocument::refusals);
}

template <typename Fields>
void describe(Fields& fields, const StoreFault*) {
  fields.required("file", &StoreFault::file, {.text = "from the folder of the store"});
  fields.required("problem", &StoreFault::problem);
}

/// What `headrace verify --format json` prints.
struct VerifyDocument : StoreCheck {
  std::string store;
};

template <typename Fields>
void describe(Fields& fields, const VerifyDocument*) {
  fields.constant("format_version", kJsonOutputVersion);
  fields.required("store", &VerifyDocument::store);
  fields.required("dev", &VerifyDocument::is_dev, {.text = "a store for exploring"});
  fields.required("files", &VerifyDocument::files, {.text = "that were read, manifest and verdicts included"});
  fields.required("bytes", &VerifyDocument::bytes);
  fields.required("faults", &VerifyDocument::faults, {.text = "files that are not as they were written; empty: none"});
  fields.required("strangers", &VerifyDocument::strangers,
                  {.text = "files in the folder that are no part of the store"});
  fields.required("pending", &VerifyDocument::is_pending,
                  {.text = "an interrupted run has decided, and the next one tidies up"});
}

std::string hash_text(const TableChecksum& checksum) { return fmt::format("{:016x}", checksum.hash); }

std::string to_json(const TestReport& report) { return json_document(report); }
std::string to_json(const BackfillReport& report) { return json_document(report); }
std::string to_json(const DatasetReport& report) { return json_document(report); }
std::string to_json(const ShowReport& report) { return json_document(report); }

std::string to_json(const GenerateReport& report, const GenerateJob& job, const Repository& repository) {
  GenerateDocument document{.target = job.target, .output = job.output, .files = report.files};
  const auto given = [](const std::string& choice) { return choice.empty() ? std::nullopt : std::optional(choice); };
  document.dialect = given(report.choices.dialect);
  document.engine = given(report.choices.engine);
  document.offline = given(report.choices.offline);
  document.views = given(report.choices.views);
  if (!report.is_refused) document.features = report.features;
  for (const Refusal& refusal : report.refusals)
    document.refusals.push_back({refusal.feature, refusal_at(repository, refusal)});
  return json_document(document);
}

std::string to_json(const StoreCheck& check, const std::string& store) {
  return json_document(VerifyDocument{check, store});
}

std::string json_output_schema(const std::string& command) {
  const std::string title = "headrace " + command + " as JSON";
  if (command == "test") return to_json(json_schema<TestReport>(title));
  if (command == "backfill") return to_json(json_schema<BackfillReport>(title));
  if (command == "dataset") return to_json(json_schema<DatasetReport>(title));
  if (command == "show") return to_json(json_schema<ShowReport>(title));
  if (command == "generate") return to_json(json_schema<GenerateDocument>(title));
  if (command == "graph") return to_json(json_schema<GraphDocument>(title));
  if (command == "explain") return to_json(json_schema<ExplanationDocument>(title));
  if (command == "check") return to_json(json_schema<std::vector<Diagnostic>>(title));
  if (command == "verify") return to_json(json_schema<VerifyDocument>(title));
  if (command == "parity") return parity_json_schema(title);
  if (command == "quality") return quality_overview_schema(title);
  if (command == "plan") return plan_json_schema();
  return "";
}

}  // namespace headrace
