#include "quality/checks_digest.h"
#include "language/load_repository.h"
#include "plan/make_plan.h"

#include <gtest/gtest.h>

#include <set>

namespace headrace {
namespace {

std::string digest_of_checks(const std::string& checks, const std::string& rows = "1", const char* type = "double") {
  const std::string text = std::string("entity: {name: pump, key: id}\n---\n") +
                           "source: {name: s, entity: pump, event_time: at, columns: {x: double, y: " + type +
                           "}}\n---\n" +
                           "feature: {name: f, description: d, owner: o, version: \"1.0\", source_features: [x], "
                           "aggregation: last, window: lifetime, quality_checks: [" +
                           checks + "]}\n";
  const LoadedRepository loaded = load_repository({{"project.yaml", text}});
  for (const Diagnostic& each : loaded.diagnostics.sorted()) {
    if (each.severity == Severity::kError) ADD_FAILURE() << each.message;
  }
  return checks_digest(make_plan(loaded.repository, {}, CheckNodes::kAdded), {0}, rows);
}

TEST(ChecksDigest, ChangesWithWhateverVerdictsFollowFrom) {
  const std::vector<std::string> checks = {
      "",
      "{type: range, params: [0, 1]}",
      "{type: range, params: [0, 2]}",
      "{type: range, params: [null, 1]}",
      "{type: range, params: [0, 1], name: other}",
      "{type: range, params: [0, 1], severity: warn}",
      "{type: range, params: [0, 1], min_fraction: 0.5}",
      "{type: range, params: [0, 1]}, {type: not_null}",
      "{type: not_null}, {type: range, params: [0, 1]}",
      "{type: completeness, threshold: 0.5}",
      "{type: allowed_values, values: [1, 2]}",
      "{type: allowed_values, values: [1, 3]}",
      "{type: expression, formula: value > 0}",
      "{type: expression, formula: value > 1}",
  };
  std::set<std::string> digests;
  for (const std::string& each : checks) digests.insert(digest_of_checks(each));
  EXPECT_EQ(digests.size(), checks.size());
  EXPECT_FALSE(digests.contains(digest_of_checks(checks[1], "2")));
}

TEST(ChecksDigest, IsThatOfTheMeaningNotOfTheText) {
  EXPECT_EQ(digest_of_checks("{type: expression, formula: value > 0}"),
            digest_of_checks("{formula: (value  >  0), type: expression}"));
  EXPECT_EQ(digest_of_checks("{type: not_null}"), digest_of_checks("{type: not_null, severity: error}"));
}

}  // namespace
}  // namespace headrace
