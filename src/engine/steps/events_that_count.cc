#include "engine/steps/events_that_count.h"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace headrace {
namespace {

bool is_same_event(const IdentifiedRow& a, const IdentifiedRow& b) {
  return !a.id.is_null() && a.key == b.key && a.id == b.id;
}

/// Settles rows [begin, end), which have one time.
void supersede(std::span<const IdentifiedRow> rows, size_t begin, size_t end, bool is_first_kept,
               std::vector<uint32_t>& order, std::vector<RowFate>& fates) {
  order.resize(end - begin);
  std::iota(order.begin(), order.end(), static_cast<uint32_t>(begin));
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    return std::tie(rows[a].key, rows[a].id, a) < std::tie(rows[b].key, rows[b].id, b);
  });
  for (size_t i = 1; i < order.size(); ++i) {
    if (!is_same_event(rows[order[i - 1]], rows[order[i]])) continue;
    fates[is_first_kept ? order[i] : order[i - 1]] = RowFate::kSuperseded;
  }
}

}  // namespace

std::vector<RowFate> row_fates(std::span<const IdentifiedRow> rows, bool is_first_kept) {
  std::vector<RowFate> fates(rows.size(), RowFate::kCounts);
  std::vector<uint32_t> order;
  for (size_t begin = 0; begin < rows.size();) {
    size_t end = begin + 1;
    while (end < rows.size() && rows[end].time == rows[begin].time) ++end;
    if (end - begin > 1) supersede(rows, begin, end, is_first_kept, order, fates);
    begin = end;
  }

  for (size_t row = 0; row < rows.size(); ++row) {
    if (fates[row] == RowFate::kCounts && rows[row].is_deleted) fates[row] = RowFate::kDeleted;
  }
  return fates;
}

}  // namespace headrace
