#pragma once

/// Divides the processor time of threads among accounts, to the nanosecond.
///
///   const auto accounts = std::make_shared<CpuAccounts>(3);
///   ThreadLaps laps;             // one a thread
///   laps.begin(accounts);
///   parse();
///   laps.end_lap(1);             // the time since the mark before is of account 1
///   evaluate();
///   laps.end_lap(2);
///
/// Asking the system what a thread has used takes longer than many a lap. So laps are measured in ticks of the clock; what the
/// thread has used is asked for about once in a millisecond of laps, and divided among them by their ticks. A thread that had
/// to wait for a processor has longer laps then, by chance one or the other; no time is counted twice, and none that it did
/// not have.
///
/// Between its laps a thread may sleep, which ticks do not tell. A pause before begin() that is too short for that is of the lap
/// that follows. So is what the thread has used in a longer one, up to a tenth of a millisecond (taking a request, sending the
/// answer before); what is beyond that is nobody's.

#include "base/clock.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace headrace {

/// Nanoseconds by account. Thread-safe.
class CpuAccounts {
 public:
  explicit CpuAccounts(size_t count) : ns_(count) {}

  size_t count() const { return ns_.size(); }
  int64_t ns(size_t account) const { return ns_[account].load(std::memory_order_relaxed); }
  void add(size_t account, int64_t ns) { ns_[account].fetch_add(ns, std::memory_order_relaxed); }

 private:
  std::vector<std::atomic<int64_t>> ns_;
};

/// Of one thread.
class ThreadLaps {
 public:
  ThreadLaps();
  ~ThreadLaps() { settle(); }
  ThreadLaps(const ThreadLaps&) = delete;
  ThreadLaps& operator=(const ThreadLaps&) = delete;

  /// Further laps are of these accounts; they are shared, since time may still be owed to them when nobody else has them.
  void begin(const std::shared_ptr<CpuAccounts>& accounts);
  /// The time since the mark before is of the account. REQUIRES: begin() was called.
  void end_lap(size_t account) {
    const uint64_t now = clock_ticks();
    if (now > mark_) add(account, now - mark_);  // counts of two processors may be a little apart
    set_mark(now);
  }
  /// The same of several accounts, in equal parts: those at these places behind `first`.
  void end_lap(std::span<const size_t> places, size_t first);
  /// Pays what the laps since the last call have used.
  void settle();

 private:
  /// The laps that are not paid yet, of some accounts.
  struct Book {
    std::shared_ptr<CpuAccounts> accounts;
    std::vector<uint64_t> ticks;  // by account
    std::vector<size_t> accounts_in_use;
  };

  /// REQUIRES: there are ticks.
  void add(size_t account, uint64_t ticks) {
    uint64_t& of_account = books_[book_].ticks[account];
    if (of_account == 0) books_[book_].accounts_in_use.push_back(account);
    of_account += ticks;
  }
  void set_mark(uint64_t now) {
    mark_ = now;
    if (now - settled_at_ > kSettleTicks) settle();
  }
  void open_book(const std::shared_ptr<CpuAccounts>& accounts);

  // At two to three ticks a nanosecond: a millisecond, and a pause in which a thread may have slept.
  static constexpr uint64_t kSettleTicks = uint64_t{1} << 21;
  static constexpr uint64_t kPauseTicks = uint64_t{1} << 16;
  static constexpr size_t kBooksMax = 8;

  std::vector<Book> books_;
  size_t book_ = 0;
  uint64_t mark_ = 0;
  uint64_t settled_at_ = 0;
  int64_t paid_ns_ = 0;  // of the thread's time
};

}  // namespace headrace
