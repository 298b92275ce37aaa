#include "casefiles/case_file.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace headrace {
namespace {

CaseFile parsed(const std::string& text) {
  ParsedCase result = parse_case({"case.yaml", text});
  for (const Diagnostic& each : result.diagnostics.sorted()) ADD_FAILURE() << each.code << " " << each.message;
  return std::move(result.value);
}

/// "CODE line:column" of each problem.
std::vector<std::string> problems_of(const std::string& text) {
  std::vector<std::string> out;
  for (const Diagnostic& each : parse_case({"case.yaml", text}).diagnostics.sorted()) {
    out.push_back(each.code + " " + std::to_string(each.span.line) + ":" + std::to_string(each.span.column));
  }
  return out;
}

using Problems = std::vector<std::string>;

TEST(ParseCase, ReadsEveryPart) {
  const CaseFile value = parsed(
      "about: Shows it.\n"
      "engines: [batch]\n"
      "tolerance: 1e-9\n"
      "events:\n"
      "  pumps:\n"
      "    - {id: a, at: 5, x: 1e+308, y: .nan, ok: true}\n"
      "    - {id: a, at: 6, x: null}\n"
      "ask:\n"
      "  - {entity: {id: a}, at: \"2024-03-01T00:00:00Z\", features: [f]}\n"
      "expect:\n"
      "  - {entity: {id: a}, at: \"2024-03-01T00:00:00Z\", values: {f: [1, 2.5]}}\n");
  EXPECT_EQ(value.about, "Shows it.");
  EXPECT_EQ(value.engines, (std::vector<std::string>{"batch"}));
  EXPECT_EQ(value.tolerance, 1e-9);
  EXPECT_FALSE(value.repository.has_value());
  ASSERT_EQ(value.events.size(), 1u);
  ASSERT_EQ(value.events[0].rows.size(), 2u);
  const CaseFields& row = value.events[0].rows[0].fields;
  EXPECT_EQ(row[1].second.value, Value{int64_t{5}});
  EXPECT_EQ(row[2].second.value, Value{1e308});
  EXPECT_TRUE(std::isnan(std::get<double>(row[3].second.value.data)));
  EXPECT_EQ(row[4].second.value, Value{true});
  EXPECT_EQ(value.asks.at(0).at, (EventTime{1'709'251'200'000'000}));
  EXPECT_EQ(value.asks.at(0).features, (std::vector<std::string>{"f"}));
  EXPECT_EQ(value.expected.at(0).values.at(0).second.value, (Value{Value::List{Value{int64_t{1}}, Value{2.5}}}));
}

TEST(ParseCase, AnExpectedErrorNeedsNoRows) {
  EXPECT_EQ(parsed("repository: |\n  feature: {}\nexpect: {error: F001}\n").expected_error, "F001");
}

TEST(ParseCase, ReportsWhatItDoesNotKnow) {
  EXPECT_EQ(problems_of("[]"), (Problems{"T001 1:1"}));
  EXPECT_EQ(problems_of("about: x\n"), (Problems{"T001 1:1"}));
  EXPECT_EQ(problems_of("expects: []\nexpect: []\n"), (Problems{"T002 1:1"}));
  EXPECT_EQ(problems_of("expect: []\nask:\n  - {at: 5}\n"), (Problems{"T001 3:5"}));
  EXPECT_EQ(problems_of("expect: []\nask:\n  - {entity: {a: 1}, at: soon}\n"), (Problems{"T004 3:26"}));
  EXPECT_EQ(problems_of("expect: []\ntolerance: -1\n"), (Problems{"T004 2:12"}));
  EXPECT_EQ(problems_of("expect: []\nengines: [batch, btch]\n"), (Problems{"T003 2:18"}));
  EXPECT_EQ(problems_of("expect: []\nengines: [warehouse]\n"), (Problems{}));
  EXPECT_EQ(problems_of("expect: []\ntolerance: 1\n"), (Problems{}));
  EXPECT_EQ(problems_of("expect: []\n---\nexpect: []\n"), (Problems{"T001 1:1"}));
}

TEST(ToEventTime, CountsInTheUnit) {
  EXPECT_EQ(to_event_time(Value{int64_t{3}}, TimeUnit::kSeconds), (EventTime{3'000'000}));
  EXPECT_EQ(to_event_time(Value{int64_t{3}}, TimeUnit::kMilliseconds), (EventTime{3'000}));
  EXPECT_EQ(to_event_time(Value{int64_t{3}}, TimeUnit::kMicroseconds), (EventTime{3}));
  EXPECT_EQ(to_event_time(Value{int64_t{-1}}, TimeUnit::kNanoseconds), (EventTime{-1}));
  EXPECT_EQ(to_event_time(Value{std::numeric_limits<int64_t>::max()}, TimeUnit::kSeconds), std::nullopt);
  EXPECT_EQ(to_event_time(Value{std::string("1970-01-01T00:00:00Z")}, TimeUnit::kSeconds), (EventTime{0}));
  EXPECT_EQ(to_event_time(Value{1.5}, TimeUnit::kSeconds), std::nullopt);
  EXPECT_EQ(to_event_time(Value{}, TimeUnit::kSeconds), std::nullopt);
}

}  // namespace
}  // namespace headrace
