#include "codegen/beam/beam.h"

#include "codegen/beam/formula_text.h"
#include "codegen/beam/kept_plan.h"
#include "codegen/python_text.h"
#include "language/load_repository.h"
#include "plan/make_plan.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace headrace {
namespace {

struct Generated {
  LoadedRepository loaded;
  Plan plan;
  GeneratedProject project;

  std::string text_of(std::string_view path) const {
    for (const GeneratedFile& file : project.files) {
      if (file.path == path) return file.text;
    }
    return "";
  }
};

Generated generate(const std::string& definitions) {
  Generated out;
  out.loaded = load_repository({{"project.yaml", definitions}});
  EXPECT_FALSE(out.loaded.diagnostics.has_errors());
  out.plan = make_plan(out.loaded.repository);
  std::vector<size_t> outputs;
  for (size_t i = 0; i < out.plan.features.size(); ++i) outputs.push_back(i);
  out.project = generate_beam({out.plan, outputs});
  return out;
}

std::string definitions(std::string_view location, std::string_view features) {
  return fmt::format(
      "entity: {{name: pump, key: id}}\n---\nsource: {{name: s, entity: pump, event_time: at, columns: {{x: "
      "double}}{}}}\n{}",
      location, features);
}

constexpr std::string_view kTwoFeatures = R"(---
feature: {name: newest, owner: t, version: "1.0", aggregation: last, window: 1h, source_features: [x]}
---
feature: {name: doubled, owner: t, version: "1.0", source_features: [newest], formula: newest * 2}
---
feature: {name: total, owner: t, version: "1.0", aggregation: sum, window: 1h, source_features: [x]}
)";

TEST(Beam, RefusesWhatNeedsAnOrderThatTheSourceLacks) {
  const std::string pubsub = ", stream: {pubsub: {project: p, subscription: q}}";
  const Generated generated = generate(definitions(pubsub, kTwoFeatures));
  ASSERT_EQ(generated.project.refusals.size(), 2U);
  EXPECT_EQ(generated.project.refusals[0].feature, "newest");
  EXPECT_EQ(generated.project.refusals[0].code, "G005");
  EXPECT_EQ(generated.project.refusals[1].feature, "doubled");
  EXPECT_EQ(generated.project.refusals[1].code, "G006");
  EXPECT_NE(generated.text_of("pipeline.py").find("class Total("), std::string::npos);
  EXPECT_EQ(generated.text_of("pipeline.py").find("class Newest("), std::string::npos);
}

TEST(Beam, RefusesNothingWhereThereIsAnOrder) {
  for (const char* location :
       {"", ", stream: {kafka: {brokers: \"b:9092\", topic: t}}",
        ", arrival: seq, stream: {pubsub: {project: p, subscription: q}}",
        ", batch: {format: csv, path: a.csv}, stream: {pubsub: {project: p, subscription: q}}"}) {
    EXPECT_TRUE(generate(definitions(location, kTwoFeatures)).project.refusals.empty()) << location;
  }
}

TEST(Beam, FilesAreSortedAndTheSameEachTime) {
  const Generated first = generate(definitions("", kTwoFeatures));
  const Generated second = generate(definitions("", kTwoFeatures));
  ASSERT_EQ(first.project.files.size(), second.project.files.size());
  for (size_t i = 0; i < first.project.files.size(); ++i) {
    EXPECT_EQ(first.project.files[i].text, second.project.files[i].text);
    if (i > 0) {
      EXPECT_LT(first.project.files[i - 1].path, first.project.files[i].path);
    }
  }
}

