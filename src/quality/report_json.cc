#include "quality/report.h"

#include <nlohmann/json.hpp>

#include <array>
#include <stdexcept>

namespace headrace {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kFormatVersion = 1;
constexpr std::array kVerdicts = {Verdict::kPass, Verdict::kWarn, Verdict::kFail, Verdict::kNotEvaluated};
constexpr std::array kTypes = {CheckType::kRange,         CheckType::kCompleteness, CheckType::kFreshness,
                               CheckType::kAllowedValues, CheckType::kUnique,       CheckType::kNotNull,
                               CheckType::kMonotonic,     CheckType::kVolume,       CheckType::kDrift,
                               CheckType::kExpression};

Json check_json(const CheckResult& check) {
  Json out = {{"entity", check.entity},
              {"feature", check.feature},
              {"check", check.name},
              {"type", to_string(check.type)},
              {"severity", check.is_error ? "error" : "warn"},
              {"condition", check.condition},
              {"verdict", to_string(check.verdict)}};
  if (!check.reason.empty()) out["reason"] = check.reason;
  const auto fraction = check.fraction();
  out["looked_at"] = check.looked_at;
  out["failed"] = check.failed;
  out["fraction"] = fraction ? Json(*fraction) : Json(nullptr);
  out["required"] = check.required;
  Json offenders = Json::array();
  for (const Offender& each : check.offenders) {
    Json offender = {
        {"entity", each.entity}, {"time", to_string(each.time)}, {"value", Json::parse(to_json(each.value))}};
    if (!each.note.empty()) offender["note"] = each.note;
    offenders.push_back(std::move(offender));
  }
  out["offenders"] = std::move(offenders);
  return out;
}

Value value_of(const Json& json) {
  if (json.is_boolean()) return Value{json.get<bool>()};
  if (json.is_number_integer()) return Value{json.get<int64_t>()};
  if (json.is_number()) return Value{json.get<double>()};
  if (json.is_string()) return Value{json.get<std::string>()};
  Value::List list;
  for (const Json& each : json) list.push_back(value_of(each));
  return json.is_array() ? Value{std::move(list)} : Value{};
}

/// The enumerator with this text. REQUIRES: a caller that catches.
template <typename Enum, size_t kCount>
Enum enumerator(const std::array<Enum, kCount>& all, const Json& text) {
  for (const Enum each : all) {
    if (to_string(each) == text.get<std::string>()) return each;
  }
  throw std::invalid_argument("no such word");
}

Offender offender_of(const Json& json) {
  const std::optional<EventTime> time = parse_timestamp(json.at("time").get<std::string>());
  if (!time) throw std::invalid_argument("no time");
  return {json.at("entity"), *time, value_of(json.at("value")), json.value("note", "")};
}

CheckResult check_of(const Json& json) {
  CheckResult check;
  check.entity = json.at("entity");
  check.feature = json.at("feature");
  check.name = json.at("check");
  check.type = enumerator(kTypes, json.at("type"));
  check.is_error = json.at("severity") == "error";
  check.condition = json.at("condition");
  check.verdict = enumerator(kVerdicts, json.at("verdict"));
  check.reason = json.value("reason", "");
  check.looked_at = json.at("looked_at");
  check.failed = json.at("failed");
  check.required = json.at("required");
  for (const Json& each : json.at("offenders")) check.offenders.push_back(offender_of(each));
  return check;
}

Json type(const char* name) { return {{"type", name}}; }

}  // namespace

std::string to_json(const QualityReport& report) {
  Json checks = Json::array();
  for (const CheckResult& check : report.checks) checks.push_back(check_json(check));
  Json tables = Json::array();
  for (const CheckedTable& table : report.tables)
    tables.push_back({{"entity", table.entity}, {"digest", table.digest}});
  const Json out = {{"format_version", kFormatVersion}, {"checks", checks}, {"tables", tables}};
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::optional<QualityReport> parse_quality_report(std::string_view text) {
  try {
    const Json json = Json::parse(text);
    if (json.at("format_version") != kFormatVersion) return std::nullopt;
    QualityReport report;
    for (const Json& each : json.at("checks")) report.checks.push_back(check_of(each));
    for (const Json& each : json.at("tables")) report.tables.push_back({each.at("entity"), each.at("digest")});
    return report;
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

std::string quality_json_schema() {
  const Json offender = {
      {"type", "object"},
      {"properties",
       {{"entity", type("string")}, {"time", type("string")}, {"value", Json::object()}, {"note", type("string")}}},
      {"required", {"entity", "time", "value"}},
      {"additionalProperties", false}};

  Json types = Json::array();
  for (const CheckType each : kTypes) types.push_back(to_string(each));
  Json verdicts = Json::array();
  for (const Verdict each : kVerdicts) verdicts.push_back(to_string(each));

  Json check = {{"type", "object"}};
  check["properties"] = {{"entity", type("string")},
                         {"feature", type("string")},
                         {"check", type("string")},
                         {"type", {{"enum", types}}},
                         {"severity", {{"enum", {"error", "warn"}}}},
                         {"condition", type("string")},
                         {"verdict", {{"enum", verdicts}}},
                         {"reason", type("string")},
                         {"looked_at", type("integer")},
                         {"failed", type("integer")},
                         {"fraction", {{"type", {"number", "null"}}}},
                         {"required", type("number")},
                         {"offenders", {{"type", "array"}, {"items", offender}}}};
  check["required"] = {"entity",  "feature",   "check",  "type",     "severity", "condition",
                       "verdict", "looked_at", "failed", "fraction", "required", "offenders"};
  check["additionalProperties"] = false;

  Json table = {{"type", "object"}};
  table["properties"] = {{"entity", type("string")}, {"digest", type("string")}};
  table["required"] = Json::array({"entity", "digest"});
  table["additionalProperties"] = false;

  Json schema = {{"type", "object"}};
  schema["properties"] = {{"format_version", {{"const", kFormatVersion}}},
                          {"checks", {{"type", "array"}, {"items", check}}},
                          {"tables", {{"type", "array"}, {"items", table}}}};
  schema["required"] = Json::array({"format_version", "checks", "tables"});
  schema["additionalProperties"] = false;
  return schema.dump(2) + "\n";
}

}  // namespace headrace
