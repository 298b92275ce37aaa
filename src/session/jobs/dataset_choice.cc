#include "session/jobs/dataset_choice.h"

#include "base/option_name.h"
#include "language/diagnostics/suggest.h"
#include "session/project/feature_selection.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace headrace {
namespace {

bool has_columns(const ObservationTable& table, const std::vector<std::string>& names) {
  return std::all_of(names.begin(), names.end(), [&](const std::string& name) { return table.has_column(name); });
}

Error no_entity_error(const Repository& repository, const ObservationTable& table) {
  std::vector<std::string> keys;
  for (const EntityDefinition& entity : repository.entities)
    keys.push_back(fmt::format("{} ({})", fmt::join(entity.keys, ", "), entity.name));
  const Error error = Error::data(fmt::format("{} has the key columns of no entity", table.path()));
  const std::string& header = table.column_names().empty() ? std::string() : table.column_names()[0];
  for (const char* delimiter : {";", "\\t", "|"}) {
    const bool is_one =
        table.column_names().size() == 1 && header.find(*delimiter == '\\' ? "\t" : delimiter) != std::string::npos;
    if (!is_one) continue;
    return error.with_help(
        fmt::format("its header is one name with `{}` in it: say {}", delimiter,
                    option(OptionName::kObservationsForm, fmt::format("delimiter: \"{}\"", delimiter))));
  }
  return error.with_help(
      fmt::format("the keys are {}; it has {}", fmt::join(keys, "; "), fmt::join(table.column_names(), ", ")));
}

std::vector<TimeColumn> time_candidates(const Plan& plan, const std::vector<EntityWork>& works) {
  std::vector<TimeColumn> candidates;
  for (const EntityWork& work : works) {
    for (const PlanSource& source : plan.sources) {
      if (source.entity == work.entity) candidates.push_back({source.event_time, source.unit});
    }
  }
  candidates.push_back({"event_time", std::nullopt});
  candidates.push_back({"event_timestamp", std::nullopt});
  return candidates;
}

}  // namespace

std::map<std::string, ScalarType> declared_key_types(const Repository& repository) {
  std::map<std::string, ScalarType> types;
  for (const SourceDefinition& source : repository.sources) {
    const EntityDefinition* entity = repository.find_entity(source.entity);
    for (const ColumnDefinition& column : source.columns) {
      if (entity == nullptr || std::find(entity->keys.begin(), entity->keys.end(), column.name) == entity->keys.end())
        continue;
      types.emplace(column.name, column.type);
    }
  }
  return types;
}

Result<std::vector<std::string>> choose_features(const Repository& repository, const ObservationTable& table,
                                                 const DatasetJob& job) {
  ASSIGN_OR_RETURN(std::vector<std::string> names,
                   select_features(repository, job.features, job.excluded, DefaultFeatures::kOutputs));
  if (names.empty()) {
    for (const FeatureDefinition& feature : repository.features) names.push_back(feature.name);
  }

  std::vector<std::string> chosen;
  for (const std::string& name : names) {
    const FeatureDefinition* feature = repository.find_feature(name);
    const EntityDefinition* entity = repository.find_entity(feature->entity);
    if (entity != nullptr && has_columns(table, entity->keys)) {
      chosen.push_back(name);
    } else if (!job.features.empty()) {
      return Error::data(fmt::format("{} lacks a key of `{}`, the entity of `{}`", table.path(), feature->entity, name))
          .with_help(fmt::format("the keys are {}; it has {}", fmt::join(entity->keys, ", "),
                                 fmt::join(table.column_names(), ", ")));
    }
  }
  if (chosen.empty()) return no_entity_error(repository, table);
  return chosen;
}

Status refuse_clashes(const ObservationTable& table, const std::vector<std::string>& features) {
  std::vector<std::string> clashes;
  for (const std::string& name : features) {
    if (table.has_column(name)) clashes.push_back(name);
  }
  if (clashes.empty()) return {};
  const bool is_one = clashes.size() == 1;
  return Error::data(fmt::format("{} already has {}: {}", table.path(),
                                 is_one ? "a column named as a feature" : "columns named as features",
                                 fmt::join(clashes, ", ")))
      .with_help(fmt::format("rename the {}, or choose other features with {}", is_one ? "column" : "columns",
                             option(OptionName::kFeatures)));
}

std::vector<EntityWork> split_by_entity(const Plan& plan, const std::vector<std::string>& names) {
  std::vector<EntityWork> works;
  for (size_t entity = 0; entity < plan.entities.size(); ++entity) {
    EntityWork work{entity, {}};
    for (const std::string& name : names) {
      const PlanFeature* feature = plan.find_feature(name);
      CHECK(feature != nullptr);
      if (feature->entity == entity) work.features.push_back(static_cast<size_t>(feature - plan.features.data()));
    }
    if (!work.features.empty()) works.push_back(std::move(work));
  }
  return works;
}

Result<TimeColumn> choose_time_column(const ObservationTable& table, const std::string& named, const Plan& plan,
                                      const std::vector<EntityWork>& works) {
  for (const TimeColumn& candidate : time_candidates(plan, works)) {
    if (named.empty() ? table.has_column(candidate.name) : candidate.name == named && table.has_column(named))
      return candidate;
  }
  if (table.has_column(named)) return TimeColumn{named, std::nullopt};
  if (!named.empty()) {
    return Error::not_found(fmt::format("{} has no column `{}`", table.path(), named))
        .with_help(did_you_mean(named, table.column_names()));
  }
  std::vector<std::string> fitting;
  for (const std::string& name : table.column_names()) {
    if (table.time_column(name, std::nullopt).ok()) fitting.push_back(name);
  }
  return Error::usage(fmt::format("which column of {} says when? name it with {}", table.path(),
                                  option(OptionName::kTimeColumn)))
      .with_help(fitting.empty() ? "no column of the file holds times that can be read: they are 2024-03-01, "
                                   "2024-03-01T12:00:00Z and the like; another form is said with " +
                                       option(OptionName::kObservationsForm, "time_format: \"%d/%m/%Y\"")
                                 : fmt::format("columns that hold times: {}", fmt::join(fitting, ", ")));
}

}  // namespace headrace
