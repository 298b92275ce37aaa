#include "app/server/online_writer.h"

#include "app/command_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <csignal>

namespace headrace {
namespace {

/// The entity is locked while so many values are read.
constexpr size_t kValuesAWrite = 4096;
constexpr size_t kRowsAWriteMin = 8;
constexpr size_t kRowsAWriteMax = 256;
constexpr Duration kFirstPause{100'000};
constexpr Duration kLongestPause{5 * kMicrosPerSecond};
/// What is left when the server ends is written for so long; the next start writes all rows anyway.
constexpr Duration kLastWrites{2 * kMicrosPerSecond};

/// OpenSSL writes to sockets that the other side may have closed.
void block_broken_pipes() {
  sigset_t broken_pipes;
  sigemptyset(&broken_pipes);
  sigaddset(&broken_pipes, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &broken_pipes, nullptr);
}

}  // namespace

OnlineWriter::OnlineWriter(std::shared_ptr<ServedFeatures> features, std::unique_ptr<OnlineTarget> target,
                           Duration refresh, const Clock& clock, Ownership* ownership)
    : features_(std::move(features)),
      target_(std::move(target)),
      refresh_(refresh),
      clock_(clock),
      ownership_(ownership),
      thread_([this] { work(); }) {}

OnlineWriter::~OnlineWriter() {
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
    ending_since_us_ = clock_.elapsed_us();
  }
  ends_.notify_all();
  {
    std::unique_lock lock(mutex_);
    ends_.wait_for(lock, std::chrono::microseconds(kLastWrites.us), [&] { return is_over_; });
  }
  target_->interrupt();
  thread_.join();
}

bool OnlineWriter::is_ending() const {
  const std::lock_guard lock(mutex_);
  return is_ending_;
}

void OnlineWriter::work() {
  block_broken_pipes();
  Duration pause = kFirstPause;
  bool is_well = true;
  while (!is_ending()) {
    const Status status = write_round();
    is_well = status.ok();
    note(status);
    const Duration rest = is_well ? Duration{refresh_.us / 2} : pause;
    pause = is_well ? kFirstPause : std::min(Duration{pause.us * 2}, kLongestPause);
    std::unique_lock lock(mutex_);
    ends_.wait_for(lock, std::chrono::microseconds(rest.us), [&] { return is_ending_; });
  }
  if (is_well) note(write_round());
  const std::lock_guard lock(mutex_);
  is_over_ = true;
  ends_.notify_all();
}

/// To be held while the target is changed.
Result<std::shared_lock<std::shared_mutex>> OnlineWriter::hold() {
  if (ownership_ == nullptr) return std::shared_lock<std::shared_mutex>();
  std::optional<std::shared_lock<std::shared_mutex>> held = ownership_->hold();
  if (!held) return Error::stopped(fmt::format("the rest of the rows is the next owner's, in {}", target_->address()));
  return *std::move(held);
}

/// All rows that had changed when it began. The keys of those that are another server's turn stay noted.
Status OnlineWriter::write_round() {
  if (is_others_turn()) return {};
  const std::shared_ptr<LiveFeatures> live = features_->live();
  if (written_.lock() != live) RETURN_IF_ERROR(take_definitions(live));
  const EventTime began{clock_.now_us()};
  RETURN_IF_ERROR(live->pass_edges(target_->follower()));
  bool wants_all = false;
  {
    ASSIGN_OR_RETURN(const auto held, hold());
    ASSIGN_OR_RETURN(wants_all, target_->begin_round(clock_.elapsed_us()));
  }
  if (wants_all) live->change_all(target_->follower());
  if (target_->keeps_old_rows()) RETURN_IF_ERROR(remove_forgotten(*live));
  const auto due = static_cast<size_t>(live->changes_waiting(target_->follower()).keys);
  for (size_t i = 0; i < target_->entities().size(); ++i) RETURN_IF_ERROR(write_entity(*live, i, due));
  ASSIGN_OR_RETURN(const auto held, hold());
  return features_->live() == live ? target_->finish_round(*live, began) : Status();
}

/// Rows of entities that were forgotten; those that began anew since are written behind them.
Status OnlineWriter::remove_forgotten(const LiveFeatures& live) {
  ASSIGN_OR_RETURN(const auto entities, features_->rows_to_remove());
  if (features_->live().get() != &live) return {};  // these may still have rows of them; the next round has not
  for (const auto& [number, entity] : entities) {
    ASSIGN_OR_RETURN(const auto held, hold());
    RETURN_IF_ERROR(target_->remove(entity.entity, entity.key));
    RETURN_IF_ERROR(features_->note_removed(number));
  }
  return {};
}

Status OnlineWriter::take_definitions(const std::shared_ptr<LiveFeatures>& live) {
  ASSIGN_OR_RETURN(const std::vector<std::string> warnings, target_->take_definitions(*live));
  for (const std::string& warning : warnings) report_warning(warning);
  written_ = live;
  return {};
}

/// Those that are due first; what comes meanwhile is left for the next round where it is more than that, so that the other
/// entities have their turn.
Status OnlineWriter::write_entity(LiveFeatures& live, size_t entity, size_t due) {
  const size_t rows_max = std::clamp(kValuesAWrite / target_->features(entity), kRowsAWriteMin, kRowsAWriteMax);
  for (size_t written = 0; written <= due;) {
    ASSIGN_OR_RETURN(const size_t taken, write_rows(live, entity, rows_max));
    if (taken < rows_max || features_->live().get() != &live) return {};
    written += taken;

    const std::lock_guard lock(mutex_);
    if (is_ending_ && clock_.elapsed_us() - ending_since_us_ > kLastWrites.us / 2)
      return Error::stopped("stopped before all rows were written; the next start writes them");
  }
  return {};
}

/// Returns how many there were.
Result<size_t> OnlineWriter::write_rows(LiveFeatures& live, size_t entity, size_t max) {
  ASSIGN_OR_RETURN(const ChangedRows changed, live.take_changed(target_->follower(), target_->entities()[entity], max));
  if (changed.size() == 0) return size_t{0};
  {
    const std::lock_guard lock(mutex_);
    for (const DueKeys::Due& due : changed.due)
      tried_since_us_ = std::min(due.since_us, tried_since_us_.value_or(due.since_us));
  }
  const Result<OnlineWrite> write = [&]() -> Result<OnlineWrite> {
    ASSIGN_OR_RETURN(const auto held, hold());
    return target_->write(entity, changed, EventTime{clock_.now_us()});
  }();
  if (!write) {
    live.put_back(changed);
    return write.error();
  }
  live.note_written(changed);
  if (write->refused > 0) warn_of_refused(*write);
  const std::lock_guard lock(mutex_);
  status_.writes += static_cast<int64_t>(write->written);
  status_.refused += static_cast<int64_t>(write->refused);
  tried_since_us_.reset();
  return changed.size();
}

void OnlineWriter::warn_of_refused(const OnlineWrite& write) {
  if (has_warned_of_refused_) return;
  has_warned_of_refused_ = true;
  report_warning(
      fmt::format("{} of the rows are left out of {}: {}", write.refused, target_->address(), write.problem));
}

/// Tells the beginning and the end of an outage, not each try.
void OnlineWriter::note(const Status& status) {
  if (!status.ok() && status.error().kind() == ErrorKind::kStopped) return report_note(status.error().message(), false);
  std::string before;
  {
    const std::lock_guard lock(mutex_);
    before = status_.problem;
    status_.problem = status.ok() ? "" : status.error().message();
    if (!status.ok()) ++status_.failures;
  }
  if (!status.ok() && before.empty()) {
    const std::string& help = status.error().help();
    report_warning(fmt::format("rows are not written, and will be when that is over: {}{}{}", status.error().message(),
                               help.empty() ? "" : "; ", help));
  } else if (status.ok() && !before.empty()) {
    report_note(fmt::format("rows are written to {} again", target_->address()), false);
  }
}

OnlineStoreStatus OnlineWriter::status() const {
  const ChangesWaiting waiting = features_->live()->changes_waiting(target_->follower());
  const std::lock_guard lock(mutex_);
  OnlineStoreStatus status = status_;
  status.name = target_->name();
  status.address = target_->address();
  status.waiting = waiting.keys;
  std::optional<int64_t> oldest = waiting.oldest_us;
  if (tried_since_us_) oldest = std::min(*tried_since_us_, oldest.value_or(*tried_since_us_));
  if (is_others_turn()) {
    status.waiting = 0;
    return status;
  }
  if (oldest) status.oldest_s = static_cast<double>(std::max<int64_t>(0, clock_.elapsed_us() - *oldest)) / 1e6;
  return status;
}

}  // namespace headrace
