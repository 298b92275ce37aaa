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

/// A part of the README, without its last newline.
std::string part(const std::string& name) {
  std::string text(text_of(feast_templates(), name + ".md.in"));
  if (text.ends_with('\n')) text.pop_back();
  return text;
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
  const std::string views = held.choices.views == FeastViews::kEntity ? "entity" : "owner";
  const bool is_of_files = held.choices.offline == FeastOffline::kFile;
  const std::string store(store_folder(held.choices.offline));
  std::string text = filled_template(text_of(feast_templates(), "README.md.in"),
                                     {{"project", markdown_text(project)},
                                      {"project_in_code", markdown_code(project)},
                                      {"feast_project", held.project},
                                      {"digest", sha256_hex(to_json(held.plan))},
                                      {"entity", entity->definition->name},
                                      {"row", example_row(*entity)},
                                      {"running", part(store + "running")},
                                      {"online", part("shared/online_" + views)},
                                      {"views", part("shared/views_" + views)},
                                      {"ttl", part("shared/ttl_" + views)},
                                      {"key_types", part(is_of_files ? "shared/keys_file" : "shared/keys_table")},
                                      {"tested", part(store + "tested")},
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
