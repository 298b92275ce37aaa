#include "engine/meter/meter_report.h"

#include "language/load_repository.h"
#include "plan/make_plan.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

constexpr std::string_view kSensors = R"yaml(
entity: {name: sensor, key: id}
---
source: {name: readings, entity: sensor, event_time: at, columns: {x: double, y: double}}
---
feature: {name: m, description: d, aggregation: [mean, stddev], window: [10s, 1m], source_features: [x], owner: t, version: "1.0"}
---
feature: {name: total, description: d, aggregation: sum, window: 10s, source_features: [y], owner: t, version: "1.0", quality_checks: [{type: expression, formula: value < 1000}]}
---
feature: {name: ratio, description: d, formula: "total / m_mean_10s", source_features: [total, m_mean_10s], owner: u, version: "1.0"}
)yaml";

Plan plan_of(CheckNodes checks) {
  const LoadedRepository loaded = load_repository({{"project.yaml", std::string(kSensors)}});
  for (const Diagnostic& problem : loaded.diagnostics.sorted())
    EXPECT_NE(problem.severity, Severity::kError) << problem.message;
  return make_plan(loaded.repository, {}, checks);
}

NodeWork work_of(const MeterReport& report, std::string_view name) {
  for (const FeatureWork& each : report.features) {
    if (each.feature == name) return each.work;
  }
  ADD_FAILURE() << name;
  return {};
}

/// Numbers that no count of users divides, so that every rounding is met.
PlanWork odd_work(const Plan& plan) {
  PlanWork work(plan);
  int64_t next = 1'000'003;
  for (auto* list : {&work.entities, &work.sources, &work.series, &work.states, &work.features}) {
    for (NodeWork& node : *list) {
      for (const auto count : NodeWork::kCounts) node.*count = next = next * 31 % 9'999'991;
    }
  }
  work.unattributed.cpu_ns = 17;
  return work;
}

TEST(MeterReport, PartsAddUpToTheWhole) {
  const Plan plan = plan_of(CheckNodes::kAdded);
  const PlanWork work = odd_work(plan);
  const MeterReport report = make_meter_report(plan, work);
  NodeWork sum = report.unattributed;
  for (const FeatureWork& each : report.features) sum.add(each.work);
  EXPECT_EQ(sum, work.whole());
  EXPECT_EQ(report.whole, work.whole());
  NodeWork nodes{.cpu_ns = 17};
  for (const MeteredNode& each : report.nodes) nodes.add(each.work);
  EXPECT_EQ(nodes, work.whole());
}

TEST(MeterReport, ASharedNodeIsDividedAmongThoseWhoReadIt) {
  const Plan plan = plan_of(CheckNodes::kLeftOut);
  PlanWork work(plan);
  const PlanFeature& mean = *plan.find_feature("m_mean_10s");
  work.states[mean.state].cpu_ns = 101;                   // of mean and stddev of 10s
  work.series[plan.state_of(mean).series].cpu_ns = 1000;  // of these and those of 1m
  work.sources[0].rows = 50;                              // of the four and `total`
  work.entities[0].cpu_ns = 6000;                         // of all six
  const MeterReport report = make_meter_report(plan, work);
  EXPECT_EQ(work_of(report, "m_mean_10s").cpu_ns, 51 + 250 + 1000);
  EXPECT_EQ(work_of(report, "m_stddev_10s").cpu_ns, 50 + 250 + 1000);
  EXPECT_EQ(work_of(report, "m_mean_1m").cpu_ns, 250 + 1000);
  EXPECT_EQ(work_of(report, "total").rows, 10);
  EXPECT_EQ(work_of(report, "ratio"), (NodeWork{.cpu_ns = 1000}));
}

TEST(MeterReport, ACheckIsPaidByTheFeatureThatIsChecked) {
  const Plan plan = plan_of(CheckNodes::kAdded);
  PlanWork work(plan);
  for (size_t f = 0; f < plan.features.size(); ++f) {
    if (plan.features[f].is_for_check) work.features[f].cpu_ns = 7;
  }
  const MeterReport report = make_meter_report(plan, work);
  EXPECT_EQ(work_of(report, "total").cpu_ns, 7);
  for (const FeatureWork& each : report.features) EXPECT_EQ(each.feature.find("__check"), std::string::npos);
}

TEST(MeterReport, NothingIsLostWithFeaturesThatAreNotTold) {
  const Plan plan = plan_of(CheckNodes::kLeftOut);
  const PlanWork work = odd_work(plan);
  const MeterReport report =
      told_only(make_meter_report(plan, work), 2, [](const FeatureWork& each) { return each.owner == "t"; });
  ASSERT_EQ(report.features.size(), 2u);
  EXPECT_TRUE(report.nodes.empty());
  NodeWork sum = report.unattributed;
  sum.add(*report.others);
  for (const FeatureWork& each : report.features) sum.add(each.work);
  EXPECT_EQ(sum, work.whole());
}

}  // namespace
}  // namespace headrace
