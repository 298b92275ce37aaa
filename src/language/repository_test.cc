#include "language/load_repository.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace headrace {
namespace {

const std::string kHead = R"(
project: {name: station, defaults: {source: telemetry}}
---
entity: {name: pump, key: pump_id}
---
source:
  name: telemetry
  entity: pump
  event_time: at
  unit: ms
  allowed_lateness: 10m
  arrival: seq
  columns: {flow: double, power: double, seq: int64, mode: string, ok: bool, due: timestamp, value: double, Flow Rate: double}
  batch: {format: parquet, path: data/telemetry}
  stream: {kafka: {brokers: "localhost:9092", topic: pumps}, format: json}
---
source: {name: service, entity: pump, event_time: at, columns: {cost: double, power: double}}
)";

LoadedRepository load(const std::string& features, const std::string& head = kHead) {
  return load_repository({{"project.yaml", head + features}});
}

std::string feature(const std::string& name, const std::string& rest) {
  return "---\nfeature: {name: " + name + ", owner: o, version: \"1.0\", description: d, " + rest + "}\n";
}

std::string errors_of(const LoadedRepository& loaded) {
  std::string out;
  for (const Diagnostic& diagnostic : loaded.diagnostics.sorted()) {
    if (diagnostic.severity == Severity::kError) out += diagnostic.code + " " + diagnostic.message + "\n";
  }
  return out;
}

std::string codes_of(const LoadedRepository& loaded) {
  std::string out;
  for (const Diagnostic& diagnostic : loaded.diagnostics.sorted()) out += (out.empty() ? "" : " ") + diagnostic.code;
  return out;
}

std::string names_of(const LoadedRepository& loaded) {
  std::string out;
  for (const FeatureDefinition& each : loaded.repository.features) out += (out.empty() ? "" : " ") + each.name;
  return out;
}

/// The canonical formula of the only (or named) feature.
std::string formula_of(const LoadedRepository& loaded, std::string_view name = "x") {
  const FeatureDefinition* found = loaded.repository.find_feature(name);
  return found == nullptr || found->formulas.empty() ? errors_of(loaded) : canonical_text(*found->formulas.front());
}

TEST(Repository, ReadsSourcesAndEntities) {
  const LoadedRepository loaded = load("");
  EXPECT_EQ(errors_of(loaded), "");
  EXPECT_EQ(loaded.repository.project_name, "station");
  const SourceDefinition& source = *loaded.repository.find_source("telemetry");
  EXPECT_EQ(source.entity, "pump");
  EXPECT_EQ(source.unit, TimeUnit::kMilliseconds);
  EXPECT_EQ(to_string(source.allowed_lateness), "10m");
  EXPECT_EQ(source.arrival, "seq");
  EXPECT_EQ(source.batch->path, "data/telemetry");
  EXPECT_EQ(source.stream->kind, StreamKind::kKafka);
  EXPECT_EQ(source.stream->options.at("topic"), "pumps");
  EXPECT_EQ(source.columns.size(), 8u);
  EXPECT_EQ(loaded.repository.find_entity("pump")->keys, std::vector<std::string>{"pump_id"});
}

TEST(Repository, TheSeedsFeatureIsValidAsItStands) {
  const LoadedRepository loaded = load(R"(---
# Example feature definition in metadata
feature:
  name: "pump_efficiency_rolling_24h"
  description: "24-hour rolling average pump efficiency"
  owner: "operations-team"
  aggregation: "mean"
  window: "24h"
  source_features:
    - "flow"
    - "power"
  formula: "flow / power"
  quality_checks:
    - type: "range"
      params: [0.4, 1.0]
    - type: "completeness"
      threshold: 0.90
  version: "1.2"
)");
  EXPECT_EQ(codes_of(loaded), "");
  const FeatureDefinition& feature = loaded.repository.features.at(0);
  EXPECT_EQ(feature.aggregation, Aggregation::kMean);
  EXPECT_EQ(to_string(feature.window), "1d");
  EXPECT_EQ(feature.entity, "pump");
  EXPECT_EQ(feature.source, "telemetry");
  EXPECT_EQ(std::get<checks::Range>(feature.checks.at(0).condition).low, 0.4);
  EXPECT_EQ(std::get<checks::Completeness>(feature.checks.at(1).condition).threshold, 0.9);
}

