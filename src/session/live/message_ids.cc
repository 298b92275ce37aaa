#include "session/live/message_ids.h"

#include "base/check.h"
#include "base/hash.h"
#include "compute/aggregates/state_bytes.h"

#include <algorithm>
#include <charconv>

namespace headrace {

MessageIds::Digest MessageIds::digest_of(std::string_view id) {
  const std::string hex = sha256_hex(id);
  Digest digest;
  std::from_chars(hex.data(), hex.data() + 16, digest.first, 16);
  std::from_chars(hex.data() + 16, hex.data() + 32, digest.second, 16);
  return digest;
}

bool MessageIds::has(const Digest& digest) const {
  return std::ranges::any_of(slices_, [&](const Slice& slice) { return slice.ids.contains(digest); });
}

bool MessageIds::contains(std::string_view id) const { return has(digest_of(id)); }

void MessageIds::keep(std::string_view id, int64_t elapsed_us) { keep(digest_of(id), elapsed_us); }

void MessageIds::keep(const Digest& digest, int64_t elapsed_us) {
  let_go(elapsed_us);
  if (has(digest)) return;
  const auto span_us = kept_for_.us / static_cast<int64_t>(kSlices);
  const bool is_full = !slices_.empty() && (slices_.back().ids.size() >= count_max_ / kSlices ||
                                            elapsed_us - slices_.back().first_us >= span_us);
  if (slices_.empty() || is_full) slices_.push_back({.first_us = elapsed_us, .last_us = elapsed_us, .ids = {}});
  slices_.back().ids.insert(digest);
  slices_.back().last_us = elapsed_us;
  ++count_;
}

/// Makes room for one more too.
void MessageIds::let_go(int64_t elapsed_us) {
  while (!slices_.empty()) {
    const int64_t kept_us = elapsed_us - slices_.front().last_us;
    const bool is_old = kept_us >= kept_for_.us;
    if (!is_old && count_ < count_max_) return;
    if (!is_old)
      shortest_ = shortest_.us == 0 ? Duration{std::max<int64_t>(1, kept_us)}
                                    : Duration{std::min(shortest_.us, std::max<int64_t>(1, kept_us))};
    count_ -= slices_.front().ids.size();
    slices_.pop_front();
  }
}

std::string MessageIds::to_bytes() const {
  std::string bytes;
  StateWriter writer(bytes);
  writer.word(count_);
  for (const Slice& slice : slices_) {
    for (const Digest& digest : slice.ids) {
      writer.word(digest.first);
      writer.word(digest.second);
    }
  }
  return bytes;
}

bool MessageIds::restore(std::string_view bytes, int64_t elapsed_us) {
  TextPool texts;
  StateReader reader(bytes, texts);
  for (size_t left = reader.count(16); left > 0 && reader.ok(); --left) {
    Digest digest;
    digest.first = reader.word();
    digest.second = reader.word();
    keep(digest, elapsed_us);
  }
  return reader.ok() && reader.at_end();
}

}  // namespace headrace
