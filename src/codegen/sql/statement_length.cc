#include "codegen/sql/statement_length.h"

#include <algorithm>
#include <limits>
#include <unordered_set>

namespace headrace::sql {
namespace {

/// A feature that uses more than so many others, by whatever ways, reads their values.
constexpr size_t kUsedMax = 64;
/// And all of them together so many, for files of some twenty megabytes.
constexpr size_t kUsedOfAllMax = 20'000;

/// How many features the statement of one computes; one more than the limit stands for all above.
size_t count_computed(const Plan& plan, size_t feature) {
  std::unordered_set<size_t> seen;
  std::vector<size_t> open = {feature};
  while (!open.empty() && seen.size() <= kUsedMax) {
    const size_t index = open.back();
    open.pop_back();
    if (!seen.insert(index).second) continue;
    const std::vector<size_t>& uses = plan.features[index].uses;
    open.insert(open.end(), uses.begin(), uses.end());
  }
  return seen.size();
}

}  // namespace

size_t statement_bytes_max(SqlDialect dialect) {
  switch (dialect) {
    case SqlDialect::kBigQuery: return 1'000'000;
    case SqlDialect::kSnowflake: return 1'000'000;
    case SqlDialect::kDuckDb: break;
  }
  return std::numeric_limits<size_t>::max();
}

std::vector<bool> features_with_whole_files(const Plan& plan, const std::vector<size_t>& outputs) {
  std::vector<size_t> computed(plan.features.size(), 0);
  std::vector<size_t> sorted;
  for (const size_t index : outputs) {
    computed[index] = count_computed(plan, index);
    if (computed[index] <= kUsedMax) sorted.push_back(computed[index]);
  }
  std::sort(sorted.begin(), sorted.end());

  // Features of one number of others are treated alike; a feature without others is always whole.
  size_t most = kUsedMax;
  size_t sum = 0;
  for (const size_t each : sorted) {
    sum += each;
    if (sum <= kUsedOfAllMax || each == 1) continue;
    most = each - 1;
    break;
  }

  std::vector<bool> whole(plan.features.size(), false);
  for (const size_t index : outputs) whole[index] = computed[index] <= most;
  return whole;
}

}  // namespace headrace::sql