TEST(Repository, ListsStandForOneFeatureForEachCombination) {
  const LoadedRepository loaded =
      load(feature("x", "aggregation: [mean, p95], window: [1h, 7d, lifetime], source_features: [flow]"));
  EXPECT_EQ(errors_of(loaded), "");
  EXPECT_EQ(names_of(loaded), "x_mean_1h x_mean_7d x_mean_lifetime x_p95_1h x_p95_7d x_p95_lifetime");
  EXPECT_EQ(loaded.repository.find_feature("x_p95_7d")->params.p, 0.95);
  EXPECT_EQ(names_of(load(feature("x", "aggregation: mean, window: [60m, 1h], source_features: [flow]"))),
            "x_60m x_1h");
  EXPECT_EQ(names_of(load(feature("x", "aggregation: [mean], window: 1h, source_features: [flow]"))), "x_mean");
  const LoadedRepository both = load(feature(
      "x", "aggregation: [mean, percentile, top_k], window: 1h, source_features: [flow], params: {p: 0.9, k: 2}"));
  EXPECT_EQ(errors_of(both), "");
  EXPECT_EQ(both.repository.find_feature("x_mean")->params, AggregationParams{});
  EXPECT_EQ(both.repository.find_feature("x_top_k")->params.k, 2);
  EXPECT_TRUE(both.repository.find_feature("x_top_k")->type.is_list);
}

TEST(Repository, NamesAreResolved) {
  const auto formula = [](const std::string& rest, const std::string& more = "") {
    return formula_of(load(more + feature("x", rest)));
  };
  EXPECT_EQ(formula("aggregation: sum, window: 1h, source_features: [flow]"),
            formula("aggregation: sum, window: 1h, source_features: [telemetry.flow], formula: flow"));
  EXPECT_EQ(formula("aggregation: sum, window: 1h, source_features: [power]"),
            formula("aggregation: sum, window: 1h, source_features: [power], formula: telemetry.power"))
      << "the default source is preferred";
  EXPECT_EQ(formula("source: service, aggregation: sum, window: 1h, source_features: [power]"),
            formula("aggregation: sum, window: 1h, source_features: [service.power]"));
  EXPECT_EQ(formula("aggregation: sum, window: 1h, source_features: [cost]"),
            formula("aggregation: sum, window: 1h, source_features: [service.cost]"));
  EXPECT_EQ(formula("aggregation: sum, window: 1h, source_features: [Flow Rate]"),
            formula("aggregation: sum, window: 1h, source_features: [\"`Flow Rate`\"], formula: \"`Flow Rate`\""));
  // A feature's own name means the column.
  const LoadedRepository own = load(feature("flow", "aggregation: mean, window: 1h, source_features: [flow]"));
  EXPECT_EQ(errors_of(own), "");
  EXPECT_EQ(own.repository.features[0].formulas[0]->reference.kind, Reference::Kind::kColumn);
  EXPECT_EQ(codes_of(load(feature("flow", "aggregation: mean, window: 1h, source_features: [flow]") +
                          feature("x", "source_features: [flow]"))),
            "F009");
  EXPECT_EQ(codes_of(load(feature("flow", "aggregation: mean, window: 1h, source_features: [flow]") +
                          feature("x", "source_features: [feature.flow]"))),
            "");
}

TEST(Repository, FormulaFollowsFromTheOneFreeSourceFeature) {
  const LoadedRepository loaded =
      load(feature("x", "aggregation: sum, window: 1h, source_features: [flow, mode], filter: mode == 'run'"));
  EXPECT_EQ(codes_of(loaded), "");
  EXPECT_EQ(loaded.repository.features[0].formula_text, "flow");
  EXPECT_NE(loaded.repository.features[0].filter, nullptr);
  const LoadedRepository count = load(feature("x", "aggregation: count, window: 1h"));
  EXPECT_EQ(codes_of(count), "");
  EXPECT_TRUE(count.repository.features[0].formulas.empty());
  EXPECT_EQ(count.repository.features[0].type, (Type{ScalarType::kInt64, false}));
  EXPECT_EQ(count.repository.features[0].source, "telemetry");
  EXPECT_EQ(codes_of(load(feature("x", "aggregation: count, window: 1h, source_features: [flow, power]"))),
            "F011 F011");
  const LoadedRepository filtered =
      load(feature("x", "aggregation: count, window: 1h, source_features: [cost], filter: cost > 1"));
  EXPECT_EQ(codes_of(filtered), "");
  EXPECT_EQ(filtered.repository.features[0].source, "service");
}

