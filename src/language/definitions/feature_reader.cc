#include "language/definitions/documents.h"
#include "language/definitions/scalar_places.h"
#include "language/diagnostics/codes.h"

#include <fmt/format.h>

namespace headrace {
namespace {

/// "pumpEff", "Pump Eff" and "pump-eff" as "pump_eff".
std::string snake_case(std::string_view text) {
  std::string out;
  bool is_after_small = false;
  for (const char each : text) {
    const bool is_upper = each >= 'A' && each <= 'Z';
    const bool is_plain = (each >= 'a' && each <= 'z') || (each >= '0' && each <= '9');
    if (is_upper && is_after_small) out += '_';
    const char small = is_upper ? static_cast<char>(each - 'A' + 'a') : is_plain ? each : '_';
    if (small != '_' || (!out.empty() && out.back() != '_')) out += small;
    is_after_small = is_plain;
  }
  return out;
}

const std::vector<std::string> kFeatureKeys = {
    "name",   "description", "owner",          "version",         "tags",           "entity",
    "source", "aggregation", "window",         "source_features", "formula",        "filter",
    "params", "default",     "quality_checks", "internal",        "expected_change"};

void read_name(Fields& fields, FeatureDocument& feature) {
  feature.name_span = fields.place();
  const auto name = fields.required_text("name");
  if (!name) return;
  feature.name = name->text;
  feature.name_span = name->span;
  if (is_feature_name(name->text)) return;
  Diagnostic problem =
      make_diagnostic("D008", fmt::format("`{}` cannot be the name of a feature", name->text), name->span);
  problem.help = "a name begins with a lower-case letter and has lower-case letters, digits and `_`";
  if (const std::string near = snake_case(name->text); is_feature_name(near))
    problem.help = fmt::format("did you mean `{}`? {}", near, problem.help);
  fields.diagnostics().add(std::move(problem));
}

bool take_number(std::string_view& text) {
  size_t digits = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') ++digits;
  text.remove_prefix(digits);
  return digits > 0;
}

/// MAJOR.MINOR or MAJOR.MINOR.PATCH.
bool is_version(std::string_view text) {
  for (int part = 0; part < 3; ++part) {
    if (!take_number(text)) return false;
    if (text.empty()) return part > 0;
    if (text.front() != '.') return false;
    text.remove_prefix(1);
  }
  return false;
}

void read_version(Fields& fields, FeatureDocument& feature) {
  const YamlNode* node = fields.required("version");
  if (node == nullptr) return;
  Diagnostics& diagnostics = fields.diagnostics();
  if (is_broken(*node, diagnostics)) return;

  // Without quotes it may read as a number, which has lost the zeros at its end.
  if (node->is_scalar() && !std::holds_alternative<std::string>(resolve_scalar(*node).data)) {
    const Value value = resolve_scalar(*node);
    const bool is_number = std::holds_alternative<int64_t>(value.data) || std::holds_alternative<double>(value.data);
    Diagnostic problem = make_diagnostic(
        "F001",
        is_number ? fmt::format("the version {} is a number here, and as a number 1.20 is 1.2", node->text)
                  : fmt::format("the version {} is {} here, and a version is text", node->text, describe_kind(*node)),
        node->span());
    problem.help = fmt::format("write it in quotes: \"{}\"", node->text);
    diagnostics.add(std::move(problem));
    return;
  }

  const auto text = read_text(*node, "`version`", diagnostics);
  if (!text) return;
  if (is_version(*text)) {
    feature.version = *text;
    feature.version_span = node->span();
    return;
  }
  Diagnostic problem = make_diagnostic("F002", fmt::format("`{}` is not a version", *text), node->span());
  problem.help = "write MAJOR.MINOR or MAJOR.MINOR.PATCH: \"1.2\", \"1.2.3\"";
  diagnostics.add(std::move(problem));
}

/// Splits a name as written: `flights.delay`, `feature.x`, a column of any name (also in backquotes).
NameUse to_name(std::string_view text, Span span) {
  const auto unquoted = [](std::string_view part) {
    const bool is_quoted = part.size() > 2 && part.front() == '`' && part.back() == '`';
    return std::string(is_quoted ? part.substr(1, part.size() - 2) : part);
  };
  const size_t dot = text.find('.');
  if (dot != std::string_view::npos && is_identifier(text.substr(0, dot)) && dot + 1 < text.size()) {
    return {std::string(text.substr(0, dot)), unquoted(text.substr(dot + 1)), std::move(span)};
  }
  return {"", unquoted(text), std::move(span)};
}

void read_source_features(Fields& fields, FeatureDocument& feature) {
  const YamlNode* node = fields.optional("source_features");
  const bool is_unreadable = node == nullptr && fields.mapping().find("source_features") != nullptr;
  feature.are_names_known = !is_unreadable && !fields.is_misspelt("source_features");
  if (node == nullptr) return;
  const size_t errors = fields.diagnostics().error_reports();
  feature.listed_span = node->span();
  const bool is_readable = !is_too_long(*node, "`source_features`", kListItemsMax, fields.diagnostics());
  for (PlacedText& text :
       is_readable ? read_texts(*node, "`source_features`", fields.diagnostics()) : std::vector<PlacedText>()) {
    feature.listed.push_back({to_name(text.text, std::move(text.span)), text.text});
  }
  if (fields.diagnostics().error_reports() != errors) feature.are_names_known = false;
}

/// Reads a formula that YAML may have taken for a number or a boolean: its text counts.
std::optional<ParsedFormula> read_formula(const YamlNode& node, std::string_view what, Diagnostics& diagnostics) {
  if (!node.is_scalar() || node.broken_code != nullptr) {
    report_kind(node, what, "a formula", diagnostics);
    return std::nullopt;
  }
  return parse_formula(formula_text(node), diagnostics);
}

void read_formulas(Fields& fields, FeatureDocument& feature) {
  const YamlNode* node = fields.optional("formula");
  // One without a value has been reported: nothing else is meant to stand for it.
  feature.has_formula = fields.mapping().find("formula") != nullptr;
  if (node == nullptr) return;
  Diagnostics& diagnostics = fields.diagnostics();
  feature.formula_span = node->span();
  if (!node->is_sequence()) {
    feature.formula_text = node->text;
    if (auto formula = read_formula(*node, "`formula`", diagnostics)) feature.formulas.push_back(std::move(*formula));
    return;
  }
  if (is_too_long(*node, "`formula`", kListItemsMax, diagnostics)) return;
  for (const YamlNodePtr& item : node->items) {
    feature.formula_text += (feature.formula_text.empty() ? "" : ", ") + item->text;
    if (auto formula = read_formula(*item, "an item of `formula`", diagnostics))
      feature.formulas.push_back(std::move(*formula));
  }
  feature.formula_text = "[" + feature.formula_text + "]";
  if (node->items.empty()) diagnostics.add(make_diagnostic("D007", "the list `formula` is empty", node->span()));
}

void read_filter(Fields& fields, FeatureDocument& feature) {
  const YamlNode* node = fields.optional("filter");
  if (node == nullptr) return;
  feature.filter_span = node->span();
  feature.filter_text = node->text;
  feature.filter = read_formula(*node, "`filter`", fields.diagnostics());
}

void read_aggregation_and_window(Fields& fields, FeatureDocument& feature) {
  Diagnostics& diagnostics = fields.diagnostics();
  const YamlNode* aggregation = fields.optional("aggregation");
  const YamlNode* window = fields.optional("window");
  feature.is_aggregation_listed = aggregation != nullptr && aggregation->is_sequence();
  feature.is_window_listed = window != nullptr && window->is_sequence();
  feature.aggregations = read_aggregations(aggregation, fields.optional("params"), diagnostics);
  if (window != nullptr) feature.windows = read_windows(*window, diagnostics);
  const bool has_aggregation = fields.mapping().find("aggregation") != nullptr;
  const bool has_window = fields.mapping().find("window") != nullptr;
  if (has_aggregation == has_window || fields.is_misspelt(has_window ? "aggregation" : "window")) return;
  Diagnostic problem = make_diagnostic(
      "F003",
      has_window ? "this feature has a window but no aggregation" : "this feature has an aggregation but no window",
      has_window               ? window != nullptr ? window->span() : fields.place()
                    : aggregation != nullptr ? aggregation->span()
                               : fields.place());
  problem.help = has_window ? "add `aggregation`, or remove `window` to make a derived feature"
                            : "add `window`: a duration such as 24h, or `lifetime`";
  diagnostics.add(std::move(problem));
}

}  // namespace

FeatureDocument read_feature(const YamlNode& body, Span place, Diagnostics& diagnostics) {
  const size_t errors = diagnostics.error_reports();
  FeatureDocument feature;
  feature.place = place;
  Fields fields(body, "feature", place, kFeatureKeys, diagnostics);

  read_name(fields, feature);
  const YamlNode* description = body.find("description");
  if (const auto text = fields.optional_text("description")) feature.description = text->text;
  if (const auto owner = fields.required_text("owner")) feature.owner = owner->text;
  read_version(fields, feature);
  if (const YamlNode* tags = fields.optional("tags")) {
    for (PlacedText& tag : read_texts(*tags, "`tags`", diagnostics)) feature.tags.push_back(std::move(tag.text));
  }

  if (const auto internal = fields.optional_word("internal", {"true", "false"}))
    feature.is_internal = *internal == "true";

  feature.entity = fields.optional_text("entity");
  feature.source = fields.optional_text("source");
  read_aggregation_and_window(fields, feature);
  read_source_features(fields, feature);
  read_formulas(fields, feature);
  read_filter(fields, feature);
  feature.default_value = fields.nullable("default");
  if (const YamlNode* expected = fields.optional("expected_change"))
    feature.expected_change = read_expected_change(*expected, expected->span(), diagnostics);
  if (const YamlNode* checks = fields.optional("quality_checks")) feature.checks = read_checks(*checks, diagnostics);
  feature.is_sound = diagnostics.error_reports() == errors;

  if (description == nullptr && !feature.name.empty()) {
    Diagnostic warning =
        make_diagnostic("F028", fmt::format("the feature `{}` has no description", feature.name), feature.name_span);
    warning.help = "add `description`: what the value means, in one sentence";
    diagnostics.add(std::move(warning));
  }
  return feature;
}

}  // namespace headrace
