#include "base/thread_laps.h"

#include <algorithm>

namespace headrace {
namespace {

/// What taking a request and sending its answer uses, and little more.
constexpr int64_t kPausePaidNsMax = 100'000;

uint64_t ticks_of_ns(int64_t ns) {
  constexpr uint64_t kMany = uint64_t{1} << 20;
  return static_cast<uint64_t>(static_cast<double>(ns) * static_cast<double>(kMany) / ns_of_ticks(kMany));
}

}  // namespace

ThreadLaps::ThreadLaps() : mark_(clock_ticks()), settled_at_(mark_), paid_ns_(thread_cpu_ns()) {
  ns_of_ticks(0);  // its measure begins here
}

void ThreadLaps::begin(const std::shared_ptr<CpuAccounts>& accounts) {
  const uint64_t now = clock_ticks();
  const bool has_paused = books_.empty() || (now > mark_ && now - mark_ > kPauseTicks);
  if (has_paused) {
    uint64_t ticks = 0;
    for (const Book& book : books_) {
      for (const size_t account : book.accounts_in_use) ticks += book.ticks[account];
    }
    const int64_t paid_ns = paid_ns_;
    settle();
    const int64_t in_pause_ns = paid_ns_ - paid_ns - static_cast<int64_t>(ns_of_ticks(ticks));

    // It is paid with the next lap, as if that had begun so much earlier.
    const int64_t kept_ns = std::clamp<int64_t>(in_pause_ns, 0, kPausePaidNsMax);
    paid_ns_ -= kept_ns;
    mark_ = clock_ticks() - ticks_of_ns(kept_ns);
  }
  open_book(accounts);
}

void ThreadLaps::end_lap(std::span<const size_t> places, size_t first) {
  const uint64_t now = clock_ticks();
  const uint64_t ticks = now > mark_ ? now - mark_ : 0;
  const uint64_t part = ticks / places.size();
  uint64_t left = ticks % places.size();
  for (const size_t place : places) {
    const uint64_t own = part + (left > 0 ? 1 : 0);
    if (own > 0) add(first + place, own);
    left -= left > 0 ? 1 : 0;
  }
  set_mark(now);
}

void ThreadLaps::open_book(const std::shared_ptr<CpuAccounts>& accounts) {
  for (book_ = 0; book_ < books_.size(); ++book_) {
    if (books_[book_].accounts == accounts) return;
  }
  if (books_.size() >= kBooksMax) {
    settle();
    books_.clear();
  }
  book_ = books_.size();
  books_.push_back({accounts, std::vector<uint64_t>(accounts->count()), {}});
}

/// Never more than the laps lasted: what the thread has used in pauses is nobody's.
void ThreadLaps::settle() {
  const int64_t used_ns = thread_cpu_ns();
  const int64_t since_ns = used_ns - paid_ns_;
  paid_ns_ = used_ns;
  settled_at_ = clock_ticks();

  uint64_t ticks = 0;
  for (const Book& book : books_) {
    for (const size_t account : book.accounts_in_use) ticks += book.ticks[account];
  }
  if (ticks == 0) return;
  const int64_t payable_ns = std::min(since_ns, static_cast<int64_t>(ns_of_ticks(ticks)));

  // Up to each lap the part of all ticks so far, so that the roundings do not add up.
  const double ns_a_tick = static_cast<double>(payable_ns) / static_cast<double>(ticks);
  uint64_t ticks_so_far = 0;
  int64_t paid = 0;
  for (Book& book : books_) {
    for (const size_t account : book.accounts_in_use) {
      ticks_so_far += book.ticks[account];
      const int64_t until =
          ticks_so_far == ticks
              ? payable_ns
              : std::min(payable_ns, static_cast<int64_t>(ns_a_tick * static_cast<double>(ticks_so_far)));
      book.accounts->add(account, until - paid);
      paid = until;
      book.ticks[account] = 0;
    }
    book.accounts_in_use.clear();
  }
}

}  // namespace headrace
