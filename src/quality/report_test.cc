#include "quality/report.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

QualityReport report() {
  CheckResult good;
  good.entity = "pump";
  good.feature = "f";
  good.name = "range";
  good.condition = "0 <= value";
  good.verdict = Verdict::kPass;
  good.looked_at = 7;
  CheckResult bad = good;
  bad.entity = "valve";
  bad.type = CheckType::kMonotonic;
  bad.is_error = false;
  bad.verdict = Verdict::kWarn;
  bad.failed = 3;
  bad.required = 0.1;
  bad.offenders = {{"id=1", EventTime{1}, Value{0.1}, "after 7.5"},
                   {"id=2", EventTime{0}, Value{int64_t{5}}, ""},
                   {"id=3", EventTime{0}, Value{std::string("a\"b")}, ""},
                   {"id=4", EventTime{0}, Value{}, ""},
                   {"id=5", EventTime{0}, Value{Value::List{Value{true}, Value{1e300}}}, ""}};
  CheckResult open = good;
  open.verdict = Verdict::kNotEvaluated;
  open.reason = "needs a running server";
  return {{good, bad, open}, {{"pump", "aa"}, {"valve", "bb"}}};
}

TEST(QualityReport, IsReadAsItWasWritten) {
  const auto read = parse_quality_report(to_json(report()));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(to_json(*read), to_json(report()));
  EXPECT_EQ(to_text(*read), to_text(report()));
  EXPECT_EQ(read->has_warnings(), true);
}

TEST(QualityReport, OtherTextIsNone) {
  const std::string text = to_json(report());
  for (size_t i = 0; i + 2 < text.size(); i += 7)
    EXPECT_FALSE(parse_quality_report(text.substr(0, i)).has_value()) << i;
  for (const char* word :
       {"\"pass\"", "\"type\": \"range\"", "1970-01-01T00:00:00Z", "\"format_version\": 1", "\"looked_at\""}) {
    std::string other = text;
    other.replace(other.find(word) + 1, 3, "#?#");
    EXPECT_FALSE(parse_quality_report(other).has_value()) << word;
  }
  EXPECT_FALSE(parse_quality_report("[]").has_value());
}

TEST(QualityReport, FindsATableByEntityAndDigest) {
  const auto found = report().find_table({"valve", "bb"});
  ASSERT_TRUE(found.has_value());
  ASSERT_EQ(found->checks.size(), 1u);
  EXPECT_EQ(found->checks[0].entity, "valve");
  EXPECT_EQ(found->tables.size(), 1u);
  EXPECT_FALSE(report().find_table({"valve", "aa"}).has_value());
  EXPECT_FALSE(report().find_table({"other", "aa"}).has_value());
}

}  // namespace
}  // namespace headrace
