#include "codegen/feast/feature_views.h"

#include "plan/reach.h"

#include <fmt/format.h>

#include <algorithm>

namespace headrace {
namespace {

/// Feast counts in whole seconds.
std::optional<Duration> time_to_live(const Plan& plan, size_t feature) {
  int64_t longest = 0;
  for (const std::optional<Duration>& reach : reach_of_sources(plan, {feature})) {
    if (!reach) return std::nullopt;
    longest = std::max(longest, reach->us);
  }
  if (longest == 0) return std::nullopt;
  return Duration{(longest - 1) / kMicrosPerSecond * kMicrosPerSecond + kMicrosPerSecond};
}

/// Letters and digits of ASCII; all else as single underscores between them.
std::string word(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool is_upper = c >= 'A' && c <= 'Z';
    const bool is_kept = is_upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (is_kept) out += is_upper ? static_cast<char>(c - 'A' + 'a') : c;
    if (!is_kept && !out.empty() && out.back() != '_') out += '_';
  }
  while (out.ends_with('_')) out.pop_back();
  return out;
}

std::string small_letters(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

}  // namespace

HeldView& ViewNames::view_of(HeldEntity& entity, size_t feature) {
  HeldView view{.name = entity.definition->name, .owner = "", .ttl = std::nullopt, .features = {}};
  if (views_ == FeastViews::kOwner) {
    view.owner = plan_.features[feature].owner;
    view.ttl = time_to_live(plan_, feature);
  }
  for (HeldView& there : entity.views) {
    if (there.owner == view.owner && there.ttl == view.ttl) return there;
  }

  if (views_ == FeastViews::kOwner) {
    if (const std::string owner = word(view.owner); !owner.empty()) view.name += "_" + owner;
    if (view.ttl) view.name += "_" + to_string(*view.ttl);
  }
  const std::string stem = view.name;
  for (int i = 2; taken_.contains(small_letters(view.name)); ++i) view.name = fmt::format("{}_{}", stem, i);
  taken_.insert(small_letters(view.name));
  entity.views.push_back(std::move(view));
  return entity.views.back();
}

}  // namespace headrace
