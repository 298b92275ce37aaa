#pragma once

/// Counts what one check looks at and keeps its worst rows. Not thread-safe.

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

  /// Takes a failed row. Rows come in order; of equal badness, the first ones are kept.
  void fail(const RowNames& names, const Column& values, int64_t row, double badness, std::string_view note) {
    ++failed_;
    if (kept_.size() == CheckResult::kOffendersMax && !(badness > kept_.back().badness)) return;
    keep(names, values, row, badness, note);
  }
  /// Takes failed rows that are not shown.
  void fail_unseen(int64_t count) { failed_ += count; }
  /// Whether no further row of badness 0 will be shown.
  bool is_full() const { return kept_.size() == CheckResult::kOffendersMax; }

  int64_t looked_at() const { return looked_at_; }
  int64_t failed() const { return failed_; }
  std::vector<Offender> offenders() const;

 private:
  struct Kept {
    double badness = 0.0;
    Offender offender;
  };
  void keep(const RowNames& names, const Column& values, int64_t row, double badness, std::string_view note);

  int64_t looked_at_ = 0;
  int64_t failed_ = 0;
  std::vector<Kept> kept_;  // the worst first
};

}  // namespace headrace
