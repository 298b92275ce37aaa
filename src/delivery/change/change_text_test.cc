#include "delivery/change/change_text.h"

#include "data/json/json_node.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

DefinitionChange hostile_change() {
  const std::string hostile = "<script>alert(1)</script> @all [x](http://y) | `z` \"q\"";
  DefinitionChange change;
  change.project = hostile;
  change.base.name = "main";
  FeatureChange feature;
  feature.feature = "low";
  feature.kind = ChangeKind::kValuesChanged;
  feature.owner = hostile;
  feature.version_before = "1.0";
  feature.version_now = "1.1";
  feature.reasons = {hostile};
  change.features = {feature};
  change.sources = {{"readings", {hostile}, {hostile}, {hostile}}};
  change.problems = {hostile};
  change.notes = {hostile};
  change.owners = {{hostile, 1}};

  ValueDifference difference;
  difference.feature = "low";
  difference.rows = 10;
  difference.differing = 4;
  difference.keys = 2;
  difference.keys_differing = 1;
  difference.before = NumbersOfSide{1.0, {0, 0, 1, 1, 1, 2, 2}};
  difference.now = NumbersOfSide{1.5, {0, 1, 1, 1, 2, 2, 3}};
  difference.worst = {{hostile, EventTime{0}, Value{hostile}, Value{2.0}}};
  difference.segment = DifferingSegment{"pump_id", hostile, 5, 4, 0.5};
  change.values = ValueReport{0.05, 10, EventTime{0}, EventTime{1}, {difference}};
  return change;
}

TEST(ChangeText, NothingOfOthersIsCode) {
  const std::string html = to_html(hostile_change());
  EXPECT_EQ(html.find("<script"), std::string::npos);
  EXPECT_NE(html.find("&lt;script&gt;"), std::string::npos);
  EXPECT_EQ(html.find("http"), html.find("http://y"));  // nothing is loaded from elsewhere

  const std::string markdown = to_markdown(hostile_change());
  EXPECT_EQ(markdown.find("<script"), std::string::npos);
  EXPECT_EQ(markdown.find("@all"), std::string::npos);
  EXPECT_NE(markdown.find("\\[x\\](http&#58;//y)"), std::string::npos);
}

TEST(ChangeText, SaysWhatDiffersAndWhere) {
  const std::string text = to_text(hostile_change());
  EXPECT_NE(text.find("low 1.1, was 1.0: values changed"), std::string::npos);
  EXPECT_NE(text.find("4 of 10 values differ (40 %), of 1 of 2 keys"), std::string::npos);
  EXPECT_NE(text.find("4 of 5 rows there differ, 100 % of all that do"), std::string::npos);
  // (1.5 − 1) / 1, and half as much on either side.
  EXPECT_NE(text.find("low may say expected_change: {mean_shift: [0.25, 0.75], null_rate_delta: [0, 0]}"),
            std::string::npos);
  EXPECT_NE(text.find("Not to be applied as it stands"), std::string::npos);
}

TEST(ChangeText, JsonHasAllOfIt) {
  const auto document = JsonDocument::parse(to_json(hostile_change()));
  ASSERT_TRUE(document.has_value());
}

}  // namespace
}  // namespace headrace
