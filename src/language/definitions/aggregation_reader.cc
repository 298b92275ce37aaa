#include "language/definitions/documents.h"
#include "language/diagnostics/codes.h"
#include "language/diagnostics/suggest.h"

#include <fmt/format.h>

#include <algorithm>

namespace headrace {
namespace {

constexpr int64_t kCountMax = 10'000;

/// The parameter that an aggregation needs; empty: none.
std::string_view parameter_of(const WrittenAggregation& written) {
  if (!written.aggregation) return "";
  const bool is_short_form = written.word == "p50" || written.word == "p95" || written.word == "p99";
  return is_short_form ? "" : parameter_of(*written.aggregation);
}

std::string_view parameter_example(std::string_view parameter) {
  if (parameter == "k") return "params: {k: 3}";
  if (parameter == "p") return "params: {p: 0.95}";
  if (parameter == "half_life") return "params: {half_life: 1h}";
  return "params: {edges: [0, 1, 2]}";
}

std::string elsewhere(std::string_view word) {
  constexpr std::pair<std::string_view, std::string_view> kWords[] = {{"avg", "mean"},
                                                                      {"average", "mean"},
                                                                      {"std", "stddev"},
                                                                      {"var", "variance"},
                                                                      {"nunique", "count_distinct"},
                                                                      {"distinct", "count_distinct"},
                                                                      {"quantile", "percentile"},
                                                                      {"minimum", "min"},
                                                                      {"maximum", "max"},
                                                                      {"total", "sum"},
                                                                      {"corr", "correlation"},
                                                                      {"cov", "covariance"},
                                                                      {"latest", "last"},
                                                                      {"earliest", "first"}};
  for (const auto& [theirs, ours] : kWords) {
    if (theirs == word) return fmt::format("did you mean `{}`?", ours);
  }
  return "";
}

/// `rolling_mean`, `cumsum`: an aggregation with its window in the name.
std::string help_for_windowed(std::string_view word) {
  struct Prefix {
    std::string_view prefix, window;
  };
  constexpr Prefix kPrefixes[] = {{"rolling_", "24h"},      {"moving_", "24h"},          {"sliding_", "24h"},
                                  {"running_", "lifetime"}, {"cumulative_", "lifetime"}, {"expanding_", "lifetime"},
                                  {"cum_", "lifetime"},     {"cum", "lifetime"}};
  for (const Prefix& each : kPrefixes) {
    if (!word.starts_with(each.prefix)) continue;
    const std::string rest(word.substr(each.prefix.size()));
    AggregationParams params;
    std::string name = aggregation_from_string(rest, params) ? rest : elsewhere(rest);
    if (const size_t quote = name.find('`'); quote != std::string::npos)
      name = name.substr(quote + 1, name.rfind('`') - quote - 1);
    if (name.empty()) continue;
    return fmt::format("the window is a key of its own: write `aggregation: {}` and `window: {}`", name, each.window);
  }
  return "";
}

WrittenAggregation read_aggregation(const YamlNode& node, Diagnostics& diagnostics) {
  WrittenAggregation written;
  written.span = node.span();
  const auto word = read_text(node, "`aggregation`", diagnostics);
  if (!word) return written;
  written.word = *word;
  written.aggregation = aggregation_from_string(*word, written.params);
  if (written.aggregation) return written;
  Diagnostic problem = make_diagnostic("F004", fmt::format("there is no aggregation `{}`", *word), node.span());
  const std::vector<std::string_view>& views = aggregation_names();
  const std::vector<std::string> names(views.begin(), views.end());
  problem.help = elsewhere(*word);
  if (problem.help.empty()) problem.help = help_for_windowed(*word);
  if (problem.help.empty()) problem.help = did_you_mean(*word, names);
  if (problem.help.empty()) problem.help = "the aggregations are " + list_words(names, "and");
  diagnostics.add(std::move(problem));
  return written;
}

void read_edges(const YamlNode& node, AggregationParams& params, Diagnostics& diagnostics) {
  if (!node.is_sequence()) {
    report_kind(node, "`edges`", "a list of numbers", diagnostics);
    return;
  }
  const size_t errors = diagnostics.error_reports();
  std::vector<double> edges;
  for (const YamlNodePtr& item : node.items) {
    const auto edge = read_number(*item, "an edge", diagnostics);
    if (!edge) continue;
    if (!edges.empty() && *edge <= edges.back() && diagnostics.error_reports() == errors) {
      Diagnostic problem = make_diagnostic("F007", "the edges of a histogram must rise strictly", item->span());
      problem.label = "not greater than the edge before it";
      diagnostics.add(std::move(problem));
    }
    edges.push_back(*edge);
  }
  if (diagnostics.error_reports() == errors && edges.size() < 2) {
    diagnostics.add(make_diagnostic("F007", "a histogram needs at least two edges", node.span()));
  }
  params.edges = std::move(edges);
}

void read_parameter(const YamlNode& node, std::string_view parameter, AggregationParams& params,
                    Diagnostics& diagnostics) {
  if (parameter == "k") {
    const auto k = read_integer(node, "`k`", diagnostics);
    if (k && (*k < 1 || *k > kCountMax)) report_range(node, "`k`", "1 to 10,000", diagnostics);
    params.k = static_cast<int>(k.value_or(0));
  } else if (parameter == "p") {
    const auto p = read_number(node, "`p`", diagnostics);
    if (p && (*p < 0.0 || *p > 1.0)) report_range(node, "`p`", "0 to 1", diagnostics);
    params.p = p.value_or(0.0);
  } else if (parameter == "half_life") {
    params.half_life = read_duration(node, "`half_life`", diagnostics).value_or(Duration{});
  } else {
    read_edges(node, params, diagnostics);
  }
}

void report_unknown_parameter(const YamlNode& key, const std::vector<WrittenAggregation>& aggregations,
                              const std::vector<std::string>& wanted, Diagnostics& diagnostics) {
  std::vector<std::string> words;
  for (const WrittenAggregation& written : aggregations) words.push_back(written.word);
  Diagnostic problem =
      make_diagnostic("F006",
                      words.empty() ? fmt::format("a feature without aggregation has no parameter `{}`", key.text)
                                    : fmt::format("{} {} no parameter `{}`", list_words(words, "and"),
                                                  words.size() == 1 ? "has" : "have", key.text),
                      key.span());
  problem.help = did_you_mean(key.text, wanted);
  if (problem.help.empty())
    problem.help = wanted.empty() ? "remove it" : "its parameter is " + list_words(wanted, "and");
  diagnostics.add(std::move(problem));
}

/// Reads `params` for all aggregations of a feature: each takes what it needs, and something must need each.
void read_params(const YamlNode* node, std::vector<WrittenAggregation>& aggregations, Diagnostics& diagnostics) {
  if (node != nullptr && !node->is_mapping()) {
    report_kind(*node, "`params`", "a mapping", diagnostics);
    return;
  }
  std::vector<std::string> wanted;
  bool are_all_known = true;
  for (const WrittenAggregation& written : aggregations) {
    are_all_known &= written.aggregation.has_value();
    const std::string parameter(parameter_of(written));
    if (!parameter.empty() && std::find(wanted.begin(), wanted.end(), parameter) == wanted.end())
      wanted.push_back(parameter);
  }

  // Parameters that no aggregation takes.
  const size_t errors = diagnostics.error_reports();
  for (size_t i = 0; node != nullptr && are_all_known && i + 1 < node->items.size(); i += 2) {
    const YamlNode& key = *node->items[i];
    const bool is_wanted = std::find(wanted.begin(), wanted.end(), key.text) != wanted.end();
    if (!is_wanted) report_unknown_parameter(key, aggregations, wanted, diagnostics);
  }

  // A parameter that is missing may be the one that was misspelt.
  const bool has_unknown = diagnostics.error_reports() != errors;
  for (WrittenAggregation& written : aggregations) {
    const std::string_view parameter = parameter_of(written);
    if (parameter.empty()) continue;
    if (node != nullptr && node->find(parameter) != nullptr) {
      read_parameter(*node->find(parameter), parameter, written.params, diagnostics);
      continue;
    }
    if (has_unknown) continue;
    Diagnostic problem =
        make_diagnostic("F005", fmt::format("`{}` needs the parameter `{}`", written.word, parameter), written.span);
    problem.help = fmt::format("add `{}`", parameter_example(parameter));
    diagnostics.add(std::move(problem));
  }
}

void report_repeats(const std::vector<WrittenAggregation>& aggregations, Diagnostics& diagnostics) {
  for (size_t i = 0; i < aggregations.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (aggregations[i].word != aggregations[j].word || aggregations[i].word.empty()) continue;
      Diagnostic problem = make_diagnostic(
          "F031", fmt::format("the aggregation `{}` is listed twice", aggregations[i].word), aggregations[i].span);
      problem.related.push_back({aggregations[j].span, "first here"});
      diagnostics.add(std::move(problem));
      break;
    }
  }
}

}  // namespace

std::vector<WrittenAggregation> read_aggregations(const YamlNode* node, const YamlNode* params,
                                                  Diagnostics& diagnostics) {
  std::vector<WrittenAggregation> out;
  if (node != nullptr && is_too_long(*node, "`aggregation`", kCombinationItemsMax, diagnostics)) {
    out.push_back({"", std::nullopt, {}, node->span()});
  } else if (node != nullptr && node->is_sequence()) {
    for (const YamlNodePtr& item : node->items) out.push_back(read_aggregation(*item, diagnostics));
    if (out.empty()) {
      diagnostics.add(make_diagnostic("D007", "the list `aggregation` is empty", node->span()));
      out.push_back({"", std::nullopt, {}, node->span()});
    }
    report_repeats(out, diagnostics);
  } else if (node != nullptr) {
    out.push_back(read_aggregation(*node, diagnostics));
  }
  read_params(params, out, diagnostics);
  return out;
}

}  // namespace headrace
