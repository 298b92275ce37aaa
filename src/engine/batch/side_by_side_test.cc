#include "plan/side_by_side.h"

#include "engine/batch/batch.h"
#include "language/load_repository.h"
#include "plan/make_plan.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <map>
#include <random>

namespace headrace {
namespace {

constexpr std::string_view kStation = R"yaml(
entity: {name: pump, key: id}
---
source: {name: readings, entity: pump, event_time: at, columns: {x: double, y: double}}
---
)yaml";

std::string feature_text(const std::string& name, const std::string& rest) {
  return fmt::format("feature: {{name: {}, description: d, owner: t, version: \"1.0\", {}}}\n---\n", name, rest);
}

Repository loaded(const std::string& text) {
  LoadedRepository repository = load_repository({{"test.yaml", std::string(kStation) + text}});
  for (const Diagnostic& problem : repository.diagnostics.sorted()) {
    EXPECT_NE(problem.severity, Severity::kError) << problem.message << "\n" << text;
  }
  return std::move(repository.repository);
}

/// Features over columns and over each other; the same seed gives the same ones.
std::vector<std::string> random_features(uint64_t seed) {
  std::mt19937_64 random(seed);
  const std::vector<std::string> aggregations = {"mean", "sum", "stddev", "max", "count", "last", "median", "delta"};
  const std::vector<std::string> windows = {"5s", "20s", "{tumbling: 10s}", "{last: 4}", "{session: 3s}", "lifetime"};
  const auto one_of = [&](const std::vector<std::string>& list) { return list[random() % list.size()]; };
  std::vector<std::string> texts;
  for (int i = 0; i < 9; ++i) {
    const std::string name = fmt::format("f{}", i);
    const std::string used = i == 0 ? "x" : fmt::format("f{}", random() % static_cast<uint64_t>(i));
    const std::string window = "aggregation: " + one_of(aggregations) + ", window: \"" + one_of({"5s", "20s"}) + "\"";
    if (i > 2 && random() % 3 == 0) {
      texts.push_back(feature_text(name, fmt::format("source_features: [{}], formula: \"{} * 2\"", used, used)));
    } else if (i > 2 && random() % 3 == 0) {
      texts.push_back(feature_text(
          name, fmt::format("{}, source_features: [y, {}], formula: y, filter: \"{} > 1\"", window, used, used)));
    } else {
      const std::string form = "aggregation: " + one_of(aggregations) + ", window: " + one_of(windows);
      texts.push_back(feature_text(
          name, form + ", source_features: [x, y], formula: \"" + one_of({"x", "y", "x / y", "x + y"}) + "\""));
      const size_t unused = texts.back().find("[x, y]");
      const std::string formula = texts.back().substr(texts.back().find("formula:"));
      if (formula.find('x') == std::string::npos) texts.back().replace(unused, 6, "[y]");
      if (formula.find('y') == std::string::npos) texts.back().replace(unused, 6, "[x]");
    }
  }
  return texts;
}

Batch random_rows(const SourceRequest& request, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::map<std::string, ColumnBuilder> builders;
  for (size_t i = 0; i < request.columns.size(); ++i) {
    const std::string& name = request.columns[i];
    builders.emplace(name, ColumnBuilder({name == "id" ? ScalarType::kInt64 : request.types[i]}));
  }
  Batch batch;
  batch.rows = 600;
  int64_t time = 0;
  for (int64_t row = 0; row < batch.rows; ++row) {
    time += static_cast<int64_t>(random() % 3) * 700'000;
    const int64_t id = static_cast<int64_t>(random() % 5);
    const double x = static_cast<double>(random() % 1000) / 37.0;
    const double y = static_cast<double>(random() % 7);
    const bool is_null = random() % 11 == 0;
    for (auto& [name, builder] : builders) {
      if (name == "id") builder.append_int64(id);
      if (name == "at") builder.append_int64(time);
      if (name == "x") is_null ? builder.append_null() : builder.append_double(x);
      if (name == "y") builder.append_double(y);
    }
  }
  for (const std::string& name : request.columns) batch.columns.push_back(std::move(builders.at(name)).finish());
  return batch;
}

/// Values of each feature as text, row after row, and the keys and times as "".
using Values = std::map<std::string, std::string>;

class ValuesSink : public Sink {
 public:
  ValuesSink(Values& values, std::vector<std::string> names) : values_(values), names_(std::move(names)) {}
  Status write(const Batch& batch) override {
    for (size_t i = 0; i < batch.columns.size(); ++i) {
      std::string& text = values_[i < 2 ? "" : names_[i - 2]];
      for (int64_t row = 0; row < batch.rows; ++row) text += to_json(batch.columns[i].value_at(row)) + "\n";
    }
    return {};
  }

