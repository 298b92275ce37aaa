#include "session/json_output.h"

#include "language/diagnostics/render.h"
#include "session/machine.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace headrace {
namespace {

using Json = nlohmann::ordered_json;

Json value_json(const Value& value) { return Json::parse(to_json(value)); }

Json statistics_json(const BatchStatistics& statistics) {
  return {{"rows_read", statistics.rows_read},
          {"rows_written", statistics.rows_written},
          {"superseded_rows", statistics.superseded_rows},
          {"deleted_events", statistics.deleted_events},
          {"units_read", statistics.units_read},
          {"steps", statistics.steps},
          {"partitions", statistics.partitions},
          {"key_shares", statistics.key_shares},
          {"spilled_bytes", statistics.spilled_bytes},
          {"wide_promotions", statistics.wide_promotions},
          {"memory_bytes_max", statistics.memory_bytes_max}};
}

Json checksum_json(const TableChecksum& checksum) {
  Json columns = Json::array();
  for (const ColumnChecksum& each : checksum.columns) {
    columns.push_back(
        {{"column", each.name}, {"values", each.non_null}, {"sum", each.sum ? Json(*each.sum) : Json(nullptr)}});
  }
  return {{"hash", hash_text(checksum)}, {"rows", checksum.rows}, {"columns", columns}};
}

std::string_view outcome_word(CaseReport::Outcome outcome) {
  switch (outcome) {
    case CaseReport::Outcome::kPassed: return "passed";
    case CaseReport::Outcome::kFailed: return "failed";
    case CaseReport::Outcome::kSkipped: return "skipped";
    case CaseReport::Outcome::kBroken: return "broken";
  }
  return "";
}

Json case_json(const CaseReport& report) {
  Json mismatches = Json::array();
  for (const CaseMismatch& each : report.mismatches) {
    mismatches.push_back({{"ask", each.ask + 1},
                          {"entity", each.entity},
                          {"at", to_string(each.at)},
                          {"feature", each.feature},
                          {"expected", value_json(each.expected)},
                          {"actual", value_json(each.actual)},
                          {"line", each.span.line},
                          {"column", each.span.column}});
  }
  Json refused = Json::array();
  for (const auto& [feature, reason] : report.refused) refused.push_back({{"feature", feature}, {"reason", reason}});
  Json out = {{"file", report.file},      {"engine", report.engine},
              {"about", report.about},    {"outcome", outcome_word(report.outcome)},
              {"asks", report.asks},      {"values", report.values},
              {"mismatches", mismatches}, {"refused", refused}};
  if (!report.refusal.empty()) out["refusal"] = report.refusal;
  if (report.error) out["error"] = report.error->message();
  out["problems"] = Json::parse(render_json(report.problems));
  out["statistics"] = statistics_json(report.statistics);
  return out;
}

Json entity_json(const EntityBackfill& entity) {
  Json out = {{"entity", entity.entity},
              {"features", entity.features},
              {"rows", entity.rows},
              {"partitions_written", entity.partitions_written},
              {"partitions_reused", entity.partitions_reused},
              {"bytes", entity.bytes},
              {"reused", entity.is_reused},
              {"verdicts_reused", entity.has_earlier_verdicts},
              {"reason", entity.reason}};
  if (entity.checksum) out["checksum"] = checksum_json(*entity.checksum);
  return out;
}

std::string dumped(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; }

Json output_or_null(const std::string& output) { return output.empty() ? Json(nullptr) : Json(output); }

}  // namespace

std::string hash_text(const TableChecksum& checksum) { return fmt::format("{:016x}", checksum.hash); }

std::string to_json(const TestReport& report) {
  Json cases = Json::array();
  for (const CaseReport& each : report.cases) cases.push_back(case_json(each));
  return dumped({{"format_version", kJsonOutputVersion},
                 {"engines", report.engines},
                 {"passed", report.passed},
                 {"failed", report.failed},
                 {"skipped", report.skipped},
                 {"cases", cases}});
}

std::string to_json(const BackfillReport& report) {
  Json entities = Json::array();
  for (const EntityBackfill& each : report.entities) entities.push_back(entity_json(each));
  Json out = {
      {"format_version", kJsonOutputVersion}, {"output", output_or_null(report.output)}, {"entities", entities}};
  out["quality"] = Json::parse(to_json(report.quality));
  out["bad_rows"] = report.bad_rows;
  out["warnings"] = report.warnings;
  out["notes"] = report.notes;
  out["statistics"] = statistics_json(report.statistics);
  out["peak_memory_bytes"] = resident_bytes_max();
  return dumped(out);
}

std::string to_json(const DatasetReport& report) {
  Json out = {{"format_version", kJsonOutputVersion},
              {"output", output_or_null(report.output)},
              {"time_column", report.time_column},
              {"entities", report.entities},
              {"features", report.features},
              {"rows", report.rows},
              {"incomplete_rows", report.incomplete_rows},
              {"bytes", report.bytes}};
  if (report.checksum) out["checksum"] = checksum_json(*report.checksum);
  out["bad_rows"] = report.bad_rows;
  out["warnings"] = report.warnings;
  out["notes"] = report.notes;
  out["statistics"] = statistics_json(report.statistics);
  out["peak_memory_bytes"] = resident_bytes_max();
  return dumped(out);
}

}  // namespace headrace
