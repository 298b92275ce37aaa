#include "session/live/repeats.h"

#include "base/hash.h"
#include "compute/aggregates/state_bytes.h"

namespace headrace {
namespace {

/// Names of sources have no line's end.
std::string joined(std::string_view source, std::string_view key) {
  return std::string(source) + '\n' + std::string(key);
}

}  // namespace

void Repeats::forget(int64_t now_us) {
  while (!oldest_.empty() && earlier_.at(oldest_.front()).at_us + kept_for_.us <= now_us) {
    earlier_.erase(oldest_.front());
    oldest_.pop_front();
  }
}

Result<const Repeats::Earlier*> Repeats::find(std::string_view source, std::string_view key, std::string_view text,
                                              int64_t now_us) {
  forget(now_us);
  const auto found = earlier_.find(joined(source, key));
  if (found == earlier_.end()) {
    if (oldest_.size() < kKeysMax) return static_cast<const Earlier*>(nullptr);
    return Error::unavailable("too many keys of pushes are kept").with_help("try again later, or push without a key");
  }
  if (found->second.digest == sha256_hex(text)) return &found->second;
  return Error::conflict("another push came under this key")
      .with_help("a key is for one push and its repetitions; give each push its own");
}

void Repeats::keep(std::string_view source, std::string_view key, const std::string& digest, const LivePush& answer,
                   uint64_t number, int64_t now_us) {
  forget(now_us);
  const auto [place, is_new] = earlier_.try_emplace(joined(source, key));
  if (!is_new) return;
  place->second = {.digest = digest, .answer = answer, .number = number, .at_us = now_us};
  oldest_.push_back(place->first);
}

std::string Repeats::to_bytes() const {
  std::string bytes;
  StateWriter writer(bytes);
  writer.word(oldest_.size());
  for (const std::string& key : oldest_) {
    const Earlier& earlier = earlier_.at(key);
    const LivePush& answer = earlier.answer;
    writer.text(key);
    writer.text(earlier.digest);
    writer.value(earlier.at_us);
    for (const int64_t count :
         {answer.accepted, answer.ahead, answer.late, answer.unreadable, answer.too_far_ahead, answer.bad_cells}) {
      writer.value(count);
    }
    writer.value(answer.watermark ? answer.watermark->us : kTimeMin);
  }
  return bytes;
}

bool Repeats::restore(std::string_view bytes) {
  TextPool texts;
  StateReader reader(bytes, texts);
  for (size_t left = reader.count(80); left > 0 && reader.ok(); --left) {
    std::string key(reader.text());
    Earlier earlier{.digest = std::string(reader.text()), .at_us = reader.number()};
    LivePush& answer = earlier.answer;
    for (int64_t* count : {&answer.accepted, &answer.ahead, &answer.late, &answer.unreadable, &answer.too_far_ahead,
                           &answer.bad_cells}) {
      *count = reader.number();
    }
    const int64_t watermark = reader.number();
    if (watermark != kTimeMin) answer.watermark = EventTime{watermark};
    if (earlier_.emplace(key, std::move(earlier)).second) oldest_.push_back(std::move(key));
  }
  return reader.ok();
}

}  // namespace headrace
