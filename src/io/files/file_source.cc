#include "io/files/file_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace headrace {

Status UnitFindings::add(std::vector<BadRow> of_row) {
  for (BadRow& row : of_row) {
    if (is_full()) break;
    ++found_;
    pending_bytes_ += row.record.size() + row.value.size();
    pending_.push_back(std::move(row));
  }
  const bool is_much = pending_.size() >= kPendingMax || pending_bytes_ >= kPendingBytesMax;
  return is_much ? finish() : Status();
}

Status UnitFindings::finish() {
  if (pending_.empty()) return {};
  pending_bytes_ = 0;
  return hand_on_(std::exchange(pending_, {}));
}

FileSource::FileSource(std::string name, std::vector<InputFile> files, BadRows* bad_rows)
    : name_(std::move(name)), files_(std::move(files)), bad_rows_(bad_rows) {
  CHECK(bad_rows_ != nullptr);
  bad_rows_->add_source(this);
}

FileSource::~FileSource() { bad_rows_->remove_source(this); }

Status FileSource::read(size_t unit, const Consume& consume) {
  CHECK_LT(unit, units_.size());
  if (check_) RETURN_IF_ERROR(check_(file_of_.at(units_[unit].file)));
  const bool is_stopping = bad_rows_->policy() == BadRowPolicy::kStop;
  int64_t rows_before = 0;
  {
    std::lock_guard lock(mutex_);
    set_aside_rows_.resize(units_.size());
    bytes_taken_.resize(units_.size());
    rounded_times_.resize(units_.size());
    rows_.resize(units_.size());
    rows_before = set_aside_rows_[unit];
  }

  bool has_bad_rows = false;
  UnitFindings findings(is_stopping ? 1 : UnitFindings::kNoLimit, bad_rows_->keeps_records(),
                        [&](std::vector<BadRow> rows) -> Status {
                          has_bad_rows = true;
                          return is_stopping ? Status() : set_aside(unit, rows_before, std::move(rows));
                        });
  int64_t rows = 0;
  const Consume count_and_consume = [&](const Batch& batch) -> Status {
    rows += batch.rows;
    note_bytes_taken(unit, rows, findings.bytes_taken);
    return consume(batch);
  };
  const Status status = read_unit(unit, count_and_consume, findings);
  const Status finished = findings.finish();
  if (has_bad_rows && is_stopping) return bad_rows_->stop();
  if (!status.ok()) return status;
  if (!finished.ok()) return finished;
  std::lock_guard lock(mutex_);
  rounded_times_[unit] = findings.rounded_times;
  rows_[unit] = findings.rows;
  if (findings.lacks_checksums) unverifiable_.insert(units_[unit].file);
  for (const std::string& column : findings.lacking) lacking_[column].insert(unit);
  return {};
}

/// Where the rows of a unit are known, its bytes are those of its rows.
void FileSource::note_bytes_taken(size_t unit, int64_t rows, int64_t position) {
  const SourceUnit& whole = units_[unit];
  const bool is_by_rows = whole.rows > 0;
  const double share = is_by_rows ? static_cast<double>(rows) / static_cast<double>(whole.rows) : 0;
  const int64_t taken = is_by_rows ? static_cast<int64_t>(share * static_cast<double>(whole.bytes)) : position;
  const std::lock_guard lock(mutex_);
  bytes_taken_[unit] = std::min(taken, whole.bytes);
}

int64_t FileSource::bytes_taken(size_t unit) const {
  const std::lock_guard lock(mutex_);
  return bytes_taken_[unit];
}

/// A unit may be read again, by a run that begins anew: what was set aside then is not set aside twice.
Status FileSource::set_aside(size_t unit, int64_t rows_before, std::vector<BadRow> rows) {
  std::erase_if(rows, [&](const BadRow& row) { return row.row <= rows_before; });
  if (rows.empty()) return {};
  {
    std::lock_guard lock(mutex_);
    set_aside_rows_[unit] = std::max(set_aside_rows_[unit], rows.back().row);
  }
  return bad_rows_->add(name_, rows);
}

Status FileSource::find_bad_rows(const Found& found) {
  // An interrupted run is noticed between rows that are well, too.
  const Consume look_only = [&](const Batch&) { return found({}); };
  for (size_t unit = 0; unit < units_.size(); ++unit) {
    UnitFindings findings(UnitFindings::kNoLimit, /*wants_records=*/false, found);
    RETURN_IF_ERROR(read_unit(unit, look_only, findings));
    RETURN_IF_ERROR(findings.finish());
  }
  return {};
}

void FileSource::set_check(std::function<Status(size_t file)> check) {
  check_ = std::move(check);
  for (size_t i = 0; i < files_.size(); ++i) file_of_[files_[i].shown] = i;
}

int64_t FileSource::unverifiable_files() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int64_t>(unverifiable_.size());
}

void FileSource::add_lacking_notes(std::vector<std::string>& notes) const {
  for (const auto& [column, units] : lacking_) {
    int64_t rows = 0;
    std::set<std::string_view> files;
    for (const size_t unit : units) {
      rows += rows_[unit];
      if (rows_[unit] > 0) files.insert(units_[unit].file);
    }
    if (rows == 0) continue;
    const std::string where = files.size() == 1
                                  ? fmt::format("`{}` has no column `{}`", *files.begin(), column)
                                  : fmt::format("{} of {} files have no column `{}`, from `{}` to `{}`", files.size(),
                                                files_.size(), column, *files.begin(), *files.rbegin());
    notes.push_back(fmt::format("source `{}`: {}: null in {} {}", name_, where, rows, rows == 1 ? "row" : "rows"));
  }
}

std::vector<std::string> FileSource::notes() const {
  std::lock_guard lock(mutex_);
  std::vector<std::string> notes;
  if (left_out_.count() > 0 || !about_.empty()) {
    std::string note = fmt::format("source `{}`: ", name_);
    if (!about_.empty()) note += about_ + ", ";
    note += fmt::format("{} {} read", files_.size(), files_.size() == 1 ? "file" : "files");
    if (left_out_.count() > 0) note += fmt::format(", {} left out: {}", left_out_.count(), left_out_.text());
    notes.push_back(std::move(note));
  }
  const int64_t rounded = std::accumulate(rounded_times_.begin(), rounded_times_.end(), int64_t{0});
  if (rounded > 0) {
    notes.push_back(fmt::format("source `{}`: {} {} rounded up to a microsecond; nanoseconds order events within one",
                                name_, rounded, rounded == 1 ? "time was" : "times were"));
  }
  add_lacking_notes(notes);
  return notes;
}

}  // namespace headrace
