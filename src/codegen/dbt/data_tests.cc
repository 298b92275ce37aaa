#include "codegen/dbt/data_tests.h"

#include "base/overloaded.h"
#include "codegen/dbt/jinja_text.h"
#include "codegen/sql/quoting.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace headrace::dbt {
namespace {

/// A test by its name in dbt and its arguments in YAML; or the reason why there is none.
struct DbtTest {
  std::string test;
  std::vector<std::string> arguments;
  std::string reason;
};

DbtTest no_test(std::string reason) { return {.test = "", .arguments = {}, .reason = std::move(reason)}; }

std::string number(double value) { return fmt::format("{}", value); }

DbtTest test_of_range(const checks::Range& range) {
  DbtTest out{.test = "headrace_range", .arguments = {}, .reason = ""};
  if (range.low) out.arguments.push_back("low: " + number(*range.low));
  if (range.high) out.arguments.push_back("high: " + number(*range.high));
  if (range.min_fraction < 1.0) out.arguments.push_back("min_fraction: " + number(range.min_fraction));
  return out;
}

DbtTest test_of_allowed(const checks::AllowedValues& allowed) {
  std::vector<std::string> values;
  bool is_text = false;
  for (const Value& value : allowed.values) {
    const auto* text = std::get_if<std::string>(&value.data);
    const bool is_plain = text != nullptr || std::holds_alternative<int64_t>(value.data) ||
                          std::holds_alternative<double>(value.data) || std::holds_alternative<bool>(value.data);
    if (!is_plain) return no_test("dbt's accepted_values compares texts, numbers and bools only");
    is_text = text != nullptr;
    // dbt puts texts between quotes as they are.
    if (is_text && text->find_first_of("'\\") != std::string::npos)
      return no_test("dbt's accepted_values cannot name a text with a quote or a backslash in it");
    values.push_back(is_text ? yaml_text(*text) : to_json(value));
  }
  DbtTest out{
      .test = "accepted_values", .arguments = {fmt::format("values: [{}]", fmt::join(values, ", "))}, .reason = ""};
  if (!is_text) out.arguments.emplace_back("quote: false");
  return out;
}

DbtTest test_of_monotonic(const Plan& plan, SqlDialect dialect, const PlanFeature& feature) {
  std::vector<std::string> keys;
  for (const std::string& key : plan.entities[feature.entity].keys)
    keys.push_back(yaml_text(sql::identifier(dialect, key)));
  return {.test = "headrace_monotonic", .arguments = {fmt::format("keys: [{}]", fmt::join(keys, ", "))}, .reason = ""};
}

DbtTest test_of(const Plan& plan, SqlDialect dialect, const PlanFeature& feature, const PlanCheck& check) {
  if (!feature.default_value.is_null() && check.check.type() != CheckType::kFreshness)
    return no_test("checks look at values before `default`, and the model has them with it");
  return std::visit(
      Overloaded{
          [](const checks::Range& range) { return test_of_range(range); },
          [](const checks::Completeness& completeness) {
            return DbtTest{"headrace_completeness", {"threshold: " + number(completeness.threshold)}, ""};
          },
          [](const checks::Freshness&) { return DbtTest{}; },  // of the source
          [](const checks::AllowedValues& allowed) { return test_of_allowed(allowed); },
          [](const checks::Unique&) { return DbtTest{"unique", {}, ""}; },
          [](const checks::NotNull&) { return DbtTest{"not_null", {}, ""}; },
          [&](const checks::Monotonic&) { return test_of_monotonic(plan, dialect, feature); },

          // What looks at more than the model's rows.
          [](const checks::Volume&) { return no_test("it counts events, and the model has a row for each instant"); },
          [](const checks::Drift&) { return no_test("a distribution is compared by `headrace backfill`"); },
          [](const checks::Expression&) { return no_test("its formula reads columns that the model does not have"); },
      },
      check.check.condition);
}

DbtTest test_of(const PlanSource& source, const SourceCheck& check) {
  return std::visit(
      Overloaded{
          [](const checks::Range& range) { return test_of_range(range); },
          [](const checks::Completeness& completeness) {
            return DbtTest{"headrace_completeness", {"threshold: " + number(completeness.threshold)}, ""};
          },
          [](const checks::Freshness&) { return DbtTest{}; },  // a key of the source
          [](const checks::AllowedValues& allowed) { return test_of_allowed(allowed); },

          // Of a column too.
          [&](const checks::Unique&) {
            return source.identity ? no_test("rows of one `id` are one event, and dbt would count each")
                                   : DbtTest{"unique", {}, ""};
          },
          [](const checks::NotNull&) { return DbtTest{"not_null", {}, ""}; },
          [](const checks::Volume& volume) {
            if (volume.per.us != 0) return no_test("events in stretches of time are counted by `headrace backfill`");
            DbtTest out{"headrace_row_count", {}, ""};
            if (volume.min) out.arguments.push_back(fmt::format("low: {}", *volume.min));
            if (volume.max) out.arguments.push_back(fmt::format("high: {}", *volume.max));
            return out;
          },
          [](const checks::Expression&) { return no_test("its formula is held against rows by `headrace backfill`"); },
          [](const checks::Monotonic&) { return DbtTest{}; },
          [](const checks::Drift&) { return DbtTest{}; },  // not of sources
      },
      check.check.condition);
}

/// A test in YAML, a line each, behind a margin.
void add_test(const DbtTest& test, const std::string& margin, const std::string& name, const QualityCheck& check,
              std::vector<std::string>& lines) {
  lines.push_back(fmt::format("{}- {}:", margin, test.test));
  lines.push_back(fmt::format("{}    name: {}", margin, name));
  lines.push_back(fmt::format("{}    description: {}", margin, yaml_text(check.name)));
  if (!test.arguments.empty()) {
    lines.push_back(margin + "    arguments:");
    for (const std::string& argument : test.arguments) lines.push_back(margin + "      " + argument);
  }
  if (!check.is_error) lines.push_back(margin + "    config: {severity: warn}");
}

void take_shorter(std::optional<Duration>& kept, Duration age) { kept = kept ? std::min(*kept, age) : age; }

}  // namespace

