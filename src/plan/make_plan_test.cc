#include "plan/make_plan.h"
#include "language/load_repository.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace headrace {
namespace {

constexpr char kStation[] = R"(project: {name: station}
---
entity: {name: pump, key: pump_id, description: A pump.}
---
entity: {name: valve, key: valve_id}
---
source:
  name: telemetry
  entity: pump
  event_time: at
  unit: ms
  arrival: seq
  description: What pumps say.
  columns: {flow: double, power: double, mode: string, spare: int64}
  allowed_lateness: 5m
  batch: {format: parquet, path: data/telemetry}
  stream: {kafka: {brokers: "b:9092", topic: pumps}, format: json}
---
feature:
  name: flow_mean
  description: Mean flow.
  owner: hydraulics
  version: "1.0"
  tags: [flow]
  source_features: [flow]
  aggregation: mean
  window: 1h
  default: 0
  quality_checks:
    - {type: range, params: [0, 10]}
    - {type: expression, name: near, formula: value < flow * 2}
---
feature:
  name: runs
  description: Runs.
  owner: hydraulics
  version: "1.1"
  source_features: [flow, mode]
  formula: flow
  filter: mode == 'run'
  aggregation: last
  window: {last: 3}
---
feature:
  name: load
  description: Load.
  owner: energy
  version: "2.0"
  source_features: [flow_mean, runs]
  formula: flow_mean / runs
)";

Repository loaded(const std::string& text) {
  LoadedRepository loaded = load_repository({{"project.yaml", text}});
  EXPECT_FALSE(loaded.diagnostics.has_errors());
  return std::move(loaded.repository);
}

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  const size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return at == std::string::npos ? text : text.replace(at, what.size(), with);
}

std::vector<std::string> names_of(const Plan& plan) {
  std::vector<std::string> names;
  for (const PlanFeature& feature : plan.features) names.push_back(feature.name);
  return names;
}

/// Stored values are found by these: whoever changes one makes every offline store compute again.
TEST(MakePlan, DigestsOfMeaningStay) {
  const Plan plan = make_plan(loaded(kStation));
  ASSERT_EQ(names_of(plan), (std::vector<std::string>{"flow_mean", "runs", "load"}));
  EXPECT_EQ(plan.features[0].digest, "39ebd607ccdc9b2b8b0b79f6d0f76797ec8f72a4017bd991e25994117d4e3d03");
  EXPECT_EQ(plan.features[1].digest, "fdc73fd7aaf38f0da318a54baa2043f0275b95b0c9424af624d201f001a46da9");
  EXPECT_EQ(plan.features[2].digest, "38ecf2f8238e26c6f3969bd5a097da53475a86c794ac941ba73c09e98129f43a");
}

TEST(MakePlan, WhatPeopleWriteIsNotInTheMeaning) {
  const Plan plan = make_plan(loaded(kStation));
  for (const auto& [what, with] :
       std::vector<std::pair<std::string, std::string>>{{"Mean flow.", "The mean."},
                                                        {"hydraulics", "energy"},
                                                        {"[flow]\n  source", "[x]\n  source"},
                                                        {"params: [0, 10]", "params: [0, 11]"},
                                                        {"value < flow * 2", "value < flow * 3"},
                                                        {"5m", "6m"},
                                                        {"What pumps say.", "Rows."},
                                                        {"topic: pumps", "topic: others"},
                                                        {"data/telemetry", "data/other"}}) {
    const Plan other = make_plan(loaded(replaced(kStation, what, with)));
    for (size_t i = 0; i < plan.features.size(); ++i)
      EXPECT_EQ(other.features[i].digest, plan.features[i].digest) << what;
    EXPECT_NE(to_json(other), to_json(plan)) << what;
  }
}