TEST(Repository, FeaturesWithoutAggregation) {
  const LoadedRepository loaded =
      load(feature("ratio", "source_features: [flow, power], formula: flow / power, filter: power > 0") +
           feature("double_ratio", "source_features: [ratio], formula: ratio * 2") +
           feature("hour_now", "formula: hour(event_time())"));
  EXPECT_EQ(errors_of(loaded), "");
  const FeatureDefinition& ratio = *loaded.repository.find_feature("ratio");
  EXPECT_EQ(ratio.aggregation, Aggregation::kLast);
  EXPECT_EQ(ratio.window.kind, WindowSpec::Kind::kLifetime);
  const FeatureDefinition& derived = *loaded.repository.find_feature("double_ratio");
  EXPECT_TRUE(derived.is_derived());
  EXPECT_EQ(derived.source, "telemetry");
  EXPECT_EQ(derived.type.scalar, ScalarType::kDouble);
  EXPECT_TRUE(loaded.repository.find_feature("hour_now")->is_derived());
}

TEST(Repository, DrivingSources) {
  const std::string a = feature("a", "aggregation: mean, window: 1h, source_features: [flow]");
  const std::string b = feature("b", "aggregation: mean, window: 1h, source_features: [cost]");
  EXPECT_EQ(
      load(a + feature("x", "aggregation: max, window: 1h, source_features: [a]")).repository.find_feature("x")->source,
      "telemetry");
  EXPECT_EQ(load(a + b + feature("x", "aggregation: max, window: 1h, source_features: [b, flow], formula: b + flow"))
                .repository.find_feature("x")
                ->source,
            "telemetry");
  EXPECT_EQ(codes_of(load(a + b + feature("x", "source_features: [a, b], formula: a + b"))), "F018")
      << "the default source does not decide";
  EXPECT_EQ(load(a + b + feature("x", "source: service, source_features: [a, b], formula: a + b"))
                .repository.find_feature("x")
                ->source,
            "service");
}

TEST(Repository, FeaturesComeAfterThoseThatTheyUse) {
  const std::string base = feature("e", "aggregation: mean, window: 1h, source_features: [flow]");
  const LoadedRepository loaded = load(feature("d", "source_features: [c], formula: c + 1") +
                                       feature("a", "aggregation: sum, window: 1h, source_features: [flow]") +
                                       feature("c", "source_features: [e], formula: e + 1") + base);
  EXPECT_EQ(errors_of(loaded), "");
  EXPECT_EQ(names_of(loaded), "a e c d");
}

TEST(Repository, LongChainsNeedNoStack) {
  std::string text;
  for (int i = 10000; i > 0; --i)
    text += feature("f" + std::to_string(i), "source_features: [f" + std::to_string(i - 1) + "]");
  text += feature("f0", "aggregation: mean, window: 1h, source_features: [flow]");
  EXPECT_EQ(load(text).repository.features.size(), 10001u);
  EXPECT_EQ(codes_of(load(text + feature("g", "source_features: [g2]") + feature("g2", "source_features: [g]"))),
            "F015");
}

TEST(Repository, OneProblemSilencesWhatDependsOnIt) {
  const std::string broken = feature("a", "aggregation: mean, window: 1h, source_features: [flw]");
  EXPECT_EQ(codes_of(load(broken + feature("x", "source_features: [a], formula: a + 1") +
                          feature("y", "aggregation: max, window: 1h, source_features: [x]"))),
            "F008");
  EXPECT_EQ(codes_of(load(feature("a", "aggregation: mean, window: 1x, source_features: [flow]") +
                          feature("x", "source_features: [a], formula: length(a)"))),
            "W001 F203")
      << "the type is known, although the window is wrong";
  const LoadedRepository mixed =
      load(broken + feature("fine", "aggregation: mean, window: 1h, source_features: [flow]"));
  EXPECT_EQ(names_of(mixed), "fine");
}

