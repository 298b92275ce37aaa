#include "session/jobs/explain_job.h"

#include "io/files/bad_row_messages.h"
#include "session/project/written_paths.h"
#include "session/running/key_texts.h"
#include "session/running/opened_sources.h"

namespace headrace {

Result<ExplainReport> run_explain(const Session& session, const ExplainJob& job) {
  ASSIGN_OR_RETURN(const Plan plan, session.plan({job.feature}, CheckNodes::kLeftOut));
  const PlanFeature* feature = plan.find_feature(job.feature);
  CHECK(feature != nullptr);
  ExplainRequest request;
  request.feature = static_cast<size_t>(feature - plan.features.data());
  request.at = job.at;
  const PlanEntity& entity = plan.entities[feature->entity];
  ASSIGN_OR_RETURN(const auto texts, split_keys(entity, job.keys, KeyParts::kAll));
  RETURN_IF_ERROR(read_paths(session).refuse(
      {{job.skips_bad_rows ? job.bad_rows_file : "", OptionName::kBadRowsFile, WrittenKind::kFile}}));
  ASSIGN_OR_RETURN(const std::unique_ptr<BadRows> bad_rows,
                   BadRows::create(job.skips_bad_rows ? BadRowPolicy::kSkip : BadRowPolicy::kStop, job.bad_rows_file));
  ASSIGN_OR_RETURN(const OpenedSources opened,
                   OpenedSources::open(session.places(), plan, feature->entity,
                                       explained_features(plan, request.feature), *bad_rows));
  request.key_types = opened.key_types();
  // Without a row in any source nothing says what a key is.
  std::replace(request.key_types.begin(), request.key_types.end(), ScalarType::kNull, ScalarType::kString);
  for (size_t i = 0; i < entity.keys.size(); ++i) {
    ASSIGN_OR_RETURN(Value key, read_key(entity.keys[i], request.key_types[i], texts.at(entity.keys[i])));
    request.key.push_back(std::move(key));
  }
  const ExplainOptions options{.event_limit = job.event_limit, .batch = batch_options(job.run)};
  ASSIGN_OR_RETURN(Explanation explanation, explain(plan, request, opened.sources(), options));

  RETURN_IF_ERROR(bad_rows->finish());
  return ExplainReport{std::move(explanation), skipped_warnings(bad_rows->counts()), opened.notes()};
}

}  // namespace headrace
