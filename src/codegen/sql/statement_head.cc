#include "codegen/sql/statement_head.h"

#include "codegen/sql/quoting.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace headrace::sql {
namespace {

/// So many features are named; of the others there is the number.
constexpr size_t kNamedMax = 5;

/// The features because of which all of the source's past is read.
std::string unbounded_features(const Plan& plan, const std::vector<Reach>& reaches, const std::vector<size_t>& features,
                               size_t source) {
  std::vector<std::string> names;
  for (const size_t index : features) {
    const auto found = reaches[index].find(source);
    if (found != reaches[index].end() && !found->second) names.push_back(plan.features[index].name);
  }
  const size_t more = names.size() - std::min(names.size(), kNamedMax);
  names.resize(names.size() - more);
  const std::string out = fmt::format("{}", fmt::join(names, ", "));
  return more == 0 ? out : fmt::format("{} and {} more", out, more);
}

}  // namespace

std::string statement_head(const PlanFeature& feature, SqlDialect dialect, std::string_view what) {
  std::string out = comment_lines(fmt::format("{} {}: {}", feature.name, feature.version, what));
  if (!feature.description.empty()) out += comment_lines(feature.description);
  out += comment_lines("Owner: " + feature.owner);
  return out + fmt::format("-- Dialect: {}. Digest of the meaning: {}\n", to_string(dialect), feature.digest);
}

std::string width_text(const SourceRead& read) {
  std::string out = fmt::format("{} bytes a row", read.bytes_of_row);
  if (!read.texts.empty()) out += fmt::format(" and the bytes of the texts {}", fmt::join(read.texts, ", "));
  return out;
}

std::string reading_lines(const Plan& plan, const InstantBounds& bounds, const std::vector<Reach>& reaches,
                          const std::vector<size_t>& features, const std::map<size_t, SourceRead>& reads) {
  std::string out = comment_lines("Takes " + bounds.usage() + ".");
  for (const auto& [source, read] : reads) {
    const std::string because = unbounded_features(plan, reaches, features, source);
    out += comment_lines(fmt::format("Reads {} {}{}: {}.", plan.sources[source].name, bounds.since(source),
                                     because.empty() ? "" : " for " + because, width_text(read)));
  }
  return out;
}

}  // namespace headrace::sql
