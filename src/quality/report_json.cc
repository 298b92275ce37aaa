#include "quality/report.h"

#include <nlohmann/json.hpp>

#include <array>

namespace headrace {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kFormatVersion = 1;
constexpr std::array kVerdicts = {Verdict::kPass, Verdict::kWarn, Verdict::kFail, Verdict::kNotEvaluated};
constexpr std::array kTypes = {QualityCheck::Type::kRange,     QualityCheck::Type::kCompleteness,
                               QualityCheck::Type::kFreshness, QualityCheck::Type::kAllowedValues,
                               QualityCheck::Type::kUnique,    QualityCheck::Type::kNotNull,
                               QualityCheck::Type::kMonotonic, QualityCheck::Type::kVolume,
                               QualityCheck::Type::kDrift,     QualityCheck::Type::kExpression};

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

Json type(const char* name) { return {{"type", name}}; }

}  // namespace

std::string to_json(const QualityReport& report) {
  Json checks = Json::array();
  for (const CheckResult& check : report.checks) checks.push_back(check_json(check));
  const Json out = {{"format_version", kFormatVersion}, {"checks", checks}};
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string quality_json_schema() {
  const Json offender = {
      {"type", "object"},
      {"properties",
       {{"entity", type("string")}, {"time", type("string")}, {"value", Json::object()}, {"note", type("string")}}},
      {"required", {"entity", "time", "value"}},
      {"additionalProperties", false}};
  Json types = Json::array();
  for (const QualityCheck::Type each : kTypes) types.push_back(to_string(each));
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
  Json schema = {{"type", "object"}};
  schema["properties"] = {{"format_version", {{"const", kFormatVersion}}},
                          {"checks", {{"type", "array"}, {"items", check}}}};
  schema["required"] = Json::array({"format_version", "checks"});
  schema["additionalProperties"] = false;
  return schema.dump(2) + "\n";
}

}  // namespace headrace
