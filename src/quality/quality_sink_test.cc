#include "quality/quality_sink.h"
#include "language/load_repository.h"
#include "plan/make_plan.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace headrace {
namespace {

constexpr std::string_view kSource = R"yaml(
entity: {name: pump, key: id}
---
source: {name: readings, entity: pump, event_time: at, columns: {x: double, n: int64, s: string}}
---
source: {name: limits, entity: pump, event_time: at, columns: {top: double}}
)yaml";

struct Event {
  int64_t id;
  int64_t second;
  Value x, n, s;
};

/// x, n and s over time: a null, a value out of range, a fall.
const std::vector<Event> kEvents = {
    {1, 0, {0.5}, {int64_t{1}}, {std::string("a")}},  {2, 0, {0.5}, {int64_t{5}}, {std::string("b")}},
    {1, 10, {1.5}, {int64_t{2}}, {std::string("c")}}, {2, 10, {}, {}, {}},
    {1, 20, {0.1}, {int64_t{1}}, {std::string("a")}}, {2, 20, {9.0}, {int64_t{6}}, {std::string("b")}},
};

Batch batch_of(const SourceRequest& request, const std::vector<Event>& events) {
  Batch batch;
  batch.rows = static_cast<int64_t>(events.size());
  for (size_t column = 0; column < request.columns.size(); ++column) {
    const std::string& name = request.columns[column];
    ColumnBuilder builder({name == "id" ? ScalarType::kInt64 : request.types[column]});
    for (const Event& event : events) {
      if (name == "id") {
        builder.append_int64(event.id);
      } else if (name == "at") {
        builder.append_int64(event.second * kMicrosPerSecond);
      } else {
        builder.append(name == "n" ? event.n : name == "s" ? event.s : event.x);
      }
    }
    batch.columns.push_back(std::move(builder).finish());
  }
  return batch;
}

class LineSink : public Sink {
 public:
  Status write(const Batch& batch) override {
    for (int64_t row = 0; row < batch.rows; ++row) {
      std::string line;
      for (const Column& column : batch.columns) line += to_json(column.value_at(row)) + " ";
      lines.push_back(line);
    }
    return {};
  }
  std::vector<std::string> lines;
};

struct Checked {
  QualityReport report;
  std::vector<std::string> lines;      // with checks
  std::vector<std::string> unchecked;  // the same backfill without
};

std::vector<size_t> indices_of(const Plan& plan, const std::vector<std::string>& names) {
  std::vector<size_t> indices;
  for (const std::string& name : names)
    indices.push_back(static_cast<size_t>(plan.find_feature(name) - plan.features.data()));
  return indices;
}

std::vector<std::string> backfilled(const Plan& plan, const BackfillRequest& request, Sink& sink,
                                    const LineSink& lines) {
  std::map<std::string, std::unique_ptr<MemorySource>> sources;
  OpenSources open;
  for (const SourceRequest& each : source_requests(plan, request.entity, request.features)) {
    // Limits come at times of their own, so that rows of a foreign driving source would show.
    std::vector<Event> events = kEvents;
    if (each.source == "limits") events = {{1, 5, {1.0}, {}, {}}, {2, 15, {2.0}, {}, {}}};
    sources[each.source] = std::make_unique<MemorySource>(std::vector<Batch>{batch_of(each, events)});
    open[each.source] = sources[each.source].get();
  }
  EXPECT_TRUE(backfill(plan, request, open, {}, sink).ok());
  return lines.lines;
}

