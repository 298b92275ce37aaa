#include "session/jobs/check_backfill.h"

#include "base/option_name.h"
#include "io/offline/offline_store.h"
#include "io/offline/partitioning.h"
#include "session/project/written_paths.h"

#include <fmt/format.h>

namespace headrace {
namespace {

Status check_request(const BackfillJob& job) {
  if (job.rows_max && stores_rows(job)) {
    return Error::usage("a store holds all rows of its days, not the first ones")
        .with_help(fmt::format("{} prints rows, {} only computes them", option(OptionName::kOutput, "-"),
                               option(OptionName::kOutput, kNullOutput)));
  }
  if (job.is_dev && !stores_rows(job)) {
    return Error::usage(fmt::format("{} is for a store, and none is written", option(OptionName::kDev)));
  }
  if (job.start && job.end && *job.end <= *job.start) {
    return Error::usage(fmt::format("{} is not after {}, so there is nothing between them", option(OptionName::kEnd),
                                    option(OptionName::kStart)));
  }
  return {};
}

Status check_places(const Session& session, const BackfillJob& job) {
  std::vector<std::string> names = {"manifest.json", kStoreQualityName, kStoreProfilesName,
                                    fmt::format("part-0.{}", to_string(job.table.format))};
  for (const Partitioning each : kPartitionings) names.push_back(partition_folder(each, "2024-03-01"));
  for (const EntityDefinition& entity : session.repository().entities) names.push_back(entity.name);
  return read_paths(session).refuse(
      {{stores_rows(job) ? job.output : "", OptionName::kOutput, WrittenKind::kOwnFolder, std::move(names)},
       {job.skips_bad_rows ? job.bad_rows_file : "", OptionName::kBadRowsFile, WrittenKind::kFile}});
}

}  // namespace

Status check_backfill(const Session& session, const BackfillJob& job) {
  RETURN_IF_ERROR(check_request(job));
  return check_places(session, job);
}

}  // namespace headrace