TEST(Repository, Defaults) {
  const auto default_of = [](const std::string& rest) {
    const LoadedRepository loaded = load(feature("x", rest));
    return loaded.repository.features.empty() ? codes_of(loaded) : to_json(loaded.repository.features[0].default_value);
  };
  EXPECT_EQ(default_of("aggregation: mean, window: 1h, source_features: [flow], default: 0"), "0.0");
  EXPECT_EQ(default_of("aggregation: mean, window: 1h, source_features: [flow], default: -0.0"), "0.0");
  EXPECT_EQ(default_of("aggregation: mean, window: 1h, source_features: [flow], default: .inf"), "F027");
  EXPECT_EQ(default_of("aggregation: count, window: 1h, default: 7"), "7");
  EXPECT_EQ(default_of("aggregation: count, window: 1h, default: 7.0"), "F027");
  EXPECT_EQ(default_of("source_features: [mode], default: on"), "\"on\"");
  EXPECT_EQ(default_of("source_features: [ok], default: false"), "false");
  EXPECT_EQ(default_of("source_features: [ok], default: no"), "F027");
  EXPECT_EQ(default_of("source_features: [due], default: 2024-03-01T12:00:00Z"), "\"2024-03-01T12:00:00Z\"");
  EXPECT_EQ(default_of("aggregation: last_k, window: 1h, source_features: [flow], params: {k: 2}, default: [1, 2.5]"),
            "[1.0, 2.5]");
  EXPECT_EQ(default_of("source_features: [mode], default: null"), "null");
}

TEST(Repository, Windows) {
  const auto window_of = [](const std::string& window) {
    const LoadedRepository loaded = load(feature("x", "aggregation: sum, source_features: [flow], window: " + window));
    return loaded.repository.features.empty() ? codes_of(loaded) : to_string(loaded.repository.features[0].window);
  };
  EXPECT_EQ(window_of("90m"), "90m");
  EXPECT_EQ(window_of("{size: 24h, closed: left}"), "size=1d closed=left");
  EXPECT_EQ(window_of("{size: 7d, offset: 1d}"), "size=1w offset=1d");
  EXPECT_EQ(window_of("{last: 10000}"), "last=10000");
  EXPECT_EQ(window_of("{last: 0}"), "D012");
  EXPECT_EQ(window_of("{tumbling: 1h, offset: 15m}"), "tumbling=1h offset=15m");
  EXPECT_EQ(window_of("{session: 30m}"), "session=30m");
  EXPECT_EQ(window_of("lifetime"), "lifetime");
  for (const char* wrong :
       {"1", "0h", "-1h", "1.5h", "1M", "1 h", "1h30m", "12:30", "Lifetime", "true", "99999999999999999w"})
    EXPECT_EQ(window_of(wrong), "W001") << wrong;
  EXPECT_EQ(window_of("{size: 1h, closed: both, offset: 1h, gap: 1}"), "D004");
  EXPECT_EQ(window_of("{last: 5, closed: left, offset: 1h}"), "W002 W003");
  EXPECT_EQ(window_of("{}"), "W001");
}

TEST(Repository, WindowsBeyondAllTimeCoverTheSame) {
  const auto window_of = [](const std::string& window) {
    const LoadedRepository loaded = load(feature("x", "aggregation: sum, source_features: [flow], window: " + window));
    return to_string(loaded.repository.features.at(0).window);
  };
  // The years 1 to 9999 have 3,652,059 days; edges of at most that cannot leave 64 bits.
  EXPECT_EQ(window_of("3652059d"), "3652059d");
  EXPECT_EQ(window_of("15250284w"), "3652059d");
  EXPECT_EQ(window_of("{size: 15250284w, closed: both, offset: 15250284w}"),
            "size=3652059d closed=both offset=3652059d");
  EXPECT_EQ(window_of("{size: 1h, offset: 15250284w}"), "size=1h offset=3652059d");
  EXPECT_EQ(window_of("{tumbling: 15250284w}"), "tumbling=3652059d");
  EXPECT_EQ(window_of("{tumbling: 4000000d, offset: 8000001d}"), "tumbling=3652059d offset=1d");
  EXPECT_EQ(window_of("{tumbling: 4000000d, offset: 3999999d}"), "tumbling=3652059d offset=3652058d");
  // Its grid has no point between the years 1 and 9999, so that no window is ever complete.
  EXPECT_EQ(window_of("{tumbling: 8000000d, offset: 4000000d}"), "tumbling=3652059d offset=2932897d");
  EXPECT_EQ(window_of("{tumbling: 1w, offset: 106751990d}"), "tumbling=1w offset=2d");
  EXPECT_EQ(window_of("{session: 15250284w}"), "session=15250284w");
}

