#pragma once

/// Counts what one check looks at and keeps its worst rows. Not thread-safe.
///
/// Many entities say more than many rows of one, so rows are shown by their rank within their entity, then by badness,
/// then in order of the table: the worst row of each entity before a second one of any. For that, the worst rows of the
/// kOffendersMax worst entities are kept, at most kOffendersMax of each: 25 rows, however long the table. An entity
/// that has to give way can come back only with a row worse than all that it had, so nothing shown depends on what
/// was let go.

#include "data/column.h"
#include "quality/report.h"

#include <string>
#include <vector>

namespace headrace {

/// The keys and times of a result batch, for naming its rows. Points into the batch.
struct RowNames {
  const std::vector<std::string>* key_names = nullptr;
  const Column* keys = nullptr;  // key_names->size() columns
  const Column* times = nullptr;

  /// "pump_id=p7".
  std::string entity_at(int64_t row) const;
};

class FailureLog {
 public:
  void look_at(int64_t count) { looked_at_ += count; }

  /// Takes a failed row. Rows come in order of the table.
  void fail(const RowNames& names, const Column& values, int64_t row, double badness, std::string_view note) {
    ++failed_;
    if (is_full() && !(badness > entities_.back().rows.front().badness)) return;
    keep(names, values, row, badness, note);
  }
  /// Takes failed rows that are not shown.
  void fail_unseen(int64_t count) { failed_ += count; }
  /// Whether no further row of badness 0 will be shown.
  bool is_full() const { return entities_.size() == CheckResult::kOffendersMax; }

  int64_t looked_at() const { return looked_at_; }
  int64_t failed() const { return failed_; }
  std::vector<Offender> offenders() const;

 private:
  struct Kept {
    double badness = 0.0;
    int64_t place = 0;  // among the failed rows
    Offender offender;
  };
  struct Entity {
    std::vector<Value> keys;
    std::vector<Kept> rows;  // the worst first
  };
  void keep(const RowNames& names, const Column& values, int64_t row, double badness, std::string_view note);
  size_t find_entity(const RowNames& names, int64_t row) const;
  static bool is_worse(const Kept& a, const Kept& b);

  int64_t looked_at_ = 0;
  int64_t failed_ = 0;
  std::vector<Entity> entities_;  // the one with the worst row first
};

}  // namespace headrace
