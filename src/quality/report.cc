#include "quality/report.h"

#include "base/aligned_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

namespace headrace {
namespace {

bool has_verdict(const QualityReport& report, Verdict verdict) {
  return std::any_of(report.checks.begin(), report.checks.end(),
                     [&](const CheckResult& check) { return check.verdict == verdict; });
}

/// Rounded down, so that 1 means all.
std::string fraction_text(const CheckResult& check) {
  const auto fraction = check.fraction();
  if (!fraction) return "";
  return fmt::format("{:.6g}", std::floor(*fraction * 1e6) / 1e6);
}

/// What the check is about: a feature, a column of a source, or the source.
std::string subject_of(const CheckResult& check) {
  if (check.source.empty()) return check.feature;
  return "source " + check.source + (check.column.empty() ? "" : "." + check.column);
}

std::string offenders_text(const CheckResult& check) {
  const int64_t hidden = check.failed - static_cast<int64_t>(check.offenders.size());
  std::string out = fmt::format("\n{} {}: {} of {} {}\n", subject_of(check), check.name, grouped_digits(check.failed),
                                grouped_digits(check.looked_at), check.failed == 1 ? "fails" : "fail");
  std::vector<std::vector<std::string>> rows;
  for (const Offender& each : check.offenders)
    rows.push_back({each.entity, to_string(each.time), to_json(each.value), each.note});
  out += aligned_rows(rows, {}, "  ");
  if (hidden > 0) out += fmt::format("  … {} more\n", grouped_digits(hidden));
  return out;
}

}  // namespace

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPass: return "pass";
    case Verdict::kWarn: return "warn";
    case Verdict::kFail: return "fail";
    case Verdict::kNotEvaluated: return "not evaluated";
  }
  return "";
}

std::optional<double> CheckResult::fraction() const {
  if (looked_at == 0) return std::nullopt;
  return static_cast<double>(looked_at - failed) / static_cast<double>(looked_at);
}

bool QualityReport::has_errors() const { return has_verdict(*this, Verdict::kFail); }
bool QualityReport::has_warnings() const { return has_verdict(*this, Verdict::kWarn); }

void QualityReport::append(QualityReport other) {
  std::move(other.checks.begin(), other.checks.end(), std::back_inserter(checks));
  std::move(other.tables.begin(), other.tables.end(), std::back_inserter(tables));
}

std::optional<QualityReport> QualityReport::find_table(const CheckedTable& table) const {
  const auto is_it = [&](const CheckedTable& each) {
    return each.entity == table.entity && each.source == table.source && each.digest == table.digest;
  };
  if (std::none_of(tables.begin(), tables.end(), is_it)) return std::nullopt;
  QualityReport found;
  found.tables = {table};
  for (const CheckResult& check : checks) {
    if (check.entity == table.entity && check.source == table.source) found.checks.push_back(check);
  }
  return found;
}

std::string to_text(const QualityReport& report) {
  if (report.checks.empty()) return {};
  std::vector<std::vector<std::string>> rows = {
      {"feature", "check", "verdict", "looked at", "failed", "good", "condition"}};
  for (const CheckResult& check : report.checks) {
    const bool is_evaluated = check.verdict != Verdict::kNotEvaluated;
    const std::string condition = is_evaluated ? check.condition : check.condition + " (" + check.reason + ")";
    rows.push_back({subject_of(check), check.name, std::string(to_string(check.verdict)),
                    is_evaluated ? grouped_digits(check.looked_at) : "",
                    is_evaluated ? grouped_digits(check.failed) : "", is_evaluated ? fraction_text(check) : "",
                    condition});
  }
  constexpr CellAlign kLeft = CellAlign::kLeft;
  constexpr CellAlign kRight = CellAlign::kRight;
  std::string out = aligned_rows(rows, {kLeft, kLeft, kLeft, kRight, kRight, kRight, kLeft}, "");
  for (const CheckResult& check : report.checks) {
    if (check.verdict == Verdict::kFail || check.verdict == Verdict::kWarn) out += offenders_text(check);
  }
  return out;
}

}  // namespace headrace