TEST(Beam, DerivedFeaturesAskForTheInstantsThatTheirUsersNeed) {
  const Generated generated = generate(definitions("", std::string(kTwoFeatures) + R"(---
feature: {name: high, owner: t, version: "1.0", aggregation: max, window: 2h, source_features: [doubled]}
)"));
  const KeptPlan kept = keep({generated.plan, {generated.plan.features.size() - 1}});
  ASSERT_EQ(kept.features.size(), 3U);  // without `total`
  EXPECT_TRUE(kept.at_instants[kept.features[2]]);
  EXPECT_FALSE(kept.at_instants[kept.features[0]]);
  EXPECT_EQ(kept.at_events[kept.features[0]].size(), 1U);
  EXPECT_EQ(kept.reach_of(0)[0].bounded.us, 3 * 3600 * kMicrosPerSecond);
  EXPECT_FALSE(kept.reach_of(0)[0].is_for_ever);
}

TEST(Beam, TheHorizonIsOpenWhereAValueMayComeFromAnyTime) {
  for (const char* window : {"lifetime", "{last: 3}", "{session: 10m}"}) {
    const std::string feature = fmt::format(
        "---\nfeature: {{name: n, owner: t, version: \"1.0\", aggregation: sum, window: {}, source_features: [x]}}\n",
        window);
    const Generated generated = generate(definitions("", feature));
    EXPECT_TRUE(keep({generated.plan, {0}}).reach_of(0)[0].is_for_ever) << window;
  }
}

TEST(Beam, OneValueOfAnyTimeLeavesTheOthersBounded) {
  const Generated generated = generate(definitions("", R"(---
feature: {name: ever, owner: t, version: "1.0", aggregation: mean, window: lifetime, source_features: [x]}
---
feature: {name: hours, owner: t, version: "1.0", aggregation: sum, window: 2h, source_features: [x]}
---
feature: {name: excess, owner: t, version: "1.0", aggregation: sum, window: 9h, source_features: [x, ever], formula: x - ever}
)"));
  const KeptPlan kept = keep({generated.plan, {0, 1, 2}});
  EXPECT_EQ(kept.reach_of(0)[0].bounded.us, 2 * 3600 * kMicrosPerSecond)
      << "what uses `ever` is kept as a partial, like it";
  EXPECT_TRUE(kept.reach_of(0)[0].is_for_ever);
}

TEST(PythonText, QuotesAndNames) {
  EXPECT_EQ(python_string("a\"b\\c\n\x01"), "\"a\\\"b\\\\c\\n\\x01\"");
  EXPECT_EQ(python_int(86'400'000'000), "86_400_000_000");
  EXPECT_EQ(python_int(-1234), "-1234");
  EXPECT_EQ(python_int(-12345), "-12_345");
  EXPECT_EQ(python_tuple({"a"}), "(a,)");
  EXPECT_EQ(camel_case("pump_efficiency_24h"), "PumpEfficiency24h");
  PythonNames names({"taken"});
  EXPECT_EQ(names.take("class", "_value"), "class_value");
  EXPECT_EQ(names.take("taken", "_value"), "taken_value");
  EXPECT_EQ(names.take("Flow Rate", "_value"), "Flow_Rate");
  EXPECT_EQ(names.take("Flow_Rate", ""), "Flow_Rate_2");
  EXPECT_EQ(names.take("1st", ""), "x1st");
}

TEST(FormulaText, DeepExpressionsAreCut) {
  const Type type{ScalarType::kDouble};
  ExprPtr sum = Expr::make_reference(type, {Reference::Kind::kColumn, "s", "x"});
  for (int i = 0; i < 300; ++i) sum = Expr::make_call(type, Function::kAdd, {sum, Expr::make_literal(type, {1.0})});
  const PythonFunction function = python_function(*sum, "total", "A long sum.");
  size_t longest = 0;
  size_t start = 0;
  while (start < function.definition.size()) {
    const size_t end = function.definition.find('\n', start);
    longest = std::max(longest, end - start);
    start = end + 1;
  }
  EXPECT_LT(longest, 250U);
  EXPECT_NE(function.definition.find("part_3 = f.add("), std::string::npos);
  EXPECT_EQ(one_line(function.formula), "Formula(total, columns=(\"x\",))");
}

}  // namespace
}  // namespace headrace
