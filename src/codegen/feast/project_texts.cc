#include "codegen/feast/project_texts.h"

#include "base/check.h"
#include "base/hash.h"
#include "codegen/feast/feast_templates.h"
#include "codegen/filled_template.h"
#include "codegen/python_text.h"
#include "codegen/visible_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace headrace {
namespace {

std::string feature_table(const HeldPlan& held) {
  std::string out = "| view | keys | feature | type | version |\n|---|---|---|---|---|\n";
  for (const HeldEntity& entity : held.entities) {
    std::string keys;
    for (const FeastEntity& key : entity.keys) keys += (keys.empty() ? "" : ", ") + markdown_code(key.key);
    for (const HeldView& view : entity.views) {
      for (const size_t index : view.features) {
        const PlanFeature& feature = held.plan.features[index];
        out += fmt::format("| {} | {} | `{}` | {} | {} |\n", view.name, keys, feature.name, to_string(feature.type),
                           feature.version);
      }
    }
  }
  return out;
}

std::string refused_table(const HeldPlan& held) {
  if (held.refusals.empty()) return "";
  std::string out = "## Left out\n\n| feature | code | why |\n|---|---|---|\n";
  for (const Refusal& each : held.refusals)
    out += fmt::format("| `{}` | {} | {} |\n", each.feature, each.code, markdown_cell(each.message));
  return out + "\n";
}

/// " Here: `a`, `b`." of the features that hold timestamps.
std::string timestamp_features(const HeldPlan& held) {
  std::string names;
  for (const HeldEntity& entity : held.entities) {
    for (const size_t index : entity.features) {
      const PlanFeature& feature = held.plan.features[index];
      if (feature.type.scalar == ScalarType::kTimestamp) names += (names.empty() ? "`" : ", `") + feature.name + "`";
    }
  }
  return names.empty() ? "" : " Here: " + names + ".";
}

/// A row of keys as Python's dict.
std::string example_row(const HeldEntity& entity) {
  std::string out;
  for (const FeastEntity& key : entity.keys) {
    out += (out.empty() ? "" : ", ") + python_string(key.key) + ": " +
           (key.type == ScalarType::kInt64 ? "7" : python_string("a"));
  }
  return "{" + out + "}";
}

constexpr std::string_view kFromStream =
    "Online values come from Redis (`localhost:6379`; copy `feature_store.yaml` for another). Fill it with the "
    "generated "
    "Beam pipeline,\nwhose defaults are the names used here:\n\n"
    "```\nheadrace generate beam --output BEAM\n"
    "python BEAM/pipeline.py --mode stream --redis localhost:6379 --streaming\n```\n\n"
    "or, from the offline store and once, with `feast materialize 2000-01-01T00:00:00 2100-01-01T00:00:00`.";

constexpr std::string_view kFromTables =
    "Online values come from Redis (`localhost:6379`; copy `feature_store.yaml` for another). Fill it with `feast "
    "materialize START END`, or\n`feast materialize-incremental END`; `--views NAME` does one view. A stream cannot "
    "fill "
    "these views: `headrace serve` and the\ngenerated Beam pipeline write one view for each entity (`headrace generate "
    "feast --views entity`).";

constexpr std::string_view kEntityViews =
    "| features of an entity | feature view and feature service with the entity's name |";
constexpr std::string_view kOwnerViews =
    "| features of an entity | feature service with the entity's name |\n"
    "| those of one owner that look equally far back | feature view `ENTITY_OWNER_TIME`; owner, time to live |";

constexpr std::string_view kNoTtl =
    "- **Rows never grow too old**: `ttl` is 0, which Feast takes as unlimited, because definitions have no time to "
    "live.";
constexpr std::string_view kTtl =
    "- **Rows grow too old**: the `ttl` of a view is how far its features look back, in whole seconds; without bound "
    "it is 0, "
    "which Feast takes as\n  unlimited. Each event has a row, so a row that is older is of windows that have emptied "
    "since: "
    "Feast gives null, and no value that\n  has ceased to hold. `headrace dataset` gives what an empty window has, "
    "which "
    "is null for most, 0 for counts, and defaults.";

constexpr std::string_view kKeysOfFiles =
    "A key's type is what the sources declare (`columns: {pump_id: string}`); where none does, Feast takes it from the "
    "files, and warns.";
constexpr std::string_view kKeysOfTables =
    "A key's type is what the sources declare (`columns: {pump_id: string}`); where none does it is text, as in the "
    "tables.";

/// What was tried of a store.
std::string_view tried(FeastOffline offline) {
  switch (offline) {
    case FeastOffline::kFile:
      return "- Tested by those who made this generator: local files, one Redis. Not run by them: offline stores in "
             "the "
             "cloud, Redis clusters.";
    case FeastOffline::kBigQuery:
      return "- Tested by those who made this generator: `feast apply`, against a server on this machine that knows "
             "BigQuery's tables. Not run by\n  them: BigQuery, and with it `get_historical_features` and `feast "
             "materialize` over its tables.";
    case FeastOffline::kSnowflake:
      return "- Tested by those who made this generator: `feast apply` without validation of sources, and the sources' "
             "queries through fakesnow.\n  Not run by them: Snowflake, and with it `get_historical_features` and "
             "`feast "
             "materialize` over its tables.";
  }
  return "";
}

std::string_view store_folder(FeastOffline offline) {
  switch (offline) {
    case FeastOffline::kFile: return "file/";
    case FeastOffline::kBigQuery: return "bigquery/";
    case FeastOffline::kSnowflake: return "snowflake/";
  }
  return "";
}

}  // namespace

