#include "session/project/session.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

std::string definitions(const std::string& window) {
  return "project: {name: p}\n---\nentity: {name: pump, key: id}\n---\n"
         "source: {name: s, entity: pump, event_time: at, columns: {x: double}, batch: {format: csv, path: d}}\n---\n"
         "feature: {name: low, description: d, owner: o, version: \"1.0\", source_features: [x], aggregation: mean, "
         "window: " +
         window +
         "}\n---\n"
         "feature: {name: top, description: d, owner: o, version: \"1.0\", source_features: [x], aggregation: max, "
         "window: 1d}\n";
}

/// A change is judged before anything of it lies on a disk.
TEST(Session, ProposalsAreComparedInMemory) {
  const Session now = Session::of_texts({{"project.yaml", definitions("1h")}}, "");
  const Session proposal = Session::of_texts({{"project.yaml", definitions("2h")}}, "");
  ASSERT_FALSE(now.diagnostics().has_errors());
  ASSERT_FALSE(proposal.diagnostics().has_errors());
  const Result<Plan> before = now.plan({}, CheckNodes::kLeftOut);
  const Result<Plan> after = proposal.plan({}, CheckNodes::kLeftOut);
  ASSERT_TRUE(before.ok());
  ASSERT_TRUE(after.ok());
  EXPECT_NE(before->find_feature("low")->digest, after->find_feature("low")->digest);
  EXPECT_EQ(before->find_feature("top")->digest, after->find_feature("top")->digest);
}

TEST(Session, TextsHaveDiagnosticsWithTheirNames) {
  const Session broken =
      Session::of_texts({{"project.yaml", "project: {name: p}\n"}, {"draft.yaml", "feature: 1\n"}}, "");
  ASSERT_TRUE(broken.diagnostics().has_errors());
  EXPECT_EQ(broken.diagnostics().sorted().front().span.file, "draft.yaml");
}

TEST(Session, PathsAreRelativeToTheFolder) {
  const Session session = Session::of_texts({{"project.yaml", definitions("1h")}}, "/srv/station");
  EXPECT_EQ(session.path_in_project("data"), "/srv/station/data");
  EXPECT_EQ(session.path_in_project("gs://bucket/data"), "gs://bucket/data");
}

}  // namespace
}  // namespace headrace
