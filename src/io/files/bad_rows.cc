#include "io/files/bad_rows.h"

#include "base/check.h"
#include "io/files/bad_row_file.h"
#include "io/files/bad_row_messages.h"

#include <algorithm>

namespace headrace {

void BadRowTally::add(const std::string& source, const BadRow& row) {
  const bool is_known = numbers_.size() < kKindsMax || numbers_.contains({source, row.column, row.problem});
  Numbers& numbers =
      is_known ? numbers_[{source, row.column, row.problem}] : numbers_[{source, "", "has another problem"}];
  ++(row.is_cell ? numbers.cells : numbers.rows);
  ++(row.is_cell ? cells_ : rows_);
}

std::vector<BadRowCount> BadRowTally::counts() const {
  std::vector<BadRowCount> counts;
  for (const auto& [kind, numbers] : numbers_) {
    const auto& [source, column, problem] = kind;
    counts.push_back({source, column, problem, numbers.rows, numbers.cells});
  }
  return counts;
}

BadRows::BadRows(BadRowPolicy policy, std::unique_ptr<BadRowFile> file) : policy_(policy), file_(std::move(file)) {}
BadRows::~BadRows() = default;

Result<std::unique_ptr<BadRows>> BadRows::create(BadRowPolicy policy, const std::string& path) {
  std::unique_ptr<BadRowFile> file;
  if (!path.empty() && policy == BadRowPolicy::kSkip) {
    ASSIGN_OR_RETURN(file, BadRowFile::create(path));
  }
  return std::unique_ptr<BadRows>(new BadRows(policy, std::move(file)));
}

Status BadRows::add(const std::string& source, const std::vector<BadRow>& rows) {
  std::lock_guard lock(mutex_);
  for (const BadRow& row : rows) {
    tally_.add(source, row);
    if (file_ != nullptr) RETURN_IF_ERROR(file_->add(source, row));
  }
  return {};
}

int64_t BadRows::row_count() const {
  std::lock_guard lock(mutex_);
  return tally_.rows();
}

int64_t BadRows::cell_count() const {
  std::lock_guard lock(mutex_);
  return tally_.cells();
}

std::vector<BadRowCount> BadRows::counts() const {
  std::lock_guard lock(mutex_);
  return tally_.counts();
}

void BadRows::add_source(BadRowSearch* source) {
  std::lock_guard lock(mutex_);
  sources_.push_back(source);
}

void BadRows::remove_source(BadRowSearch* source) {
  std::lock_guard lock(mutex_);
  std::erase(sources_, source);
}

Error BadRows::stop() {
  std::lock_guard lock(stop_mutex_);
  if (!stopped_.has_value()) stopped_ = judge_sources();
  return *stopped_;
}

Error BadRows::judge_sources() {
  std::vector<BadRowSearch*> sources;
  {
    std::lock_guard lock(mutex_);
    sources = sources_;
  }

  BadRowTally tally;
  std::vector<ShownBadRow> shown;
  std::optional<Error> failure;
  for (BadRowSearch* source : sources) {
    const size_t shown_before = shown.size();
    const Status status = source->find_bad_rows([&](const std::vector<BadRow>& rows) -> Status {
      if (is_interrupted_ && is_interrupted_()) return Error::stopped("stopped while bad rows were counted");
      for (const BadRow& row : rows) {
        tally.add(source->source_name(), row);
        if (shown.size() - shown_before < kBadRowsShownMax) shown.push_back({source->source_name(), row});
      }
      return {};
    });
    if (!status.ok() && status.error().kind() == ErrorKind::kStopped) return status.error();
    if (!status.ok() && !failure) failure = status.error();
  }

  // What stopped the run is in a source, so nothing found means that a source cannot be read any more.
  if (shown.empty() && failure) return *failure;
  CHECK(!shown.empty());
  return bad_rows_error(shown, tally);
}

Status BadRows::finish() {
  std::lock_guard lock(mutex_);
  return file_ == nullptr ? Status() : file_->finish();
}

}  // namespace headrace
