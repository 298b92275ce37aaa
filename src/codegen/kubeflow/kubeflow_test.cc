#include "codegen/kubeflow/kubeflow.h"

#include "codegen/steps/orchestrated_testing.h"

namespace headrace {
namespace {

TEST(Kubeflow, FilesAreSortedFullAndTheSameEachTime) {
  for (const StartedEngine& engine : started_engines()) expect_sorted_full_and_stable(generate_kubeflow, engine);
}

TEST(Kubeflow, ThePipelineHasItsImageAndSteps) {
  expect_paths(generate_kubeflow, {"pipeline.py", "headrace_steps/steps.py", "headrace_kubeflow/tasks.py",
                                   "schedule.py", "Dockerfile", "README.md", "requirements.txt"});
}

TEST(Kubeflow, ThePipelineHasWhatItStarts) {
  expect_paths(generate_kubeflow, {"beam/pipeline.py", "Dockerfile", "requirements.txt"}, {EngineKind::kBeam});
  expect_paths(generate_kubeflow, {"sql/tables.sql", "sql/entities/pump.sql", "Dockerfile", "requirements.txt"},
               {EngineKind::kSql, SqlDialect::kDuckDb});
}

TEST(Kubeflow, LeavesOutWhatTheEngineRefuses) { expect_refused_features_left_out(generate_kubeflow); }

}  // namespace
}  // namespace headrace