std::string feast_readme(const HeldPlan& held) {
  const auto entity = std::find_if(held.entities.begin(), held.entities.end(),
                                   [](const HeldEntity& each) { return !each.features.empty(); });
  CHECK(entity != held.entities.end());
  const std::string project = held.plan.project.empty() ? held.project : held.plan.project;
  const bool is_by_entity = held.choices.views == FeastViews::kEntity;
  const bool is_of_files = held.choices.offline == FeastOffline::kFile;
  const std::string store(store_folder(held.choices.offline));
  std::string text = filled_template(text_of(feast_templates(), "README.md.in"),
                                     {{"project", markdown_text(project)},
                                      {"project_in_code", markdown_code(project)},
                                      {"feast_project", held.project},
                                      {"digest", sha256_hex(to_json(held.plan))},
                                      {"entity", entity->definition->name},
                                      {"row", example_row(*entity)},
                                      {"running", std::string(text_of(feast_templates(), store + "running.md.in"))},
                                      {"online", std::string(is_by_entity ? kFromStream : kFromTables)},
                                      {"views", std::string(is_by_entity ? kEntityViews : kOwnerViews)},
                                      {"ttl", std::string(is_by_entity ? kNoTtl : kTtl)},
                                      {"key_types", std::string(is_of_files ? kKeysOfFiles : kKeysOfTables)},
                                      {"tested", std::string(tried(held.choices.offline))},
                                      {"timestamps", timestamp_features(held)},
                                      {"refused", refused_table(held)},
                                      {"features", feature_table(held)}});
  text.pop_back();  // the table ends its own last line
  return text;
}

std::vector<GeneratedFile> feast_files(const HeldPlan& held) {
  const std::string store(store_folder(held.choices.offline));
  std::vector<GeneratedFile> out = files_below(feast_templates(), "all/");
  for (GeneratedFile& file : files_below(feast_templates(), store)) out.push_back(std::move(file));
  out.push_back({"feature_store.yaml", filled_template(text_of(feast_templates(), store + "feature_store.yaml.in"),
                                                       {{"project", held.project}})});
  return out;
}

}  // namespace headrace
