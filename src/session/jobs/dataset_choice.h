#pragma once

/// What a file of observations and a repository make of a training set together: which features, for which entities,
/// and which column says when.

#include "session/jobs/dataset_job.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace headrace {

/// What is computed for one entity.
struct EntityWork {
  size_t entity = 0;             // of the plan
  std::vector<size_t> features;  // of the plan
};

/// The types that sources declare for key columns; CSV does not say them itself.
std::map<std::string, ScalarType> declared_key_types(const Repository& repository);

/// The chosen features, or all of every entity whose key columns are there.
Result<std::vector<std::string>> choose_features(const Repository& repository, const ObservationTable& table,
                                                 const DatasetJob& job);

/// No column of the file has the name of a feature.
Status refuse_clashes(const ObservationTable& table, const std::vector<std::string>& features);

/// The features of the plan by their entities, without those that are asked for nothing.
std::vector<EntityWork> split_by_entity(const Plan& plan, const std::vector<std::string>& names);

/// The time column and what its integers count.
struct TimeColumn {
  std::string name;
  std::optional<TimeUnit> unit;
};

/// The one that is named; else the first that is there of the sources' columns and of the common names.
Result<TimeColumn> choose_time_column(const ObservationTable& table, const std::string& named, const Plan& plan,
                                      const std::vector<EntityWork>& works);

}  // namespace headrace
