#include "language/definitions/documents.h"
#include "language/diagnostics/codes.h"

#include <fmt/format.h>

#include <array>

namespace headrace {
namespace {

const std::vector<std::string> kExpectationKeys = {"mean_shift", "null_rate_delta"};

std::optional<ExpectedInterval> read_expected_interval(Fields& fields, const std::string& key) {
  const YamlNode* node = fields.optional(key);
  if (node == nullptr) return std::nullopt;
  Diagnostics& diagnostics = fields.diagnostics();
  if (!node->is_sequence() || node->items.size() != 2) {
    report_kind(*node, fmt::format("`{}`", key), "a list [lowest, highest]", diagnostics);
    return std::nullopt;
  }

  std::array<std::optional<double>, 2> ends;
  for (size_t i = 0; i < 2; ++i)
    ends[i] = read_number(*node->items[i], fmt::format("an end of `{}`", key), diagnostics);
  if (!ends[0] || !ends[1]) return std::nullopt;
  if (*ends[0] <= *ends[1]) return ExpectedInterval{*ends[0], *ends[1]};
  diagnostics.add(make_diagnostic(
      "F033", fmt::format("`{}` allows nothing, because its first end is above its second", key), node->span()));
  return std::nullopt;
}

}  // namespace

std::optional<ExpectedChange> read_expected_change(const YamlNode& node, Span place, Diagnostics& diagnostics) {
  ExpectedChange change;
  if (node.is_scalar()) {
    if (!read_word(node, "`expected_change`", {"none"}, diagnostics)) return std::nullopt;
    change.is_none = true;
    return change;
  }
  const size_t errors = diagnostics.error_reports();
  Fields fields(node, "`expected_change`", std::move(place), kExpectationKeys, diagnostics);
  change.mean_shift = read_expected_interval(fields, "mean_shift");
  change.null_rate_delta = read_expected_interval(fields, "null_rate_delta");
  if (diagnostics.error_reports() != errors) return std::nullopt;
  if (change.mean_shift || change.null_rate_delta) return change;

  Diagnostic problem = make_diagnostic("F033", "`expected_change` says nothing about the values", node.span());
  problem.help = "write `none`, or ends such as {mean_shift: [0.02, 0.08], null_rate_delta: [-0.01, 0]}";
  diagnostics.add(std::move(problem));
  return std::nullopt;
}

}  // namespace headrace
