#include "app/server/ownership.h"

#include "app/command_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace headrace {
namespace {

constexpr Duration kStep{200'000};
constexpr int64_t kProveEveryUs = 1'000'000;
constexpr int64_t kLookEveryUs = 1'000'000;
/// Who cannot be told who is in the group finds it out by joining. That is safe, and may only move the ownership.
constexpr int kFailedLooksMax = 5;

/// How many messages are not read that lie before the ends.
int64_t left_before(const std::vector<ShownOffset>& ends, const std::vector<ShownOffset>& positions) {
  int64_t left = 0;
  for (const ShownOffset& end : ends) {
    int64_t read = 0;
    for (const ShownOffset& each : positions) {
      if (each.topic == end.topic && each.partition == end.partition) read = each.offset;
    }
    left += std::max<int64_t>(0, end.offset - read);
  }
  return left;
}

}  // namespace

Ownership::Ownership(std::unique_ptr<OwnerMembership> membership, Values values, const Clock& clock)
    : membership_(std::move(membership)),
      values_(std::move(values)),
      clock_(clock),
      lease_{membership_->session().us / 2} {
  status_.reason = "it has just started";
}

Ownership::~Ownership() {
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
  }
  ends_.notify_all();
  if (thread_.joinable()) thread_.join();
  end("it is stopping");
}

void Ownership::begin() {
  thread_ = std::thread([this] { run(); });
}

void Ownership::run() {
  std::unique_lock lock(mutex_);
  while (!is_ending_) {
    lock.unlock();
    step(kStep);
    lock.lock();
  }
}

bool Ownership::may_write() const { return is_owner_ && clock_.elapsed_us() < lease_until_us_; }

std::optional<std::shared_lock<std::shared_mutex>> Ownership::hold() {
  std::shared_lock held(writes_);
  if (!may_write()) return std::nullopt;
  return held;
}

OwnershipStatus Ownership::status() const {
  const std::lock_guard lock(mutex_);
  OwnershipStatus status = status_;
  if (!status.is_owner || may_write()) return status;
  status.is_owner = false;
  status.reason = "the group has not confirmed it in time";
  return status;
}

/// Returns when what was being written is done.
void Ownership::end(const std::string& reason) {
  const bool was_owner = is_owner_.exchange(false);
  lease_until_us_ = INT64_MIN;
  const std::unique_lock none(writes_);
  goal_.reset();
  if (was_owner) {
    report_warning(fmt::format("this server is not the owner any more and writes nothing: {}", reason));
    const std::lock_guard lock(mutex_);
    status_.since = EventTime{clock_.now_us()};
  }
  tell(reason);
}

void Ownership::tell(const std::string& reason) {
  const std::lock_guard lock(mutex_);
  status_.is_owner = is_owner_;
  status_.reason = reason;
  if (status_.is_owner) status_.owner.clear();
}

void Ownership::step(Duration wait) {
  const OwnerMembership::State state = membership_->poll(wait, [this] { end("the group gives it to another server"); });
  if (!is_joined_) return wait_outside();
  follow(state);
}

/// Joins when nobody is there.
void Ownership::wait_outside() {
  if (looked_us_ && clock_.elapsed_us() - *looked_us_ < kLookEveryUs) return;
  const Result<std::vector<std::string>> members = membership_->members();
  looked_us_ = clock_.elapsed_us();
  {
    const std::lock_guard lock(mutex_);
    status_.owner = members && !members->empty() ? members->front() : "";
  }
  const std::string missing = values_.why_not();
  if (!missing.empty()) return tell(missing);
  failed_looks_ = members ? 0 : failed_looks_ + 1;
  if (!members && failed_looks_ < kFailedLooksMax) return tell(members.error().message());
  if (members && !members->empty()) return tell("another server is the owner: " + members->front());

  const Status joined = membership_->join();
  is_joined_ = joined.ok();
  failed_looks_ = 0;
  tell(joined.ok() ? "the group is being joined" : joined.error().message());
}

void Ownership::follow(const OwnerMembership::State& state) {
  if (state.is_refuted || (state.standing != OwnerMembership::Standing::kHolder && is_owner_)) {
    end("the group has put this server out");
  }
  if (state.is_refuted) {
    is_joined_ = false;
    return membership_->leave();
  }
  if (state.standing == OwnerMembership::Standing::kOutside) {
    return tell(state.problem.empty() ? "the group is being joined" : state.problem);
  }
  if (state.standing == OwnerMembership::Standing::kMember) return tell("another server of the group is the owner");

  if (state.proven_us) lease_until_us_ = *state.proven_us + lease_.us;
  const int64_t now_us = clock_.elapsed_us();
  if (!asked_us_ || now_us - *asked_us_ >= kProveEveryUs) {
    const Result<std::vector<ShownOffset>> positions = values_.positions();
    if (!positions) return end(positions.error().message());
    asked_us_ = now_us;
    membership_->ask_for_proof(*positions, clock_.elapsed_us());
  }
  if (now_us >= lease_until_us_) {
    if (is_owner_) end(state.problem.empty() ? "the group has not confirmed it in time" : state.problem);
    return;
  }
  if (is_owner_) return;
  const Status taken = take_over();
  if (!taken.ok()) tell(taken.error().message());
}

/// What the owner before may have read is read first, so that no row goes back to an earlier state.
Status Ownership::take_over() {
  if (!goal_) {
    ASSIGN_OR_RETURN(goal_, values_.ends());
  }
  ASSIGN_OR_RETURN(const std::vector<ShownOffset> positions, values_.positions());
  const int64_t left = left_before(*goal_, positions);
  if (left > 0) {
    tell(fmt::format("it takes over: {} messages are to be read first", left));
    return {};
  }
  if (const std::string missing = values_.why_not(); !missing.empty()) return Error::unavailable(missing);
  is_owner_ = true;
  {
    const std::lock_guard lock(mutex_);
    status_.since = EventTime{clock_.now_us()};
  }
  tell("");
  report_note("this server is the owner now, and writes", false);
  return {};
}

}  // namespace headrace
