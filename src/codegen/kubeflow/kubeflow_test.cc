#include "codegen/kubeflow/kubeflow.h"
#include "language/load_repository.h"
#include "plan/make_plan.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace headrace {
namespace {

GeneratedProject generate() {
  const LoadedRepository loaded = load_repository({{"project.yaml",
                                                    "project: {name: two pumps}\n---\nentity: {name: pump, key: "
                                                    "id}\n---\nsource: {name: s, entity: pump, event_time: "
                                                    "at, columns: {x: double}}\n---\nfeature: {name: total, owner: t, "
                                                    "version: \"1.0\", aggregation: sum, window: 1h, "
                                                    "source_features: [x]}\n"}});
  EXPECT_FALSE(loaded.diagnostics.has_errors());
  const Plan plan = make_plan(loaded.repository);
  return generate_kubeflow({plan, {0}});
}

TEST(Kubeflow, FilesAreSortedFullAndTheSameEachTime) {
  const GeneratedProject first = generate();
  const GeneratedProject second = generate();
  EXPECT_TRUE(first.refusals.empty());
  ASSERT_EQ(first.files.size(), second.files.size());
  EXPECT_TRUE(std::is_sorted(first.files.begin(), first.files.end(),
                             [](const GeneratedFile& a, const GeneratedFile& b) { return a.path < b.path; }));
  for (size_t i = 0; i < first.files.size(); ++i) {
    EXPECT_EQ(first.files[i].text, second.files[i].text);
    EXPECT_FALSE(first.files[i].text.empty()) << first.files[i].path;
    EXPECT_EQ(first.files[i].text.find("{{"), std::string::npos) << first.files[i].path;
  }
}

TEST(Kubeflow, ThePipelineHasItsImageAndSteps) {
  std::vector<std::string> paths;
  for (const GeneratedFile& file : generate().files) paths.push_back(file.path);
  for (const char* path : {"pipeline.py", "headrace_steps/steps.py", "Dockerfile", "README.md", "requirements.txt"}) {
    EXPECT_TRUE(std::find(paths.begin(), paths.end(), path) != paths.end()) << path;
  }
}

}  // namespace
}  // namespace headrace
