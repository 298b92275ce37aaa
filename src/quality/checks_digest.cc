#include "quality/checks_digest.h"

#include "base/check.h"
#include "base/hash.h"
#include "base/overloaded.h"
#include "quality/source_checks.h"

#include <fmt/format.h>

namespace headrace {
namespace {

/// Raised when checks come to mean something else.
constexpr int kChecksVersion = 2;

template <typename T>
std::string number_or_none(const std::optional<T>& value) {
  return value ? fmt::format("{}", *value) : "none";
}

std::string parameters_text(const CheckCondition& condition) {
  return std::visit(
      Overloaded{
          [](const checks::Range& range) {
            return fmt::format("range {} {} {}\n", number_or_none(range.low), number_or_none(range.high),
                               range.min_fraction);
          },
          [](const checks::Completeness& completeness) {
            return fmt::format("threshold {}\n", completeness.threshold);
          },
          [](const checks::Freshness& freshness) { return fmt::format("age {}\n", freshness.max_age.us); },
          [](const checks::AllowedValues& allowed) {
            std::string text;
            for (const Value& value : allowed.values) text += "value " + to_json(value) + "\n";
            return text;
          },

          // Those without parameters of their own.
          [](const checks::Unique&) { return std::string(); }, [](const checks::NotNull&) { return std::string(); },
          [](const checks::Monotonic&) { return std::string(); },

          [](const checks::Volume& volume) {
            return fmt::format("volume {} {} per {}\n", number_or_none(volume.min), number_or_none(volume.max),
                               volume.per.us);
          },
          [](const checks::Drift& drift) {
            return fmt::format("drift {} {} {}\n", to_string(drift.metric), drift.threshold, drift.reference.us);
          },
          [](const checks::Expression&) { return std::string(); },  // its formula follows with its meaning
      },
      condition);
}

}  // namespace

std::string checks_digest(const Plan& plan, const std::vector<size_t>& features, std::string_view rows) {
  std::string text = fmt::format("headrace-checks {}\nrows {}\n", kChecksVersion, rows);
  for (const size_t index : features) {
    const PlanFeature& feature = plan.features[index];
    for (const PlanCheck& each : feature.checks) {
      const QualityCheck& check = each.check;
      text += fmt::format("check {} {} of {} {}: {}\n", to_string(check.type()), check.is_error ? "error" : "warn",
                          feature.name, feature.digest, quote_json(check.name));
      text += parameters_text(check.condition);
      const auto* expression = std::get_if<checks::Expression>(&check.condition);
      if (expression == nullptr) continue;
      CHECK(each.holds.has_value());
      text += fmt::format("formula {} {}\n", canonical_text(*expression->formula), plan.features[*each.holds].digest);
    }
  }
  return sha256_hex(text);
}

std::string source_checks_digest(const PlanSource& source, std::string_view rows) {
  std::string text = fmt::format("headrace-source-checks {}\nrows {}\n", kChecksVersion, rows);
  for (const SourceCheck& each : source.checks) {
    const QualityCheck& check = each.check;
    text += fmt::format("check {} {} of {}: {}\n", to_string(check.type()), check.is_error ? "error" : "warn",
                        quote_json(each.column), quote_json(check.name));
    text += parameters_text(check.condition);
    if (const auto* expression = std::get_if<checks::Expression>(&check.condition))
      text += fmt::format("formula {}\n", canonical_text(*expression->formula));
  }
  return sha256_hex(text);
}

}  // namespace headrace