TEST(MakePlan, TellsWhatPeopleWrote) {
  const Plan plan = make_plan(loaded(kStation));
  EXPECT_EQ(plan.entities.at(0).description, "A pump.");
  const PlanSource& source = plan.sources.at(0);
  EXPECT_EQ(source.description, "What pumps say.");
  EXPECT_EQ(source.allowed_lateness.us, int64_t{300} * 1'000'000);
  ASSERT_TRUE(source.stream.has_value());
  EXPECT_EQ(source.stream->kind, StreamKind::kKafka);
  EXPECT_EQ(source.stream->options.at("topic"), "pumps");
  const PlanFeature& mean = plan.features.at(0);
  EXPECT_EQ(mean.description, "Mean flow.");
  EXPECT_EQ(mean.owner, "hydraulics");
  EXPECT_EQ(mean.tags, std::vector<std::string>{"flow"});
  EXPECT_EQ(plan.features.at(1).filter_text, "mode == 'run'");
  EXPECT_EQ(plan.features.at(2).formula_text, "flow_mean / runs");
  ASSERT_EQ(mean.checks.size(), 2u);
  EXPECT_EQ(mean.checks[0].check.type(), CheckType::kRange);
  EXPECT_EQ(mean.checks[1].check.name, "near");
}

TEST(MakePlan, ColumnsThatNothingReadsStandApart) {
  const PlanSource source = make_plan(loaded(kStation)).sources.at(0);
  const auto names = [](const std::vector<ColumnDefinition>& columns) {
    std::string out;
    for (const ColumnDefinition& column : columns) out += column.name + " ";
    return out;
  };
  EXPECT_EQ(names(source.columns), "flow mode ");
  EXPECT_EQ(names(source.unread_columns), "power spare ");
}

TEST(MakePlan, ExpressionsOfChecksAreNodesWhereTheyAreAskedFor) {
  const Repository repository = loaded(kStation);
  EXPECT_FALSE(make_plan(repository).features[0].checks[1].holds.has_value());
  const Plan plan = make_plan(repository, {}, CheckNodes::kAdded);
  EXPECT_EQ(names_of(plan), (std::vector<std::string>{"flow_mean", "runs", "load", "__check_flow_mean_value",
                                                      "__check_column_telemetry.flow", "__check_flow_mean_1"}));
  for (size_t i = 0; i < plan.features.size(); ++i) EXPECT_EQ(plan.features[i].is_for_check, i >= 3);
  EXPECT_FALSE(plan.features[0].checks[0].holds.has_value());
  EXPECT_EQ(plan.features[0].checks[1].holds, std::optional<size_t>{5});
  EXPECT_TRUE(plan.features[3].default_value.is_null());
  EXPECT_EQ(plan.features[3].state, plan.features[0].state);  // the same state is read twice
}

TEST(MakePlan, NodesAreThoseOfNamedFeatures) {
  const Repository repository = loaded(kStation);
  EXPECT_EQ(names_of(make_plan(repository, {"load"}, CheckNodes::kAdded)),
            (std::vector<std::string>{"flow_mean", "runs", "load"}));
  EXPECT_EQ(make_plan(repository, {"flow_mean"}, CheckNodes::kAdded).features.size(), 4u);
}

TEST(MakePlan, AWholePlanHasEntitiesWithoutFeatures) {
  const Repository repository = loaded(kStation);
  const Plan whole = make_plan(repository, {"load"});
  EXPECT_TRUE(whole.is_whole);
  ASSERT_EQ(whole.entities.size(), 2u);
  EXPECT_EQ(whole.entities[1].name, "valve");
  const Plan part = make_plan(repository, {"runs"});
  EXPECT_FALSE(part.is_whole);
  EXPECT_EQ(part.entities.size(), 1u);
}

TEST(PlanJson, SaysWhatPeopleWroteAndHowItIsChecked) {
  const auto json = nlohmann::json::parse(to_json(make_plan(loaded(kStation), {}, CheckNodes::kAdded)));
  EXPECT_EQ(json["sources"][0]["stream"]["options"]["topic"], "pumps");
  EXPECT_EQ(json["features"][0]["description"], "Mean flow.");
  EXPECT_EQ(json["features"][0]["checks"][0], nlohmann::json({{"name", "range"},
                                                              {"type", "range"},
                                                              {"severity", "error"},
                                                              {"low", 0.0},
                                                              {"high", 10.0},
                                                              {"min_fraction", 1.0}}));
  EXPECT_EQ(json["features"][0]["checks"][1]["holds"], "__check_flow_mean_1");
  EXPECT_EQ(json["features"][5]["is_for_check"], true);
  EXPECT_FALSE(json["features"][2].contains("is_for_check"));
}

}  // namespace
}  // namespace headrace
