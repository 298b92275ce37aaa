#include "language/definitions/documents.h"
#include "language/definitions/scalar_places.h"
#include "language/diagnostics/codes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace headrace {
namespace {

/// What checks are about.
enum class Checked { kFeature, kSource };

struct CheckForm {
  CheckType type;
  std::vector<std::string> keys;
  bool is_for_sources = false;
  bool is_of_column = false;  // where it is of a source
};

const std::vector<CheckForm>& check_forms() {
  static const std::vector<CheckForm> forms = {
      {CheckType::kRange, {"params", "min_fraction"}, true, true},
      {CheckType::kCompleteness, {"threshold"}, true, true},
      {CheckType::kFreshness, {"max_age"}, true, false},
      {CheckType::kAllowedValues, {"values"}, true, true},
      {CheckType::kUnique, {}, true, true},
      {CheckType::kNotNull, {}, true, true},
      {CheckType::kMonotonic, {}, false, false},
      {CheckType::kVolume, {"min", "max", "per"}, true, false},
      {CheckType::kDrift, {"metric", "threshold", "reference"}, false, false},
      {CheckType::kExpression, {"formula"}, true, false},
  };
  return forms;
}

std::optional<double> read_fraction(Fields& fields, std::string_view key, bool is_required) {
  const auto number = is_required ? fields.required_number(key) : fields.optional_number(key);
  if (number && (*number < 0.0 || *number > 1.0)) {
    report_range(*fields.mapping().find(key), fmt::format("`{}`", key), "0 to 1", fields.diagnostics());
  }
  return number;
}

/// The two items of `params`; null where they are no pair, which is reported.
const YamlNode* range_ends(Fields& fields) {
  const YamlNode* node = fields.required("params");
  if (node == nullptr) return nullptr;
  Diagnostics& diagnostics = fields.diagnostics();
  if (!node->is_sequence()) {
    report_kind(*node, "`params` of a `range` check", "a list [lowest, highest]", diagnostics);
    return nullptr;
  }
  if (node->items.size() == 2) return node;
  diagnostics.add(
      make_diagnostic("D006",
                      fmt::format("`params` of a `range` check must be a list [lowest, highest], but this list has {}",
                                  node->items.size()),
                      node->span()));
  return nullptr;
}

checks::Range read_range(Fields& fields) {
  checks::Range range;
  if (const auto fraction = read_fraction(fields, "min_fraction", false)) range.min_fraction = *fraction;
  const YamlNode* node = range_ends(fields);
  if (node == nullptr) return range;

  Diagnostics& diagnostics = fields.diagnostics();
  std::array<std::optional<double>, 2> ends;
  for (size_t i = 0; i < 2; ++i) {
    const YamlNode& end = *node->items[i];
    if (!end.is_null()) ends[i] = read_number(end, "an end of the range", diagnostics);
  }
  range.low = ends[0];
  range.high = ends[1];

  const bool are_both_open = node->items[0]->is_null() && node->items[1]->is_null();
  if (are_both_open || (range.low && range.high && *range.low > *range.high)) {
    Diagnostic problem =
        make_diagnostic("Q002",
                        are_both_open ? "a range without ends allows everything"
                                      : "the range is empty, because its first end is above its second",
                        node->span());
    problem.help = "write [lowest, highest]; one of them may be null";
    diagnostics.add(std::move(problem));
  }
  return range;
}

checks::Volume read_volume(Fields& fields, Checked checked) {
  Diagnostics& diagnostics = fields.diagnostics();
  const size_t errors = diagnostics.error_reports();
  checks::Volume volume;
  volume.min = fields.optional_integer("min");
  volume.max = fields.optional_integer("max");
  for (std::string_view key : {"min", "max"}) {
    const auto& value = key == "min" ? volume.min : volume.max;
    if (value && *value < 0)
      report_range(*fields.mapping().find(key), fmt::format("`{}`", key), "0 or more", diagnostics);
  }
  const auto per = checked == Checked::kSource ? fields.optional_duration("per") : fields.required_duration("per");
  if (per) volume.per = *per;
  if (diagnostics.error_reports() != errors) return volume;

  const bool are_crossed = volume.min && volume.max && *volume.min > *volume.max;
  if (are_crossed || (!volume.min && !volume.max)) {
    Diagnostic problem = make_diagnostic("Q002",
                                         are_crossed ? "no volume is between these ends, because `min` is above `max`"
                                                     : "a `volume` check needs `min`, `max` or both",
                                         are_crossed ? fields.mapping().find("min")->span() : fields.place());
    diagnostics.add(std::move(problem));
  }
  return volume;
}

checks::Drift read_drift(Fields& fields) {
  constexpr std::array kMetrics = {DriftMetric::kPsi, DriftMetric::kKolmogorovSmirnov, DriftMetric::kJensenShannon,
                                   DriftMetric::kWasserstein};
  std::vector<std::string> words;
  for (const DriftMetric metric : kMetrics) words.emplace_back(to_string(metric));
  checks::Drift drift;
  if (const auto word = fields.required_word("metric", words))
    drift.metric = kMetrics[static_cast<size_t>(std::find(words.begin(), words.end(), *word) - words.begin())];
  if (const auto threshold = fields.required_number("threshold")) {
    drift.threshold = *threshold;
    if (*threshold < 0)
      report_range(*fields.mapping().find("threshold"), "`threshold`", "0 or more", fields.diagnostics());
  }
  if (const auto reference = fields.required_duration("reference")) drift.reference = *reference;
  return drift;
}

checks::Expression read_expression(Fields& fields, WrittenCheck& written) {
  if (!fields.required_text("formula")) return {};
  FormulaText text = formula_text(*fields.mapping().find("formula"));
  checks::Expression expression{text.text, nullptr};
  written.formula = parse_formula(std::move(text), fields.diagnostics());
  return expression;
}

checks::AllowedValues read_allowed_values(Fields& fields, WrittenCheck& written) {
  const YamlNode* node = fields.required("values");
  if (node == nullptr) return {};
  if (!node->is_sequence()) {
    report_kind(*node, "`values`", "a list", fields.diagnostics());
  } else if (node->items.empty()) {
    fields.diagnostics().add(make_diagnostic("D007", "the list `values` is empty", node->span()));
  } else {
    written.values = node;
  }
  return {};
}

/// What needs the feature's type (allowed values, formulas) stays in `written` for the resolution.
CheckCondition read_condition(CheckType type, Checked checked, Fields& fields, WrittenCheck& written) {
  switch (type) {
    case CheckType::kRange: return read_range(fields);
    case CheckType::kCompleteness: return checks::Completeness{read_fraction(fields, "threshold", true).value_or(0.0)};
    case CheckType::kFreshness: return checks::Freshness{fields.required_duration("max_age").value_or(Duration{})};
    case CheckType::kAllowedValues: return read_allowed_values(fields, written);
    case CheckType::kUnique: return checks::Unique{};
    case CheckType::kNotNull: return checks::NotNull{};
    case CheckType::kMonotonic: return checks::Monotonic{};
    case CheckType::kVolume: return read_volume(fields, checked);
    case CheckType::kDrift: return read_drift(fields);
    case CheckType::kExpression: return read_expression(fields, written);
  }
  return {};
}

/// The names of the types that there are; a type that is for features only is reported where a source has it.
std::vector<std::string> type_names(Checked checked, const YamlNode* written, Diagnostics& diagnostics) {
  std::vector<std::string> names;
  for (const CheckForm& form : check_forms()) {
    const std::string name(to_string(form.type));
    const bool is_fit = checked == Checked::kFeature || form.is_for_sources;
    if (is_fit) names.push_back(name);
    if (is_fit || written == nullptr || !written->is_scalar() || written->text != name) continue;
    Diagnostic problem = make_diagnostic(
        "Q006", fmt::format("a `{}` check is about values of a feature, not about rows of a source", name),
        written->span());
    problem.help = "write it in the `quality_checks` of a feature, such as one with `aggregation: last` of the column";
    diagnostics.add(std::move(problem));
    return {};
  }
  return names;
}

std::optional<WrittenCheck> read_check(const YamlNode& node, Checked checked, Diagnostics& diagnostics) {
  if (!node.is_mapping()) {
    report_kind(node, "a quality check", "a mapping with `type`", diagnostics);
    return std::nullopt;
  }
  const size_t errors = diagnostics.error_reports();
  const YamlNode* type = node.find("type");
  const Span place = node.items.empty() ? node.span() : node.items.front()->span();

  const std::vector<std::string> names = type_names(checked, type, diagnostics);
  if (names.empty()) return std::nullopt;
  if (type == nullptr) {
    Diagnostic problem = make_diagnostic("D005", "this quality check has no `type`", place);
    problem.help = "its type is " + list_words(names, "or");
    diagnostics.add(std::move(problem));
    return std::nullopt;
  }
  const auto word = read_word(*type, "the type of a quality check", names, diagnostics);
  if (!word) return std::nullopt;

  const CheckForm& form = *std::find_if(check_forms().begin(), check_forms().end(),
                                        [&](const CheckForm& each) { return to_string(each.type) == *word; });
  std::vector<std::string> keys = {"type"};
  keys.insert(keys.end(), form.keys.begin(), form.keys.end());
  keys.insert(keys.end(), {"severity", "name"});
  const bool is_of_column = checked == Checked::kSource && form.is_of_column;
  if (is_of_column) keys.emplace_back("column");
  Fields fields(node, fmt::format("`{}` check", to_string(form.type)), type->span(), keys, diagnostics);

  WrittenCheck written;
  written.check.span = type->span();
  written.type_span = type->span();
  written.check.is_error = fields.optional_word("severity", {"warn", "error"}).value_or("error") == "error";
  if (const auto name = fields.optional_text("name")) {
    written.check.name = name->text;
    written.check.span = name->span;
  }
  if (is_of_column) written.column = fields.required_text("column");
  written.check.condition = read_condition(form.type, checked, fields, written);
  written.is_sound = diagnostics.error_reports() == errors;
  return written;
}

/// Gives each check without a name its type's name, behind that of its column, with a number from the second on.
void name_checks(std::vector<WrittenCheck>& checks, Checked checked, Diagnostics& diagnostics) {
  std::vector<const WrittenCheck*> named;
  const auto find = [&](const std::string& name) {
    return std::find_if(named.begin(), named.end(),
                        [&](const WrittenCheck* check) { return check->check.name == name; });
  };
  for (WrittenCheck& written : checks) {
    if (written.check.name.empty()) continue;
    const auto first = find(written.check.name);
    if (first != named.end()) {
      Diagnostic problem =
          make_diagnostic("Q005",
                          fmt::format("two quality checks of one {} are called `{}`",
                                      checked == Checked::kSource ? "source" : "feature", written.check.name),
                          written.check.span);
      problem.related.push_back({(*first)->check.span, "first here"});
      diagnostics.add(std::move(problem));
    }
    named.push_back(&written);
  }

  for (WrittenCheck& written : checks) {
    if (!written.check.name.empty()) continue;
    const std::string type =
        (written.column ? written.column->text + "_" : "") + std::string(to_string(written.check.type()));
    written.check.name = type;
    for (int number = 2; find(written.check.name) != named.end(); ++number)
      written.check.name = fmt::format("{}_{}", type, number);
    named.push_back(&written);
  }
}

std::vector<WrittenCheck> read_list(const YamlNode& node, Checked checked, Diagnostics& diagnostics) {
  std::vector<WrittenCheck> checks;
  if (!node.is_sequence()) {
    report_kind(node, "`quality_checks`", "a list", diagnostics);
    return checks;
  }
  if (is_too_long(node, "`quality_checks`", kListItemsMax, diagnostics)) return checks;
  for (const YamlNodePtr& item : node.items) {
    if (auto check = read_check(*item, checked, diagnostics)) checks.push_back(std::move(*check));
  }
  name_checks(checks, checked, diagnostics);
  return checks;
}

}  // namespace

std::vector<WrittenCheck> read_checks(const YamlNode& node, Diagnostics& diagnostics) {
  return read_list(node, Checked::kFeature, diagnostics);
}

std::vector<WrittenCheck> read_source_checks(const YamlNode& node, Diagnostics& diagnostics) {
  return read_list(node, Checked::kSource, diagnostics);
}

}  // namespace headrace
