#include "delivery/change/definition_change.h"

#include "language/load_repository.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

namespace headrace {
namespace {

const std::string kHead =
    "entity: {name: pump, key: id}\n---\n"
    "source: {name: readings, entity: pump, event_time: at, columns: {x: double, y: double}}\n---\n";

std::string feature_of(const std::string& name, const std::string& rest, const std::string& version = "1.0") {
  return fmt::format("feature: {{name: {}, description: d, owner: t, version: \"{}\", {}}}\n---\n", name, version,
                     rest);
}

Repository loaded_of(const std::string& text, const std::string& head = kHead) {
  LoadedRepository repository = load_repository({{"test.yaml", head + text}});
  for (const Diagnostic& problem : repository.diagnostics.sorted()) {
    EXPECT_NE(problem.severity, Severity::kError) << problem.message << "\n" << text;
  }
  return std::move(repository.repository);
}

/// "low: values changed (window: 2h, was 1h)", one a line.
std::string shown(const DefinitionChange& change) {
  std::string out;
  for (const FeatureChange& each : change.features) {
    out += fmt::format("{}: {} (", each.feature, to_string(each.kind));
    for (const std::string& reason : each.reasons) out += reason + (&reason == &each.reasons.back() ? "" : ", ");
    out += each.state ? fmt::format(") {}\n", to_string(*each.state)) : ")\n";
  }
  return out;
}

std::string classed(const std::string& before, const std::string& now) {
  return shown(definition_change(loaded_of(before), loaded_of(now)));
}

const std::string kLow = "aggregation: mean, window: 1h, source_features: [x]";

TEST(DefinitionChange, TextIsNoMeaning) {
  EXPECT_EQ(classed(feature_of("low", kLow + ", formula: x + 1"), feature_of("low", kLow + ", formula: \"(x)  + 1\"")),
            "");
  EXPECT_TRUE(definition_change(loaded_of(feature_of("low", kLow)), loaded_of(feature_of("low", kLow))).is_empty());
  EXPECT_EQ(
      classed(feature_of("low", kLow), feature_of("low", kLow + ", tags: [a], quality_checks: [{type: not_null}]")),
      "low: metadata (tags, quality_checks)\n");
}

TEST(DefinitionChange, ClassesByWhatBecomesOfValuesAndState) {
  const std::string before = feature_of("low", kLow);
  // Of the same state another value is read.
  EXPECT_EQ(classed(before, feature_of("low", kLow + ", default: 0", "1.1")),
            "low: values changed (default: 0.0, was none) reused\n");
  // The events of an hour are kept.
  EXPECT_EQ(classed(before, feature_of("low", "aggregation: mean, window: 30m, source_features: [x]", "1.1")),
            "low: values changed (window: 30m, was 1h) rebuilt\n");
  EXPECT_EQ(classed(before, feature_of("low", "aggregation: mean, window: 2h, source_features: [x]", "1.1")),
            "low: state incompatible (window: 2h, was 1h) filled\n");
  EXPECT_EQ(classed(before, feature_of("low", "aggregation: count, window: 1h, source_features: [x]", "1.1")),
            "low: schema breaking (aggregation: count, was mean; type: int64, was double) rebuilt\n");
  EXPECT_EQ(classed(before, feature_of("low", kLow + ", formula: x * 1.0, expected_change: none", "1.1")),
            "low: values preserved (formula: x * 1.0, was x) rebuilt\n");
}

TEST(DefinitionChange, UsersFollowAndSayWhom) {
  const std::string users = feature_of("user", "source_features: [low], formula: low + 1") +
                            feature_of("far", "source_features: [user], formula: user * 2") +
                            feature_of("other", "aggregation: max, window: 1h, source_features: [x]");
  EXPECT_EQ(classed(feature_of("low", kLow) + users,
                    feature_of("low", "aggregation: mean, window: 30m, source_features: [x]", "1.1") + users),
            "low: values changed (window: 30m, was 1h) rebuilt\n"
            "user: values changed (uses `low`, which went from 1.0 to 1.1)\n"
            "far: values changed (uses `user`, which has changed)\n");
  EXPECT_EQ(classed(feature_of("low", kLow) + users,
                    feature_of("low", kLow + ", formula: x * 1.0, expected_change: none", "1.1") + users),
            "low: values preserved (formula: x * 1.0, was x) rebuilt\n"
            "user: values preserved (uses `low`, which went from 1.0 to 1.1)\n"
            "far: values preserved (uses `user`, which has changed)\n");
}

TEST(DefinitionChange, ARenamedFeatureIsAddedAndRemoved) {
  EXPECT_EQ(classed(feature_of("low", kLow), feature_of("lower", kLow)),
            "lower: added (means what `low` meant) reused\nlow: removed (`lower` means the same)\n");
}

TEST(DefinitionChange, OneVersionHasOneMeaning) {
  const DefinitionChange change =
      definition_change(loaded_of(feature_of("low", kLow)), loaded_of(feature_of("low", kLow + ", default: 1")));
  ASSERT_EQ(change.problems.size(), 1u);
  EXPECT_EQ(change.problems[0], "`low` means something else under the same version 1.0: raise it");
  ASSERT_EQ(change.owners.size(), 1u);
  EXPECT_EQ(change.owners[0].features, 1);
  EXPECT_NE(change.digest_before, change.digest_now);
}

TEST(DefinitionChange, SourcesSayWhatTheirChangeIs) {
  const auto with = [&](const std::string& rest) {
    return loaded_of(feature_of("low", kLow),
                     "entity: {name: pump, key: id}\n---\nsource: {name: readings, entity: pump, event_time: at, " +
                         rest + "}\n---\n");
  };
  const Repository before = with("columns: {x: double}, batch: {format: csv, path: data/a}");
  const DefinitionChange moved = definition_change(
      before, with("columns: {x: double}, batch: {format: csv, path: data/b}, allowed_lateness: 10m"));
  EXPECT_TRUE(moved.features.empty());
  ASSERT_EQ(moved.sources.size(), 1u);
  EXPECT_EQ(moved.sources[0].changes,
            (std::vector<std::string>{"batch: csv data/b, was csv data/a", "allowed_lateness: 10m, was 0s"}));
  EXPECT_EQ(moved.sources[0].effects.size(), 2u);
  EXPECT_EQ(moved.sources[0].features, (std::vector<std::string>{"low"}));
  EXPECT_FALSE(moved.is_empty());

  const DefinitionChange typed =
      definition_change(before, with("columns: {x: double, id: int64}, batch: {format: csv, path: data/a}"));
  EXPECT_EQ(shown(typed), "");  // the key's type was that of its data
  // What was kept of other events does not hold on.
  const DefinitionChange reordered = definition_change(
      before, loaded_of(feature_of("low", kLow, "1.1"),
                        "entity: {name: pump, key: [id, site]}\n---\nsource: {name: readings, entity: pump, "
                        "event_time: at, columns: {x: double}, batch: {format: csv, path: data/a}}\n---\n"));
  EXPECT_EQ(shown(reordered), "low: schema breaking (key: id, site, was id) filled\n");
  const DefinitionChange retyped =
      definition_change(with("columns: {x: double, id: string}"), with("columns: {x: double, id: int64}"));
  EXPECT_EQ(shown(retyped), "low: schema breaking (key id: int64, was string)\n");
}

}  // namespace
}  // namespace headrace
