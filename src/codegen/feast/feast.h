#pragma once

/// Feast: a feature repository over what was computed elsewhere.

#include "codegen/generated_project.h"

#include <optional>
#include <string_view>

namespace headrace {

/// Where Feast reads the rows of the past.
enum class FeastOffline {
  kFile,       // the files of the offline store, through Feast's DuckDB store
  kBigQuery,   // tables of a dataset
  kSnowflake,  // tables of a schema
};

/// What is a feature view: what Feast materializes at once, and what one owner answers for.
enum class FeastViews {
  kEntity,  // all features of an entity: the names under which streams fill a Redis
  kOwner,   // those of an entity, an owner and a time to live
};

/// By name: "file", "bigquery", "snowflake"; "entity", "owner".
std::optional<FeastOffline> feast_offline(std::string_view name);
std::optional<FeastViews> feast_views(std::string_view name);

struct FeastChoices {
  FeastOffline offline = FeastOffline::kFile;
  FeastViews views = FeastViews::kEntity;
};

/// definitions.py, feature_store.yaml, requirements and a README. Features whose names or keys Feast loses are refused.
GeneratedProject generate_feast(const GeneratorInput& input, const FeastChoices& choices = {});

}  // namespace headrace
