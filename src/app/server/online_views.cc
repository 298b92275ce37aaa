#include "app/server/online_views.h"

#include "online_store/feast_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

namespace headrace {
namespace {

bool is_key_of_feast(ScalarType type) {
  // Where nobody declares a key, JSON gives a text or an integer.
  return type == ScalarType::kNull || type == ScalarType::kInt64 || type == ScalarType::kString;
}

using KeyColumns = std::set<std::string>;

/// Fields that are taken in hashes of the same key columns, with the features that have them.
using TakenFields = std::map<std::pair<KeyColumns, std::string>, std::string>;

/// Why the entity cannot be written; else its fields are taken.
std::optional<std::string> problem_of(const PlanEntity& entity, const OnlineView& view, TakenFields& taken) {
  for (size_t key = 0; key < entity.keys.size(); ++key) {
    if (is_key_of_feast(entity.key_types[key])) continue;
    return fmt::format("the key `{}` is a {}, and Feast has texts and integers only", entity.keys[key],
                       to_string(entity.key_types[key]));
  }
  const KeyColumns columns(entity.keys.begin(), entity.keys.end());
  TakenFields all = taken;
  for (const std::string& feature : view.features) {
    const auto [other, is_new] = all.try_emplace({columns, feast_value_field(view.name, feature)}, feature);
    if (!is_new)
      return fmt::format("`{}` and `{}` have one field by chance; rename one of them", other->second, feature);
  }
  taken = std::move(all);
  return std::nullopt;
}

}  // namespace

OnlineViews online_views(const LiveFeatures& live) {
  const Plan& plan = live.plan();
  OnlineViews out;
  TakenFields taken;
  std::map<KeyColumns, size_t> views_of;
  for (size_t e = 0; e < plan.entities.size(); ++e) {
    if (live.changed_features(e).empty()) continue;
    const PlanEntity& entity = plan.entities[e];
    OnlineView view{.name = entity.name, .keys = entity.keys};
    for (const size_t f : live.changed_features(e)) {
      view.features.push_back(plan.features[f].name);
      view.types.push_back(plan.features[f].type);
    }
    if (const auto problem = problem_of(entity, view, taken)) {
      out.warnings.push_back(fmt::format("`{}` is not written into Redis: {}", entity.name, *problem));
      continue;
    }
    ++views_of[{entity.keys.begin(), entity.keys.end()}];
    out.views.push_back(std::move(view));
    out.entities.push_back(e);
  }
  for (OnlineView& view : out.views) view.can_expire = views_of[{view.keys.begin(), view.keys.end()}] == 1;
  return out;
}

}  // namespace headrace
