/// How much of the disk a server's store takes, and for how long that lasts.

#include "app/server/served_features.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace headrace {
namespace {

namespace fs = std::filesystem;

/// Over less, what comes a day would be a guess.
constexpr int64_t kSpanMinUs = 600 * kMicrosPerSecond;

/// Nothing: too little time has passed.
std::optional<int64_t> bytes_per_day(const KeptBytes& kept, int64_t now_us) {
  if (kept.pushes == 0 || now_us - kept.first_us < kSpanMinUs) return std::nullopt;
  const double days = static_cast<double>(now_us - kept.first_us) / static_cast<double>(kMicrosPerDay);
  return static_cast<int64_t>(static_cast<double>(kept.bytes) / days);
}

/// Files may come and go meanwhile.
int64_t bytes_below(const std::string& folder) {
  int64_t bytes = 0;
  std::error_code problem;
  for (fs::directory_iterator at(folder, problem), end; !problem && at != end; at.increment(problem)) {
    std::error_code gone;
    const auto size = at->is_regular_file(gone) ? at->file_size(gone) : 0;
    if (!gone) bytes += static_cast<int64_t>(size);
  }
  return bytes;
}

}  // namespace

void ServedFeatures::set_kept(const KeptBytes& kept, SourceStatus& status) const {
  status.kept_bytes = kept.bytes;
  if (kept.pushes > 0) status.kept_since = EventTime{kept.first_us};
  status.bytes_per_day = bytes_per_day(kept, now().us);
}

std::optional<StoreStatus> ServedFeatures::store() {
  if (options_.log == nullptr || store_folder_.empty()) return std::nullopt;
  StoreStatus status{.folder = store_folder_, .bytes = bytes_below(store_folder_)};
  std::error_code problem;
  const fs::space_info space = fs::space(store_folder_, problem);
  if (!problem) status.free_bytes = static_cast<int64_t>(std::min<uintmax_t>(space.available, INT64_MAX));

  // Where pushes are let go of, as much goes as comes.
  const int64_t now_us = now().us;
  for (const auto& [source, kept] : options_.log->kept()) {
    if (kept.forgotten > 0) continue;
    if (const auto growth = bytes_per_day(kept, now_us))
      status.bytes_per_day = status.bytes_per_day.value_or(0) + *growth;
  }
  if (!problem && status.bytes_per_day.value_or(0) > 0) {
    status.days_until_full = static_cast<double>(status.free_bytes) / static_cast<double>(*status.bytes_per_day);
  }
  return status;
}

}  // namespace headrace