TEST(Repository, Checks) {
  const LoadedRepository loaded =
      load(feature("x",
                   "aggregation: mean, window: 1h, source_features: [flow], quality_checks: [{type: range, params: "
                   "[null, 5]}, {type: not_null, severity: warn}, "
                   "{type: range, params: [0, null], min_fraction: 0.5}, {type: allowed_values, values: [1, 2.5]}, "
                   "{type: volume, min: 1, per: 1h}, "
                   "{type: freshness, max_age: 2h}, {type: drift, metric: psi, threshold: 0.2, reference: 7d}, {type: "
                   "unique, name: mine}, {type: monotonic}, "
                   "{type: expression, formula: value > 0 or flow is null}]"));
  EXPECT_EQ(errors_of(loaded), "");
  const std::vector<QualityCheck>& checks = loaded.repository.features.at(0).checks;
  ASSERT_EQ(checks.size(), 10u);
  EXPECT_EQ(checks[0].name, "range");
  EXPECT_EQ(checks[2].name, "range_2");
  EXPECT_EQ(checks[7].name, "mine");
  EXPECT_FALSE(checks[1].is_error);
  EXPECT_EQ(std::get<checks::Range>(checks[2].condition).min_fraction, 0.5);
  EXPECT_EQ(to_json(std::get<checks::AllowedValues>(checks[3].condition).values[0]), "1.0");
  EXPECT_EQ(references_of(*std::get<checks::Expression>(checks[9].condition).formula).front(),
            (Reference{Reference::Kind::kColumn, "", "value"}));
}

TEST(Repository, Versions) {
  const auto codes = [](const std::string& version) {
    return codes_of(
        load("---\nfeature: {name: x, owner: o, description: d, source_features: [flow], version: " + version + "}\n"));
  };
  for (const char* right : {"\"1.20\"", "'1.2.3'", "1.2.3", "\"0.0\""}) EXPECT_EQ(codes(right), "") << right;
  for (const char* number : {"1.20", "1", "1e3", "true", "0x1"}) EXPECT_EQ(codes(number), "F001") << number;
  for (const char* wrong : {"\"1\"", "\"v1.0\"", "\"1.0.0.0\"", "\"1.\"", "\"1.0-rc\"", "\" 1.0\""})
    EXPECT_EQ(codes(wrong), "F002") << wrong;
}

std::filesystem::path cases_folder() { return std::filesystem::path(HEADRACE_SOURCE_DIR) / "tests" / "cases"; }

TEST(Repository, LoadsEveryCaseOfTheLanguage) {
  size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(cases_folder())) {
    if (entry.path().extension() != ".yaml") continue;
    std::ifstream in(entry.path(), std::ios::binary);
    std::stringstream text;
    text << in.rdbuf();
    // The case's `repository` is a literal block, indented by two.
    std::istringstream lines(text.str());
    std::string definitions;
    bool is_inside = false;
    for (std::string line; std::getline(lines, line);) {
      if (is_inside && line.starts_with("  ")) definitions += line.substr(2) + "\n";
      if (!line.starts_with("  ") && !line.empty()) is_inside = line == "repository: |";
    }
    if (definitions.empty() || text.str().find("error:") != std::string::npos) continue;
    EXPECT_EQ(errors_of(load_repository({{entry.path().filename(), definitions}})), "") << entry.path();
    ++count;
  }
  EXPECT_GE(count, 10u);
}

TEST(Repository, HasWhatAnAuthorExpectsOfAChange) {
  const auto expected = [](const std::string& text) {
    return load(feature("x", "aggregation: mean, window: 1h, source_features: [flow], expected_change: " + text));
  };
  const LoadedRepository none = expected("none");
  EXPECT_EQ(errors_of(none), "");
  EXPECT_TRUE(none.repository.features[0].expected_change->is_none);
  const LoadedRepository ends = expected("{mean_shift: [0.02, 0.08], null_rate_delta: [-0.01, 0]}");
  EXPECT_EQ(errors_of(ends), "");
  EXPECT_EQ(ends.repository.features[0].expected_change->mean_shift, (ExpectedInterval{0.02, 0.08}));
  EXPECT_EQ(ends.repository.features[0].expected_change->null_rate_delta, (ExpectedInterval{-0.01, 0.0}));

  EXPECT_EQ(codes_of(expected("{mean_shift: [0.2, 0.1]}")), "F033");
  EXPECT_EQ(codes_of(expected("{}")), "F033");
  EXPECT_EQ(codes_of(expected("equal")), "D011");
  EXPECT_EQ(codes_of(expected("{mean_shift: 0.2}")), "D006");
  EXPECT_EQ(codes_of(expected("{mean_shift: [a, 1]}")), "D006");
  EXPECT_EQ(codes_of(expected("{mean: [0, 1]}")).substr(0, 4), "D004");
}

}  // namespace
}  // namespace headrace
