#include "quality/checks_digest.h"

#include "base/check.h"
#include "base/hash.h"

#include <fmt/format.h>

namespace headrace {
namespace {

/// Raised when checks come to mean something else.
constexpr int kChecksVersion = 1;

template <typename T>
std::string number_or_none(const std::optional<T>& value) {
  return value ? fmt::format("{}", *value) : "none";
}

std::string parameters_text(const QualityCheck& check) {
  std::string text =
      fmt::format("range {} {} {}\nthreshold {}\nage {}\nvolume {} {} per {}\ndrift {} {}\n", number_or_none(check.low),
                  number_or_none(check.high), check.min_fraction, check.threshold, check.max_age.us,
                  number_or_none(check.volume_min), number_or_none(check.volume_max), check.per.us,
                  quote_json(check.metric), check.reference.us);
  for (const Value& value : check.values) text += "value " + to_json(value) + "\n";
  return text;
}

}  // namespace

std::string checks_digest(const Plan& plan, const Repository& repository, const CheckedRequest& checked,
                          std::string_view rows) {
  std::string text = fmt::format("headrace-checks {}\nrows {}\n", kChecksVersion, rows);
  for (size_t i = 0; i < checked.feature_count; ++i) {
    const PlanFeature& feature = plan.features[checked.request.features[i]];
    const FeatureDefinition* definition = repository.find_feature(feature.name);
    CHECK(definition != nullptr);
    for (size_t place = 0; place < definition->checks.size(); ++place) {
      const QualityCheck& check = definition->checks[place];
      text += fmt::format("check {} {} of {} {}: {}\n", to_string(check.type), check.is_error ? "error" : "warn",
                          feature.name, feature.digest, quote_json(check.name));
      text += parameters_text(check);
      if (check.type != QualityCheck::Type::kExpression) continue;
      const PlanFeature* hidden = plan.find_feature(check_feature_name(feature.name, place));
      CHECK(hidden != nullptr);
      text += fmt::format("formula {} {}\n", canonical_text(*check.formula), hidden->digest);
    }
  }
  return sha256_hex(text);
}

}  // namespace headrace
