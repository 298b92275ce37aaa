#include "app/server/logged_reads.h"

#include "base/file_system.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace headrace {
namespace {

constexpr std::array<std::string_view, 3> kColumns = {"as_of", "read_at", "position"};
constexpr size_t kDigestDigits = 16;

Status check_column_name(const std::string& what, const std::string& name) {
  if (std::ranges::find(kColumns, name) == kColumns.end()) return {};
  return Error::usage(fmt::format("the feature log has a column `{}`, and so is a {} named", name, what))
      .with_help(fmt::format("rename the {}, or serve without `feature_log`", what));
}

}  // namespace

std::string feature_log_folder(const ServedEnvironment& environment, const Session& session) {
  if (environment.feature_log && !environment.feature_log->folder.empty()) return environment.feature_log->folder;
  return join_path(session.folder(), ".headrace/feature-log");
}

Result<std::unique_ptr<FeatureLog>> open_feature_log(const ServedEnvironment& environment, const Session& session) {
  if (!environment.feature_log) return std::unique_ptr<FeatureLog>();
  for (const EntityDefinition& each : session.repository().entities) {
    for (const auto& key : each.keys) RETURN_IF_ERROR(check_column_name("key", key));
  }
  for (const FeatureDefinition& each : session.repository().features) {
    RETURN_IF_ERROR(check_column_name("feature", each.name));
  }

  const FeatureLogEnvironment& given = *environment.feature_log;
  FeatureLogOptions options;
  options.folder = feature_log_folder(environment, session);
  options.sample = given.sample;
  options.keep = given.keep;
  options.bytes_max = given.bytes_max;
  if (given.every) options.every = *given.every;
  if (given.rows_max) options.rows_max = *given.rows_max;
  return FeatureLog::open(std::move(options));
}

void log_reads(FeatureLog& log, const Plan& plan, const FoundFeatures& found,
               std::span<const std::vector<Value>> entities, const LiveAnswer& answer) {
  const PlanEntity& entity = plan.entities[found.entity];
  std::shared_ptr<LoggedFeatures> features;
  std::vector<LoggedRow> rows;

  for (size_t i = 0; i < entities.size(); ++i) {
    if (!log.takes(entity.name, entities[i], answer.at)) continue;
    if (!features) {
      features = std::make_shared<LoggedFeatures>();
      features->entity = entity.name;
      features->keys = entity.keys;
      for (const size_t f : found.features) {
        const PlanFeature& feature = plan.features[f];
        features->names.push_back(feature.name);
        features->types.push_back(feature.type);
        features->versions.push_back(feature.version);
        features->digests.push_back(feature.digest.substr(0, kDigestDigits));
      }
    }

    rows.push_back({.features = features,
                    .key = entities[i],
                    .as_of = answer.at,
                    .read_at = log.now(),
                    .position = answer.position,
                    .values = answer.values[i],
                    .newest = answer.newest[i]});
  }
  if (!rows.empty()) log.add(std::move(rows));
}

FeatureLogStatus status_of(const FeatureLog& log) {
  const FeatureLogCounts counts = log.counts();
  return {.folder = log.folder(),
          .rows = counts.rows,
          .dropped = counts.dropped,
          .waiting = counts.waiting,
          .files = counts.files,
          .problem = counts.problem};
}

}  // namespace headrace
