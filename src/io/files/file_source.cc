#include "io/files/file_source.h"

#include <fmt/format.h>

#include <limits>
#include <numeric>

namespace headrace {

FileSource::FileSource(std::string name, std::vector<InputFile> files, BadRows* bad_rows)
    : name_(std::move(name)), files_(std::move(files)), bad_rows_(bad_rows) {
  CHECK(bad_rows_ != nullptr);
}

Status FileSource::read(size_t unit, const Consume& consume) {
  CHECK_LT(unit, units_.size());
  const bool is_stopping = bad_rows_->policy() == BadRowPolicy::kStop;
  UnitFindings findings(is_stopping ? 1 : std::numeric_limits<size_t>::max());
  const Status status = read_unit(unit, consume, findings);
  const bool is_bad = !findings.bad_rows.empty();
  if (is_bad && is_stopping) return stop_with_first_bad_rows();
  if (!status.ok()) return status.error();
  {
    std::lock_guard lock(mutex_);
    states_.resize(units_.size());
    floored_.resize(units_.size());
    states_[unit] = is_bad ? UnitState::kBad : UnitState::kClean;
    floored_[unit] = findings.nanoseconds_floored;
  }
  if (is_bad) return bad_rows_->add(name_, findings.bad_rows);
  return {};
}

Error FileSource::stop_with_first_bad_rows() {
  std::lock_guard lock(mutex_);
  if (stopped_.has_value()) return *stopped_;
  states_.resize(units_.size());
  const Consume ignore_rows = [](const Batch&) { return Status(); };
  std::vector<BadRow> first;
  size_t end = units_.size();
  for (size_t unit = 0; unit < end && first.size() < kBadRowsShownMax; ++unit) {
    if (states_[unit] == UnitState::kClean) continue;
    UnitFindings findings(kBadRowsShownMax - first.size());
    const Status status = read_unit(unit, ignore_rows, findings);
    if (!status.ok() && findings.bad_rows.empty() && first.empty()) return status.error();
    if (first.empty() && !findings.bad_rows.empty()) end = std::min(end, unit + kUnitsShownMax);
    first.insert(first.end(), findings.bad_rows.begin(), findings.bad_rows.end());
  }
  stopped_ = bad_rows_error(name_, first);
  return *stopped_;
}

std::vector<std::string> FileSource::notes() const {
  std::lock_guard lock(mutex_);
  std::vector<std::string> notes;
  const int64_t floored = std::accumulate(floored_.begin(), floored_.end(), int64_t{0});
  if (floored > 0) {
    notes.push_back(
        fmt::format("source `{}`: {} timestamps in nanoseconds were floored to microseconds", name_, floored));
  }
  return notes;
}

}  // namespace headrace
