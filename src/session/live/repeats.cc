#include "session/live/repeats.h"

#include "base/hash.h"
#include "compute/aggregates/state_bytes.h"

#include <algorithm>

namespace headrace {

Repeats::OfSource& Repeats::of(std::string_view source) {
  const auto known = sources_.find(source);
  if (known != sources_.end()) return known->second;
  const std::string name(source);
  const auto own = kept_for_of_.find(name);
  OfSource& added = sources_[name];
  added.kept_for = own == kept_for_of_.end() ? kept_for_ : own->second;
  return added;
}

size_t Repeats::keys() const {
  size_t keys = 0;
  for (const auto& [name, source] : sources_) keys += source.oldest.size();
  return keys;
}

void Repeats::forget(OfSource& source, int64_t now_us) {
  while (!source.oldest.empty() && source.earlier.at(source.oldest.front()).at_us + source.kept_for.us <= now_us) {
    source.earlier.erase(source.oldest.front());
    source.oldest.pop_front();
  }
}

Result<const Repeats::Earlier*> Repeats::find(std::string_view source, std::string_view key, std::string_view text,
                                              int64_t now_us) {
  OfSource& of_source = of(source);
  forget(of_source, now_us);
  const auto found = of_source.earlier.find(std::string(key));
  if (found == of_source.earlier.end()) {
    if (keys() < kKeysMax) return static_cast<const Earlier*>(nullptr);
    return Error::unavailable("too many keys of pushes are kept").with_help("try again later, or push without a key");
  }
  if (found->second.digest == sha256_hex(text)) return &found->second;
  return Error::conflict("another push came under this key")
      .with_help("a key is for one push and its repetitions; give each push its own");
}

void Repeats::keep(std::string_view source, std::string_view key, const std::string& digest, const LivePush& answer,
                   uint64_t number, int64_t now_us) {
  OfSource& of_source = of(source);
  forget(of_source, now_us);
  const auto [place, is_new] = of_source.earlier.try_emplace(std::string(key));
  if (!is_new) return;
  place->second = {.digest = digest, .answer = answer, .number = number, .at_us = now_us};
  of_source.oldest.push_back(place->first);
}

/// Source and key are one text: names of sources have no line's end.
std::string Repeats::to_bytes() const {
  std::string bytes;
  StateWriter writer(bytes);
  writer.word(keys());
  for (const auto& [name, source] : sources_) {
    for (const std::string& key : source.oldest) {
      const Earlier& earlier = source.earlier.at(key);
      const LivePush& answer = earlier.answer;
      writer.text(name + '\n' + key);
      writer.text(earlier.digest);
      writer.value(earlier.at_us);
      for (const int64_t count :
           {answer.accepted, answer.ahead, answer.late, answer.unreadable, answer.too_far_ahead, answer.bad_cells}) {
        writer.value(count);
      }
      writer.value(answer.watermark ? answer.watermark->us : kTimeMin);
    }
  }
  return bytes;
}

bool Repeats::restore(std::string_view bytes) {
  TextPool texts;
  StateReader reader(bytes, texts);
  for (size_t left = reader.count(80); left > 0 && reader.ok(); --left) {
    const std::string_view joined = reader.text();
    const size_t end = std::min(joined.find('\n'), joined.size());
    OfSource& source = of(joined.substr(0, end));
    std::string key(joined.substr(std::min(end + 1, joined.size())));
    Earlier earlier{.digest = std::string(reader.text()), .at_us = reader.number()};
    LivePush& answer = earlier.answer;
    for (int64_t* count : {&answer.accepted, &answer.ahead, &answer.late, &answer.unreadable, &answer.too_far_ahead,
                           &answer.bad_cells}) {
      *count = reader.number();
    }
    const int64_t watermark = reader.number();
    if (watermark != kTimeMin) answer.watermark = EventTime{watermark};
    if (source.earlier.emplace(key, std::move(earlier)).second) source.oldest.push_back(std::move(key));
  }
  return reader.ok();
}

}  // namespace headrace
