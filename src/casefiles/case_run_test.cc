#include "casefiles/case_run.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace headrace {
namespace {

constexpr char kPumps[] =
    "repository: |\n"
    "  entity: {name: pump, key: pump_id}\n"
    "  ---\n"
    "  source: {name: pumps, entity: pump, event_time: at, unit: s, columns: {x: double}}\n"
    "  ---\n"
    "  feature: {name: total, aggregation: sum, window: 10s, source_features: [x], owner: a, version: \"1.0\"}\n"
    "events: {pumps: [{pump_id: 1, at: 5, x: 1}, {pump_id: 1, at: 6, x: 2.5}]}\n";

CaseReport run(const std::string& text, const LoadedRepository* surrounding = nullptr) {
  BatchCaseEngine engine({});
  return run_case({"case.yaml", text}, surrounding, engine);
}

/// "CODE line:column" of each problem.
std::vector<std::string> problems_of(const CaseReport& report) {
  std::vector<std::string> out;
  for (const Diagnostic& each : report.problems.sorted()) {
    if (each.severity != Severity::kError) continue;
    out.push_back(each.code + " " + std::to_string(each.span.line) + ":" + std::to_string(each.span.column));
  }
  return out;
}

using Problems = std::vector<std::string>;
using Outcome = CaseReport::Outcome;

TEST(RunCase, PassesWhenEveryValueIsSeen) {
  const CaseReport report = run(std::string(kPumps) +
                                "ask: [{entity: {pump_id: 1}, at: 6000000}, {entity: {pump_id: 2}, at: 6000000}]\n"
                                "expect: [{values: {total: 3.5}}, {values: {total: null}}]\n");
  EXPECT_EQ(report.outcome, Outcome::kPassed);
  EXPECT_EQ(report.asks, 2u);
  EXPECT_EQ(report.values, 2u);
}

TEST(RunCase, ShowsWhatDiffers) {
  const CaseReport report =
      run(std::string(kPumps) + "ask: [{entity: {pump_id: 1}, at: 5000000}]\nexpect: [{values: {total: 3.5}}]\n");
  EXPECT_EQ(report.outcome, Outcome::kFailed);
  ASSERT_EQ(report.mismatches.size(), 1u);
  EXPECT_EQ(report.mismatches[0].feature, "total");
  EXPECT_EQ(report.mismatches[0].entity, "pump_id=1");
  EXPECT_EQ(report.mismatches[0].expected, Value{3.5});
  EXPECT_EQ(report.mismatches[0].actual, Value{1.0});
  EXPECT_EQ(report.mismatches[0].span.line, 9);
}

TEST(RunCase, ATestThatContradictsItselfIsBroken) {
  const std::string pumps = kPumps;
  EXPECT_EQ(problems_of(run(pumps + "ask: [{entity: {pump_id: 1}, at: 5}]\nexpect: []\n")), (Problems{"T005 9:9"}));
  EXPECT_EQ(problems_of(run(pumps + "ask: [{entity: {pump_id: 1}, at: 5}]\nexpect: [{at: 6, values: {total: 1}}]\n")),
            (Problems{"T005 9:10"}));
  EXPECT_EQ(
      problems_of(run(pumps + "ask: [{entity: {pump_id: 1}, at: 5, features: [total]}]\nexpect: [{values: {}}]\n")),
      (Problems{"T005 9:10"}));
  EXPECT_EQ(problems_of(run(pumps + "ask: [{entity: {pump_id: 1}, at: 5}]\nexpect: [{values: {totel: 1}}]\n")),
            (Problems{"T003 9:27"}));
  EXPECT_EQ(problems_of(run(pumps + "ask: [{entity: {pump: 1}, at: 5}]\nexpect: [{values: {total: 1}}]\n")),
            (Problems{"T003 9:27"}));
  EXPECT_EQ(problems_of(run(pumps + "ask: [{entity: {pump_id: 1}, at: 5}]\nexpect: [{values: {total: much}}]\n")),
            (Problems{"T004 9:27"}));
  EXPECT_EQ(problems_of(run(pumps + "ask: [{entity: {pump_id: one}, at: 5}]\nexpect: [{values: {total: 1}}]\n")),
            (Problems{"T004 8:26"}));
}

TEST(RunCase, ExpectedRefusals) {
  const std::string wrong =
      "repository: |\n"
      "  feature: {name: f, aggregation: meen, window: 1h, owner: a, version: \"1.0\"}\n"
      "expect: {error: ";
  EXPECT_EQ(run(wrong + "F004}\n").outcome, Outcome::kPassed);
  EXPECT_EQ(run(wrong + "F999}\n").outcome, Outcome::kFailed);
  EXPECT_NE(run(wrong + "F999}\n").refusal.find("F004"), std::string::npos);
  EXPECT_EQ(run(std::string(kPumps) + "expect: {error: F004}\n").outcome, Outcome::kFailed);
}

TEST(RunCase, DiagnosticsPointIntoTheFile) {
  const std::string block =
      "repository: |\n"
      "  feature: {name: f, aggregation: meen, window: 1h, owner: a, version: \"1.0\"}\n"
      "expect: []\n";
  const Problems problems = problems_of(run(block));
  EXPECT_NE(std::find(problems.begin(), problems.end(), "F004 2:35"), problems.end());
}

TEST(RunCase, OtherEnginesAreSkippedAndMissingDefinitionsAreAnError) {
  EXPECT_EQ(run("engines: [stream]\nexpect: []\n").outcome, Outcome::kSkipped);
  const CaseReport report = run("expect: []\n");
  EXPECT_EQ(report.outcome, Outcome::kBroken);
  EXPECT_TRUE(report.error.has_value());
}

TEST(RunCase, UsesTheSurroundingRepository) {
  const LoadedRepository surrounding = load_repository(
      {{"project.yaml",
        "project: {name: p}\n---\nentity: {name: pump, key: pump_id}\n---\n"
        "source: {name: pumps, entity: pump, event_time: at, columns: {x: int64}}\n---\n"
        "feature: {name: n, aggregation: count, window: lifetime, source: pumps, owner: a, version: \"1.0\"}\n"}});
  const CaseReport report =
      run("events: {pumps: [{pump_id: p1, at: \"2024-01-01T00:00:00Z\"}]}\n"
          "ask: [{entity: {pump_id: p1}, at: \"2024-01-01T00:00:00Z\"}]\nexpect: [{values: {n: 1.0}}]\n",
          &surrounding);
  EXPECT_EQ(report.outcome, Outcome::kPassed) << (report.error ? report.error->message() : "");
}

}  // namespace
}  // namespace headrace
