#include "store/push_bytes.h"

#include "store/big_endian.h"

namespace headrace {
namespace {

// Beside the length of the source:
constexpr uint64_t kIsFed = uint64_t{1} << 31;
constexpr uint64_t kHasKey = uint64_t{1} << 30;
constexpr uint64_t kIsAgain = uint64_t{1} << 29;
constexpr uint64_t kIsRewritten = uint64_t{1} << 28;
constexpr uint64_t kHasIds = uint64_t{1} << 27;

bool is_fed(const LoggedPush& push) { return push.lane != 0 || !push.position.empty() || push.is_drained; }

/// Takes what only fed events have off the front; false: it is not whole.
bool take_fed(std::string_view& value, LoggedPush& push) {
  if (value.size() < 9) return false;
  push.lane = static_cast<uint32_t>(number_at(value.substr(0, 4)));
  const uint64_t drained = number_at(value.substr(4, 1));
  if (drained > 2) return false;
  if (drained > 0) push.is_drained = drained == 2;
  const uint64_t length = number_at(value.substr(5, 4));
  value.remove_prefix(9);
  if (value.size() < length) return false;
  push.position = value.substr(0, length);
  value.remove_prefix(length);
  return true;
}

/// Likewise how its events had been counted before.
bool take_counts(std::string_view& value, LeftOutCounts& counts) {
  for (int64_t* const count : {&counts.late, &counts.unreadable, &counts.ahead}) {
    if (value.size() < 8) return false;
    *count = static_cast<int64_t>(number_at(value.substr(0, 8)));
    value.remove_prefix(8);
  }
  return true;
}

/// Likewise what is left of events that were forgotten.
bool take_forgotten(std::string_view& value, LoggedPush& push) {
  if (value.size() < 8) return false;
  const uint64_t digest = number_at(value.substr(0, 4));
  uint64_t count = number_at(value.substr(4, 4));
  value.remove_prefix(8);
  if (value.size() < digest || (value.size() - digest) / 13 < count) return false;
  push.digest = value.substr(0, digest);
  value.remove_prefix(digest);
  for (; count > 0; --count) {
    ForgottenEvent& event = push.forgotten.emplace_back();
    event.before = static_cast<uint32_t>(number_at(value.substr(0, 4)));
    if (value[4] != 0) event.time = EventTime{static_cast<int64_t>(number_at(value.substr(5, 8)))};
    value.remove_prefix(13);
  }
  return true;
}

/// Likewise the key.
bool take_key(std::string_view& value, LoggedPush& push) {
  if (value.size() < 4) return false;
  const uint64_t length = number_at(value.substr(0, 4));
  value.remove_prefix(4);
  if (value.size() < length) return false;
  push.key = value.substr(0, length);
  value.remove_prefix(length);
  return true;
}

/// Likewise the ids of its messages.
bool take_ids(std::string_view& value, LoggedPush& push) {
  if (value.size() < 4) return false;
  uint64_t count = number_at(value.substr(0, 4));
  value.remove_prefix(4);
  if (value.size() / 2 < count) return false;
  push.ids.reserve(count);
  for (; count > 0; --count) {
    if (value.size() < 2) return false;
    const uint64_t length = number_at(value.substr(0, 2));
    value.remove_prefix(2);
    if (value.size() < length) return false;
    push.ids.emplace_back(value.substr(0, length));
    value.remove_prefix(length);
  }
  return true;
}

}  // namespace

std::string push_key(uint64_t number) {
  std::string key(1, kPushPrefix);
  append_number(key, number, 8);
  return key;
}

std::string position_key(const LoggedPush& push) {
  std::string key = kPositionPrefix + push.source;
  append_number(key, push.lane, 4);
  return key;
}

std::string push_head(const LoggedPush& push) {
  std::string value;
  const bool is_again = push.counted_before.all() > 0;
  append_number(value,
                push.source.size() | (is_fed(push) ? kIsFed : 0) | (push.key.empty() ? 0 : kHasKey) |
                    (is_again ? kIsAgain : 0) | (push.forgotten.empty() ? 0 : kIsRewritten) |
                    (push.ids.empty() ? 0 : kHasIds),
                4);
  value += push.source;
  append_number(value, static_cast<uint64_t>(push.now_us), 8);
  if (is_fed(push)) {
    append_number(value, push.lane, 4);
    append_number(value, push.is_drained ? 1 + (*push.is_drained ? 1 : 0) : 0, 1);
    append_number(value, push.position.size(), 4);
    value += push.position;
  }
  if (!push.key.empty()) {
    append_number(value, push.key.size(), 4);
    value += push.key;
  }

  // What happened to its events before and since.
  for (const int64_t count : {push.counted_before.late, push.counted_before.unreadable, push.counted_before.ahead}) {
    if (is_again) append_number(value, static_cast<uint64_t>(count), 8);
  }

  if (!push.forgotten.empty()) {
    append_number(value, push.digest.size(), 4);
    append_number(value, push.forgotten.size(), 4);
    value += push.digest;
    for (const ForgottenEvent& event : push.forgotten) {
      append_number(value, event.before, 4);
      append_number(value, event.time ? 1 : 0, 1);
      append_number(value, static_cast<uint64_t>(event.time.value_or(EventTime{0}).us), 8);
    }
  }
  if (!push.ids.empty()) {
    append_number(value, push.ids.size(), 4);
    for (const std::string& id : push.ids) {
      append_number(value, id.size(), 2);
      value += id;
    }
  }
  return value;
}

std::string push_bytes(const LoggedPush& push) { return push_head(push) + push.records; }

std::optional<LoggedPush> push_of(std::string_view value) {
  if (value.size() < 4) return std::nullopt;
  const uint64_t first = number_at(value.substr(0, 4));
  const uint64_t length = first & ~(kIsFed | kHasKey | kIsAgain | kIsRewritten | kHasIds);
  value.remove_prefix(4);
  if (value.size() < length + 8) return std::nullopt;
  LoggedPush push;
  push.source = value.substr(0, length);
  push.now_us = static_cast<int64_t>(number_at(value.substr(length, 8)));
  value.remove_prefix(length + 8);
  if ((first & kIsFed) != 0 && !take_fed(value, push)) return std::nullopt;
  if ((first & kHasKey) != 0 && !take_key(value, push)) return std::nullopt;
  if ((first & kIsAgain) != 0 && !take_counts(value, push.counted_before)) return std::nullopt;
  if ((first & kIsRewritten) != 0 && !take_forgotten(value, push)) return std::nullopt;
  if ((first & kHasIds) != 0 && !take_ids(value, push)) return std::nullopt;
  push.records = value;
  return push;
}

}  // namespace headrace