/// Backfills all features, whose definitions follow those of the sources.
Checked check(const std::string& features) {
  const LoadedRepository loaded = load_repository({{"test.yaml", std::string(kSource) + "---\n" + features}});
  for (const Diagnostic& problem : loaded.diagnostics.sorted()) {
    if (problem.severity == Severity::kError) ADD_FAILURE() << problem.message;
  }
  std::vector<std::string> names;
  for (const FeatureDefinition& feature : loaded.repository.features) names.push_back(feature.name);
  BackfillRequest request;

  Checked checked;
  const Plan plan = make_plan(loaded.repository, names, CheckNodes::kAdded);
  request.features = indices_of(plan, names);
  LineSink lines;
  QualitySink sink(plan, request, &lines);
  checked.lines = backfilled(plan, with_checks(plan, request), sink, lines);
  checked.report = sink.report();

  const Plan plain = make_plan(loaded.repository, names);
  request.features = indices_of(plain, names);
  LineSink plain_lines;
  checked.unchecked = backfilled(plain, request, plain_lines, plain_lines);
  return checked;
}

std::string feature(const std::string& name, const std::string& rest, const std::string& checks) {
  return "feature: {name: " + name + ", description: d, owner: t, version: \"1.0\", " + rest + ", quality_checks: [" +
         checks + "]}\n";
}

/// One feature over x with one check.
CheckResult check_x(const std::string& check_text, const std::string& rest = "source_features: [x]") {
  Checked checked = check(feature("f", rest, check_text));
  EXPECT_EQ(checked.lines, checked.unchecked);
  EXPECT_EQ(checked.report.checks.size(), 1u);
  return checked.report.checks.at(0);
}

/// "verdict failed/looked_at: entity second value note, ..".
std::string shown(const CheckResult& result) {
  std::string out(to_string(result.verdict));
  out += " " + std::to_string(result.failed) + "/" + std::to_string(result.looked_at);
  for (const Offender& each : result.offenders) {
    out += ", " + each.entity + " " + std::to_string(each.time.us / kMicrosPerSecond) + " " + to_json(each.value);
    if (!each.note.empty()) out += " " + each.note;
  }
  return out;
}

// The values of `{source_features: [x]}` are x carried forward: 0.5 0.5 | 1.5 0.5 | 0.1 9.0.

TEST(QualitySink, RangeShowsTheFarthestFirst) {
  EXPECT_EQ(shown(check_x("{type: range, params: [0.4, 1.0]}")), "fail 3/6, id=2 20 9.0, id=1 10 1.5, id=1 20 0.1");
  EXPECT_EQ(shown(check_x("{type: range, params: [0.1, 9.0]}")), "pass 0/6");
  EXPECT_EQ(shown(check_x("{type: range, params: [0.4, null]}")), "fail 1/6, id=1 20 0.1");
  EXPECT_EQ(shown(check_x("{type: range, params: [null, 1]}")), "fail 2/6, id=2 20 9.0, id=1 10 1.5");
  EXPECT_EQ(shown(check_x("{type: range, params: [0, 1], severity: warn}")), "warn 2/6, id=2 20 9.0, id=1 10 1.5");
}

TEST(QualitySink, RangeHoldsForAFraction) {
  EXPECT_EQ(check_x("{type: range, params: [0.4, 1.0], min_fraction: 0.5}").verdict, Verdict::kPass);
  EXPECT_EQ(check_x("{type: range, params: [0.4, 1.0], min_fraction: 0.51}").verdict, Verdict::kFail);
}

// The mean of the last second: null where x is.
constexpr const char* kFresh = "source_features: [x], aggregation: mean, window: 1s";

TEST(QualitySink, NullsCountForCompletenessAndNotNullOnly) {
  EXPECT_EQ(shown(check_x("{type: completeness, threshold: 0.9}", kFresh)), "fail 1/6, id=2 10 null");
  EXPECT_EQ(shown(check_x("{type: completeness, threshold: 0.8}", kFresh)), "pass 1/6, id=2 10 null");
  EXPECT_EQ(shown(check_x("{type: not_null}", kFresh)), "fail 1/6, id=2 10 null");
  EXPECT_EQ(shown(check_x("{type: range, params: [0, 10]}", kFresh)), "pass 0/5");
  EXPECT_EQ(shown(check_x("{type: allowed_values, values: [0.5, 1.5, 0.1, 9]}", kFresh)), "pass 0/5");
  EXPECT_EQ(shown(check_x("{type: unique}", kFresh)), "fail 1/5, id=2 0 0.5");
}

