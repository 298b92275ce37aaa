#pragma once

/// Who writes for an environment that several servers keep: one of them, the owner, and nobody after it has lost that.
///
///   outside ──group is empty, nothing is missing──> member ──partition 0──> holder ──all read──> writing
///      ^                                                                        │
///      └──── put out, revoked, or not proven for the term of the lease ─────────┘
///
/// The group of owner_membership.h says who holds; this says for how long that can be relied on. Each answer of the group keeps
/// the place for its session from the moment of the question on; of that, half is the lease, in which one may write. A process
/// that was stopped, a machine that was paused and a broker that is away let it pass without anybody's doing. Servers that
/// wait do not join while the group has members, so they never take the ownership from one that has it.
///
/// step() is of one thread; the others are thread-safe.

#include "base/clock.h"
#include "brokers/owner_membership.h"
#include "serving/api/ownership_status.h"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <thread>
#include <vector>

namespace headrace {

class Ownership {
 public:
  /// What the ownership asks of the values. Called from step().
  struct Values {
    /// Why this server cannot take over: what is missing; empty: it can.
    std::function<std::string()> why_not;
    /// Where each topic ends now, at its broker. May wait some seconds.
    std::function<Result<std::vector<ShownOffset>>()> ends;
    /// Behind what is durable here.
    std::function<Result<std::vector<ShownOffset>>()> positions;
  };

  Ownership(std::unique_ptr<OwnerMembership> membership, Values values, const Clock& clock);
  /// Leaves, so that another one can take over at once. REQUIRES: nobody writes any more.
  ~Ownership();
  Ownership(const Ownership&) = delete;
  Ownership& operator=(const Ownership&) = delete;

  /// Steps on a thread of its own from now on.
  void begin();
  /// One round: waits up to `wait` for what the group says.
  void step(Duration wait);

  /// Whether this server may write now. Whoever is about to write asks just before.
  bool may_write() const;
  /// Holds the ownership while something is written, so that it is not given away meanwhile; nothing: it may not be written.
  std::optional<std::shared_lock<std::shared_mutex>> hold();

  OwnershipStatus status() const;

 private:
  void end(const std::string& reason);
  void wait_outside();
  void follow(const OwnerMembership::State& state);
  Status take_over();
  void tell(const std::string& reason);
  void run();

  const std::unique_ptr<OwnerMembership> membership_;
  const Values values_;
  const Clock& clock_;
  const Duration lease_;

  // Of step():
  bool is_joined_ = false;
  std::optional<std::vector<ShownOffset>> goal_;  // up to where all is to be read before anything is written
  std::optional<int64_t> asked_us_;               // for a proof
  std::optional<int64_t> looked_us_;              // who is in the group
  int failed_looks_ = 0;                          // one after another

  std::shared_mutex writes_;  // shared while something is written
  std::atomic<int64_t> lease_until_us_ = INT64_MIN;
  std::atomic<bool> is_owner_ = false;

  mutable std::mutex mutex_;  // of the status, and the thread's end
  OwnershipStatus status_;
  std::condition_variable ends_;
  bool is_ending_ = false;
  std::thread thread_;
};

}  // namespace headrace
