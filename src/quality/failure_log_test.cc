#include "quality/failure_log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace headrace {
namespace {

struct Failure {
  std::string pump;
  double badness;
};

/// "pump@second" of the offenders, after failures at seconds 0, 1, 2, ...
std::string shown(const std::vector<Failure>& failures) {
  ColumnBuilder keys({ScalarType::kString});
  ColumnBuilder times({ScalarType::kTimestamp});
  ColumnBuilder values({ScalarType::kDouble});
  for (size_t i = 0; i < failures.size(); ++i) {
    keys.append(Value{failures[i].pump});
    times.append_int64(static_cast<int64_t>(i) * kMicrosPerSecond);
    values.append(Value{failures[i].badness});
  }
  const std::vector<std::string> names = {"id"};
  const std::vector<Column> columns = {std::move(keys).finish(), std::move(times).finish()};
  const Column bad = std::move(values).finish();
  FailureLog log;
  for (size_t i = 0; i < failures.size(); ++i) {
    log.fail({&names, columns.data(), &columns[1]}, bad, static_cast<int64_t>(i), failures[i].badness, "");
  }
  EXPECT_EQ(log.failed(), static_cast<int64_t>(failures.size()));
  std::string out;
  for (const Offender& each : log.offenders()) {
    out += each.entity.substr(3) + "@" + std::to_string(each.time.us / kMicrosPerSecond) + " ";
  }
  return out;
}

TEST(FailureLog, TheWorstOfEachEntityComesFirst) {
  EXPECT_EQ(shown({}), "");
  EXPECT_EQ(shown({{"a", 9}, {"a", 8}, {"b", 1}, {"a", 7}, {"c", 2}}), "a@0 c@4 b@2 a@1 a@3 ");
  EXPECT_EQ(shown({{"a", 1}, {"a", 2}, {"a", 3}, {"a", 4}, {"a", 5}, {"a", 6}}), "a@5 a@4 a@3 a@2 a@1 ");
}

TEST(FailureLog, OfManyEntitiesTheWorstAreShown) {
  EXPECT_EQ(shown({{"a", 9}, {"a", 8}, {"b", 1}, {"c", 2}, {"d", 3}, {"e", 4}, {"f", 5}}), "a@0 f@6 e@5 d@4 c@3 ");
  // One that had to give way comes back with a worse row.
  EXPECT_EQ(shown({{"a", 1}, {"b", 2}, {"c", 3}, {"d", 4}, {"e", 5}, {"f", 6}, {"a", 7}}), "a@6 f@5 e@4 d@3 c@2 ");
}

TEST(FailureLog, OfEquallyBadOnesTheFirstAreShown) {
  EXPECT_EQ(shown({{"a", 0}, {"b", 0}, {"a", 0}, {"c", 0}, {"d", 0}, {"e", 0}, {"f", 0}, {"g", 0}}),
            "a@0 b@1 c@3 d@4 e@5 ");
  EXPECT_EQ(shown({{"a", 0}, {"a", 0}, {"b", 0}, {"a", 0}}), "a@0 b@2 a@1 a@3 ");
}

/// Sorting everything gives the same, whatever order failures come in.
TEST(FailureLog, AgreesWithSortingEverything) {
  uint64_t state = 7;
  const auto random = [&](uint64_t below) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (state >> 33) % below;
  };
  for (int round = 0; round < 300; ++round) {
    std::vector<Failure> failures;
    const uint64_t pumps = 1 + random(9);
    for (uint64_t i = random(40); i > 0; --i) {
      failures.push_back({std::string(1, static_cast<char>('a' + random(pumps))), static_cast<double>(random(6))});
    }
    std::vector<size_t> order(failures.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    const auto by_badness = [&](size_t a, size_t b) { return failures[a].badness > failures[b].badness; };
    std::stable_sort(order.begin(), order.end(), by_badness);
    std::map<std::string, int> ranks;
    std::map<size_t, int> rank;
    for (const size_t i : order) rank[i] = ranks[failures[i].pump]++;
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return rank[a] < rank[b]; });
    std::string wanted;
    for (size_t i = 0; i < std::min(order.size(), CheckResult::kOffendersMax); ++i) {
      wanted += failures[order[i]].pump + "@" + std::to_string(order[i]) + " ";
    }
    EXPECT_EQ(shown(failures), wanted);
  }
}

}  // namespace
}  // namespace headrace