TEST(QualitySink, ChecksSeeValuesBeforeDefault) {
  const std::string with_default = std::string(kFresh) + ", default: -1.0";
  EXPECT_EQ(shown(check_x("{type: not_null}", with_default)), "fail 1/6, id=2 10 null");
  EXPECT_EQ(shown(check_x("{type: range, params: [0, 10]}", with_default)), "pass 0/5");
  EXPECT_EQ(shown(check_x("{type: expression, formula: value >= 0}", with_default)), "pass 0/5");
}

TEST(QualitySink, AllowedValuesOfEachType) {
  EXPECT_EQ(shown(check_x("{type: allowed_values, values: [a, b]}", "source_features: [s]")),
            "fail 1/6, id=1 10 \"c\"");
  EXPECT_EQ(shown(check_x("{type: allowed_values, values: [1, 5, 6]}", "source_features: [n]")), "fail 1/6, id=1 10 2");
  EXPECT_EQ(shown(check_x("{type: allowed_values, values: [true]}", "source_features: [n], formula: n > 1")),
            "fail 2/6, id=1 0 false, id=1 20 false");
}

TEST(QualitySink, UniqueLooksAtTheWholeTable) {
  EXPECT_EQ(shown(check_x("{type: unique}", "source_features: [s]")),
            "fail 3/6, id=2 10 \"b\", id=1 20 \"a\", id=2 20 \"b\"");
  EXPECT_EQ(
      shown(check_x("{type: unique}", "source_features: [x], aggregation: last_k, params: {k: 9}, window: lifetime")),
      "fail 2/6, id=2 0 [0.5], id=2 10 [0.5]");
}

TEST(QualitySink, MonotonicLooksAtEachEntity) {
  EXPECT_EQ(shown(check_x("{type: monotonic}", "source_features: [n]")), "fail 1/6, id=1 20 1 after 2");
  EXPECT_EQ(shown(check_x("{type: monotonic}", "source_features: [s]")), "fail 1/6, id=1 20 \"a\" after \"c\"");
  EXPECT_EQ(shown(check_x("{type: monotonic}", "source: readings, aggregation: count, window: lifetime")), "pass 0/6");
}

TEST(QualitySink, ExpressionReadsTheSourceFeatures) {
  const std::string rest = "source_features: [x, n], formula: x + double(n), aggregation: last, window: lifetime";
  // n is its last value: 1 5 | 2 5 | 1 6; value is the last x + n that is not null.
  EXPECT_EQ(shown(check_x("{type: expression, formula: value - n < 1.2}", rest)),
            "fail 2/6, id=1 10 3.5, id=2 20 15.0");
  EXPECT_EQ(shown(check_x("{type: expression, formula: value > 0}", kFresh)), "pass 0/5");
}

TEST(QualitySink, ExpressionOverAFeatureOfAnotherSourceAddsNoRows) {
  const std::string top = feature("top_now", "source_features: [top]", "");
  const std::string used = feature("low",
                                   "source: readings, source_features: [x, top_now], formula: x, filter: top_now is "
                                   "null or x > 0, aggregation: last, window: lifetime",
                                   "{type: expression, formula: value <= top_now}");
  const LoadedRepository loaded =
      load_repository({{"test.yaml", std::string(kSource) + "---\n" + top + "---\n" + used}});
  const Plan plan = make_plan(loaded.repository, {"low"}, CheckNodes::kAdded);
  ASSERT_EQ(plan.features.back().name, "__check_low_0");
  BackfillRequest request;
  request.features = indices_of(plan, {"low"});
  LineSink lines;
  QualitySink sink(plan, request, &lines);
  EXPECT_EQ(backfilled(plan, with_checks(plan, request), sink, lines).size(), kEvents.size());
  // The limit of pump 1 is 1.0 from second 5, that of pump 2 is 2.0 from second 15.
  EXPECT_EQ(shown(sink.report().checks.at(0)), "fail 2/3, id=1 10 1.5, id=2 20 9.0");
}

