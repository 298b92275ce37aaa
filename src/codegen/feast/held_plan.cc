#include "codegen/feast/held_plan.h"

#include "codegen/feast/feature_views.h"
#include "codegen/feast/redis_field.h"
#include "codegen/feast_project_name.h"
#include "codegen/sql/quoting.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <set>

namespace headrace {
namespace {

/// The folders of the offline store, `day=..` or `month=..`, are a column to DuckDB, which replaces the one in the files.
constexpr std::string_view kPartitionColumns[] = {"day", "month", "year"};
/// Columns that Feast's join adds, or takes from the observations.
constexpr std::string_view kJoinColumns[] = {"event_timestamp", "rn"};
/// The one that it adds to the observations: where the table has it too, the table cannot be joined at all.
constexpr std::string_view kRowColumn = "entity_row_id";
/// Columns that the statements of Feast's stores over warehouses add.
constexpr std::string_view kStatementColumns[] = {"entity_timestamp", "row_number"};
/// Feast's join drops the columns that end so, as doubles of the observations' columns.
constexpr std::string_view kJoinSuffix = "_y";

std::string lower_case(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

bool is_partition_column(std::string_view name) {
  return std::find(std::begin(kPartitionColumns), std::end(kPartitionColumns), name) != std::end(kPartitionColumns);
}

/// Tables of a warehouse are not made where a key's name cannot be said, and text where no source says a key's type.
bool has_table(const PlanEntity& entity) {
  return std::all_of(entity.keys.begin(), entity.keys.end(), sql::is_sayable);
}

bool can_be_key(ScalarType type) {
  switch (type) {
    case ScalarType::kNull:
    case ScalarType::kInt64:
    case ScalarType::kString: return true;
    case ScalarType::kBool:
    case ScalarType::kDouble:
    case ScalarType::kTimestamp:
    case ScalarType::kDuration: return false;
  }
  return false;
}

struct Reason {
  std::string code;
  std::string message;
  std::string help;
};

/// Why none of the entity's features can be held.
std::optional<Reason> entity_reason(const HeldPlan& held, const HeldEntity& entity) {
  const std::string& name = entity.definition->name;
  const bool is_of_warehouse = held.choices.offline != FeastOffline::kFile;
  if (is_of_warehouse && !has_table(*entity.definition))
    return Reason{"G009",
                  fmt::format("the warehouse has no table of `{}`: not all of a key's name would be seen", name),
                  "rename the key column"};
  for (const FeastEntity& key : entity.keys) {
    if (!can_be_key(key.type))
      return Reason{"G008",
                    fmt::format("Feast has no keys of type {}, as `{}` of `{}` is", to_string(key.type), key.key, name),
                    "give the key as text or as int64 in the sources"};
    if (is_partition_column(lower_case(key.key)))
      return Reason{"G007",
                    fmt::format("Feast takes the key `{}` of `{}` for the offline store's folders", key.key, name),
                    "rename the key column"};
  }
  for (const HeldEntity& other : held.entities) {
    if (&other == &entity) break;
    if (lower_case(other.definition->name) != lower_case(name)) continue;
    return Reason{"G007",
                  fmt::format("to Feast, the entities `{}` and `{}` are one name", other.definition->name, name),
                  "rename one of them"};
  }
  return std::nullopt;
}

std::optional<Reason> feature_reason(const HeldPlan& held, const HeldEntity& entity, const std::string& name) {
  const auto* statement_column = std::find(std::begin(kStatementColumns), std::end(kStatementColumns), name);
  if (held.choices.offline != FeastOffline::kFile && statement_column != std::end(kStatementColumns))
    return Reason{"G007", fmt::format("Feast's statements have a column `{}` of their own", name),
                  "rename the feature"};
  const bool is_of_join = std::find(std::begin(kJoinColumns), std::end(kJoinColumns), name) != std::end(kJoinColumns);
  if (is_partition_column(name))
    return Reason{
        "G007", fmt::format("Feast gives the {} of the offline store's folders for a feature called `{}`", name, name),
        "rename the feature"};
  if (is_of_join || name.ends_with(kJoinSuffix))
    return Reason{"G007", fmt::format("Feast's historical join loses a feature called `{}`", name),
                  "rename the feature; names that end in `_y` are dropped too"};
  if (name == kRowColumn)
    return Reason{"G007", "Feast's historical join fails on tables with a feature called `entity_row_id`",
                  "rename the feature, or leave it out of the offline store: others of its entity fail with it"};
  for (const FeastEntity& key : entity.keys) {
    if (lower_case(key.key) == name)
      return Reason{"G007", fmt::format("to Feast, the feature `{}` and the key `{}` are one name", name, key.key),
                    "rename the feature"};
  }
  return std::nullopt;
}

/// Fields of Redis that are taken, with their features. Entities with the same key columns share them.
class RedisFields {
 public:
  /// The feature whose field this one would overwrite; else the field is this one's.
  std::optional<std::string> take(const PlanEntity& entity, const HeldView& view, const std::string& feature) {
    const std::set<std::string> keys(entity.keys.begin(), entity.keys.end());
    const auto [taken, is_new] = taken_.try_emplace({keys, redis_field(view.name, feature)}, feature);
    return is_new ? std::nullopt : std::optional(taken->second);
  }

 private:
  std::map<std::pair<std::set<std::string>, uint32_t>, std::string> taken_;
};

/// Entities of Feast for each key, each name once: an entity's own name, or ENTITY_KEY where a key is composite.
void name_keys(HeldPlan& held) {
  std::set<std::string> taken;
  for (const HeldEntity& entity : held.entities) {
    if (entity.definition->keys.size() == 1) taken.insert(entity.definition->name);
  }
  for (HeldEntity& entity : held.entities) {
    const PlanEntity& definition = *entity.definition;
    for (size_t place = 0; place < definition.keys.size(); ++place) {
      const std::string& key = definition.keys[place];
      const bool is_only = definition.keys.size() == 1;
      const std::string stem = is_only ? definition.name : definition.name + "_" + key;
      std::string name = stem;
      for (int i = 2; !is_only && taken.contains(name); ++i) name = fmt::format("{}_{}", stem, i);
      taken.insert(name);
      ScalarType type = definition.key_types[place];
      if (held.choices.offline != FeastOffline::kFile && type == ScalarType::kNull) type = ScalarType::kString;
      entity.keys.push_back({name, key, type});
    }
  }
}

/// The entities of wanted features, and those that have none at all.
std::vector<HeldEntity> held_entities(const GeneratorInput& input) {
  const Plan& plan = input.plan;
  std::vector<bool> is_wanted(plan.entities.size()), is_empty(plan.entities.size(), true);
  for (const PlanFeature& feature : plan.features) is_empty[feature.entity] = false;
  for (const size_t feature : input.outputs) is_wanted[plan.features[feature].entity] = true;
  std::vector<HeldEntity> entities;
  for (size_t i = 0; i < plan.entities.size(); ++i) {
    if (is_wanted[i] || is_empty[i]) entities.push_back({&plan.entities[i], {}, {}, {}});
  }
  return entities;
}

}  // namespace

bool HeldPlan::has_features() const {
  return std::any_of(entities.begin(), entities.end(), [](const HeldEntity& each) { return !each.features.empty(); });
}

HeldPlan hold(const GeneratorInput& input, const FeastChoices& choices) {
  const Plan& plan = input.plan;
  HeldPlan held{plan, choices, feast_project_name(plan.project), held_entities(input), {}};
  name_keys(held);
  std::map<const PlanEntity*, Reason> unheld;
  std::map<const PlanEntity*, HeldEntity*> by_definition;
  for (HeldEntity& entity : held.entities) {
    by_definition[entity.definition] = &entity;
    if (std::optional<Reason> reason = entity_reason(held, entity)) unheld.emplace(entity.definition, *reason);
  }

  // Fields of Redis are hashes of names: two names may meet.
  RedisFields fields;
  ViewNames views(plan, choices.views);
  for (const size_t index : input.outputs) {
    HeldEntity& entity = *by_definition.at(&plan.entities[plan.features[index].entity]);
    const std::string& name = plan.features[index].name;
    const auto of_entity = unheld.find(entity.definition);
    std::optional<Reason> reason =
        of_entity != unheld.end() ? std::optional(of_entity->second) : feature_reason(held, entity, name);
    HeldView* view = nullptr;
    if (!reason) {
      view = &views.view_of(entity, index);
      if (const auto other = fields.take(*entity.definition, *view, name))
        reason = Reason{"G007", fmt::format("Feast's Redis store keeps `{}` and `{}` in one field", *other, name),
                        "rename one of them: their hashes are the same by chance"};
    }
    if (reason) {
      held.refusals.push_back({name, reason->code, reason->message, reason->help});
    } else {
      entity.features.push_back(index);
      view->features.push_back(index);
    }
  }

  for (HeldEntity& entity : held.entities)
    std::erase_if(entity.views, [](const HeldView& each) { return each.features.empty(); });
  std::erase_if(held.entities, [&](const HeldEntity& each) { return unheld.contains(each.definition); });
  return held;
}

}  // namespace headrace
