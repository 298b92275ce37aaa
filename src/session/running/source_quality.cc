#include "session/running/source_quality.h"

#include "base/clock.h"
#include "base/version.h"
#include "io/open_source.h"
#include "quality/source_checks.h"
#include "session/running/read_inputs.h"

#include <fmt/format.h>

#include <algorithm>

namespace headrace {
namespace {

/// Which rows they are: files with all that changes where their bytes do, and how they are read.
Result<std::string> identity_of_rows(const FileSource& source, const PlanSource& located) {
  ASSIGN_OR_RETURN(const std::vector<ManifestInput> inputs, inputs_of(source));
  std::string text = std::string(kVersion) + reading_of(located);
  for (const ManifestInput& each : inputs) {
    text += fmt::format("\n{} {} {} {} {}", quote_json(each.path), each.bytes, each.modified_us, each.changed_us,
                        each.inode);
  }
  return text;
}

Result<QualityReport> check_rows(const Session& session, const Plan& plan, const PlanSource& definition,
                                 const SourceQualityJob& job, JobProgress& progress) {
  ASSIGN_OR_RETURN(const PlanSource located, session.places().located(definition));
  ASSIGN_OR_RETURN(const auto bad_rows, BadRows::create(BadRowPolicy::kSkip, ""));
  SourceChecks checks(plan, definition);
  ASSIGN_OR_RETURN(const auto source,
                   open_source(located, session.places().folder(), checks.request(), {.bad_rows = bad_rows.get()}));
  ASSIGN_OR_RETURN(const std::string rows, identity_of_rows(*source, located));
  const CheckedTable table{plan.entities[definition.entity].name, source_checks_digest(definition, rows),
                           definition.name};
  if (job.earlier != nullptr && !depends_on_now(definition)) {
    if (auto found = job.earlier->find_table(table)) return *std::move(found);
  }

  progress.start_stage("checks of " + definition.name);
  for (size_t unit = 0; unit < source->units().size(); ++unit) {
    RETURN_IF_ERROR(source->read(unit, [&](const Batch& batch) -> Status {
      if (progress.is_stop_requested()) return Error::stopped("stopped while reading");
      checks.look(batch);
      return {};
    }));
  }
  const int64_t now_us = system_clock().now_us();
  QualityReport report;
  report.checks = checks.results(job.end ? std::min(job.end->us, now_us) : now_us);
  report.tables = {table};
  return report;
}

}  // namespace

Result<QualityReport> check_source_rows(const Session& session, const Plan& plan, const SourceQualityJob& job,
                                        JobProgress& progress) {
  QualityReport all;
  for (const size_t index : job.sources) {
    const PlanSource& source = plan.sources[index];
    if (source.checks.empty() || !source.batch) continue;
    ASSIGN_OR_RETURN(QualityReport found, check_rows(session, plan, source, job, progress));
    all.append(std::move(found));
  }
  return all;
}

Result<QualityReport> check_all_source_rows(const Session& session, JobProgress& progress) {
  const Plan plan = make_plan_of_sources(session.repository());
  SourceQualityJob job;
  for (size_t i = 0; i < plan.sources.size(); ++i) job.sources.push_back(i);
  return check_source_rows(session, plan, job, progress);
}

}  // namespace headrace