TEST(QualitySink, OnlyTheWorstFiveAreKept) {
  const CheckResult result = check_x("{type: range, params: [100, 200]}");
  EXPECT_EQ(result.failed, 6);
  EXPECT_EQ(shown(result), "fail 6/6, id=1 20 0.1, id=2 0 0.5, id=1 0 0.5, id=2 10 0.5, id=1 10 1.5");
}

TEST(QualitySink, SomeNeedARunningServer) {
  const CheckResult result = check_x("{type: freshness, max_age: 1h}");
  EXPECT_EQ(result.verdict, Verdict::kNotEvaluated);
  EXPECT_EQ(result.reason, "needs a running server");
  EXPECT_EQ(check_x("{type: volume, min: 1, per: 1h}").verdict, Verdict::kNotEvaluated);
  EXPECT_EQ(check_x("{type: drift, metric: psi, threshold: 0.2, reference: 7d}").verdict, Verdict::kNotEvaluated);
}

TEST(QualityReport, Text) {
  const Checked checked = check(
      feature(
          "f", kFresh,
          "{type: range, params: [0.4, 1.0]}, {type: completeness, threshold: 0.5}, {type: freshness, max_age: 1h}") +
      "---\n" + feature("level", "source_features: [n]", "{type: monotonic, severity: warn, name: rises}"));
  EXPECT_EQ(to_text(checked.report),
            R"(feature  check         verdict        looked at  failed      good  condition
f        range         fail                   5       3       0.4  0.4 <= value <= 1
f        completeness  pass                   6       1  0.833333  at least 0.5 of the values are there
f        freshness     not evaluated                               newest event at most 1h old (needs a running server)
level    rises         warn                   6       1  0.833333  never falls

f range: 3 of 5 fail
  id=2  1970-01-01T00:00:20Z  9.0
  id=1  1970-01-01T00:00:10Z  1.5
  id=1  1970-01-01T00:00:20Z  0.1

level rises: 1 of 6 fails
  id=1  1970-01-01T00:00:20Z  1  after 2
)");
}

TEST(QualityReport, Json) {
  const Checked checked = check(feature("f", kFresh, "{type: not_null}") + "---\n" +
                                feature("g", "source_features: [n]", "{type: monotonic, severity: warn}"));
  EXPECT_TRUE(checked.report.has_errors());
  EXPECT_TRUE(checked.report.has_warnings());
  EXPECT_EQ(
      nlohmann::ordered_json::parse(to_json(checked.report)).dump(),
      R"({"format_version":1,"checks":[{"entity":"pump","feature":"f","check":"not_null","type":"not_null","severity":"error",)"
      R"("condition":"no nulls","verdict":"fail","looked_at":6,"failed":1,"fraction":0.8333333333333334,"required":1.0,)"
      R"("offenders":[{"entity":"id=2","time":"1970-01-01T00:00:10Z","value":null}]},)"
      R"({"entity":"pump","feature":"g","check":"monotonic","type":"monotonic","severity":"warn","condition":"never falls",)"
      R"("verdict":"warn","looked_at":6,"failed":1,"fraction":0.8333333333333334,"required":1.0,)"
      R"("offenders":[{"entity":"id=1","time":"1970-01-01T00:00:20Z","value":1,"note":"after 2"}]}],"tables":[]})");
}

TEST(QualityReport, NothingLookedAtIsNoFailure) {
  CheckResult result;
  EXPECT_FALSE(result.fraction().has_value());
  EXPECT_FALSE(QualityReport{}.has_errors());
  EXPECT_EQ(to_text(QualityReport{}), "");
}

}  // namespace
}  // namespace headrace
