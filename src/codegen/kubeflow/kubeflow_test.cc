#include "codegen/kubeflow/kubeflow.h"

#include "codegen/steps/orchestrated_testing.h"

namespace headrace {
namespace {

TEST(Kubeflow, FilesAreSortedFullAndTheSameEachTime) { expect_sorted_full_and_stable(generate_kubeflow); }

TEST(Kubeflow, ThePipelineHasItsImageAndSteps) {
  expect_paths(generate_kubeflow,
               {"pipeline.py", "headrace_steps/steps.py", "Dockerfile", "README.md", "requirements.txt"});
}

}  // namespace
}  // namespace headrace