std::vector<std::string> data_tests(const Plan& plan, SqlDialect dialect, const PlanFeature& feature,
                                    std::vector<UntoldCheck>& untold) {
  std::vector<std::string> lines;
  for (size_t i = 0; i < feature.checks.size(); ++i) {
    const PlanCheck& check = feature.checks[i];
    const DbtTest test = test_of(plan, dialect, feature, check);
    if (!test.reason.empty()) untold.push_back({feature.name, check.check.name, test.reason});
    if (test.test.empty()) continue;

    add_test(test, "          ", fmt::format("{}_check_{}", feature.name, i + 1), check.check, lines);
  }
  return lines;
}

std::vector<std::string> source_tests(const PlanSource& source, const std::string& column) {
  const std::string margin = column.empty() ? "          " : "              ";
  std::vector<std::string> lines;
  for (size_t i = 0; i < source.checks.size(); ++i) {
    if (source.checks[i].column != column) continue;
    const DbtTest test = test_of(source, source.checks[i]);
    if (!test.test.empty())
      add_test(test, margin, fmt::format("source_{}_check_{}", source.name, i + 1), source.checks[i].check, lines);
  }
  return lines;
}

void add_untold_checks(const PlanSource& source, std::vector<UntoldCheck>& untold) {
  for (const SourceCheck& check : source.checks) {
    const DbtTest test = test_of(source, check);
    if (!test.reason.empty()) untold.push_back({source.name, check.check.name, test.reason});
  }
}

SourceFreshness freshness_of(const GeneratorInput& input, size_t source) {
  SourceFreshness out;
  for (const SourceCheck& check : input.plan.sources[source].checks) {
    const auto* freshness = std::get_if<checks::Freshness>(&check.check.condition);
    if (freshness != nullptr) take_shorter(check.check.is_error ? out.error : out.warn, freshness->max_age);
  }
  for (const size_t index : input.outputs) {
    const PlanFeature& feature = input.plan.features[index];
    if (feature.source != source) continue;
    for (const PlanCheck& check : feature.checks) {
      const auto* freshness = std::get_if<checks::Freshness>(&check.check.condition);
      if (freshness != nullptr) take_shorter(check.check.is_error ? out.error : out.warn, freshness->max_age);
    }
  }
  return out;
}

}  // namespace headrace::dbt