 private:
  Values& values_;
  std::vector<std::string> names_;
};

Values values_of(const Plan& plan, uint64_t seed) {
  BackfillRequest request;
  std::vector<std::string> names;
  for (size_t i = 0; i < plan.features.size(); ++i) {
    request.features.push_back(i);
    names.push_back(plan.features[i].name);
  }
  std::map<std::string, MemorySource> sources;
  OpenSources open;
  for (const SourceRequest& each : source_requests(plan, 0, request.features)) {
    const auto [at, is_new] = sources.emplace(each.source, MemorySource({random_rows(each, seed)}));
    open[each.source] = &at->second;
  }
  Values values;
  ValuesSink sink(values, names);
  const auto done = backfill(plan, request, open, {.threads = 1}, sink);
  EXPECT_TRUE(done.ok());
  return values;
}

TEST(SideBySide, OnePassGivesTheValuesOfBothAlone) {
  size_t twice = 0;
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    const std::vector<std::string> first = random_features(seed);
    const std::vector<std::string> second = random_features(seed + 1000);
    std::string texts_before;
    std::string texts_now;
    std::mt19937_64 random(seed);
    for (size_t i = 0; i < first.size(); ++i) {
      texts_before += first[i];
      texts_now += random() % 2 == 0 ? first[i] : second[i];
    }
    const Repository before = loaded(texts_before);
    const Repository now = loaded(texts_now);
    const SideBySide both = side_by_side(before, now);
    const Plan plan = make_plan(both.repository);
    const Plan plan_before = make_plan(before);
    const Plan plan_now = make_plan(now);

    const Values together = values_of(plan, seed);
    const Values alone_before = values_of(plan_before, seed);
    const Values alone_now = values_of(plan_now, seed);
    ASSERT_GT(together.at("").size(), 1000u);
    EXPECT_EQ(together.at(""), alone_now.at(""));
    for (const VersionPair& pair : both.features) {
      twice += pair.is_same() ? 0 : 1;
      EXPECT_EQ(together.at(pair.before), alone_before.at(pair.feature)) << seed << " " << pair.before;
      EXPECT_EQ(together.at(pair.now), alone_now.at(pair.feature)) << seed << " " << pair.now;
      EXPECT_EQ(plan.find_feature(pair.before)->digest, plan_before.find_feature(pair.feature)->digest);
      EXPECT_EQ(plan.find_feature(pair.now)->digest, plan_now.find_feature(pair.feature)->digest);
    }
    EXPECT_LE(plan.states.size(), plan_before.states.size() + plan_now.states.size());
  }
  EXPECT_GT(twice, 60u);
}

TEST(SideBySide, WhatIsTheSameIsThereOnceAndStatesAreShared) {
  const std::string low = "aggregation: mean, window: 5s, source_features: [x]";
  const std::string same = feature_text("same", "aggregation: max, window: 5s, source_features: [x]");
  const Repository before =
      loaded(feature_text("low", low) + same + feature_text("user", "source_features: [low], formula: low + 1") +
             feature_text("gone", "aggregation: min, window: 5s, source_features: [y]"));
  const Repository now = loaded(feature_text("low", "aggregation: sum, window: 5s, source_features: [x]") + same +
                                feature_text("user", "source_features: [low], formula: low + 1"));
  const SideBySide both = side_by_side(before, now);

  std::vector<std::string> names;
  for (const FeatureDefinition& each : both.repository.features) names.push_back(each.name);
  EXPECT_EQ(names, (std::vector<std::string>{"low", "same", "user", "low__v1_0", "user__v1_0", "gone__v1_0"}));
  ASSERT_EQ(both.features.size(), 4u);
  EXPECT_TRUE(both.features[1].is_same());
  EXPECT_EQ(both.features[2].before, "user__v1_0");
  EXPECT_EQ(both.features[3].now, "");

  const Plan plan = make_plan(both.repository);
  EXPECT_EQ(plan.find_feature("low")->state, plan.find_feature("low__v1_0")->state);  // one sum for mean and sum
  EXPECT_EQ(plan.states.size(), 3u);
  EXPECT_TRUE(both.repository.find_feature("gone__v1_0")->is_internal);
  EXPECT_FALSE(both.repository.find_feature("low")->is_internal);
}

TEST(SideBySide, ASourceWhoseRowsAreOtherEventsIsThereTwice) {
  const std::string feature = feature_text("low", "aggregation: mean, window: 5s, source_features: [x]");
  const Repository before = loaded(feature);
  LoadedRepository changed =
      load_repository({{"test.yaml",
                        "entity: {name: pump, key: id}\n---\n"
                        "source: {name: readings, entity: pump, event_time: at, columns: {x: int64}}\n---\n" +
                            feature}});
  ASSERT_FALSE(changed.diagnostics.has_errors());
  const SideBySide both = side_by_side(before, changed.repository);
  EXPECT_EQ(both.repository.find_feature("low__v1_0")->source, "readings__before");
  EXPECT_EQ(make_plan(both.repository).sources.size(), 2u);

  // Another place or lateness makes no other events; a column more is read by who names it.
  const Repository later = loaded(feature_text("low", "aggregation: mean, window: 6s, source_features: [x]"));
  EXPECT_EQ(side_by_side(before, later).repository.sources.size(), 1u);
}

TEST(SideBySide, NamesDoNotClash) {
  const std::string taken = feature_text("low__v1_0", "aggregation: mean, window: 5s, source_features: [x]");
  const Repository before = loaded(taken + feature_text("low", "aggregation: mean, window: 6s, source_features: [x]"));
  const Repository now = loaded(taken + feature_text("low", "aggregation: mean, window: 7s, source_features: [x]"));
  EXPECT_EQ(side_by_side(before, now).features[1].before, "low__v1_0_");
}

}  // namespace
}  // namespace headrace
