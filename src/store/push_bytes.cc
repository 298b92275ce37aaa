#include "store/push_bytes.h"

#include "store/big_endian.h"

namespace headrace {
namespace {

// Beside the length of the source:
constexpr uint64_t kIsFed = uint64_t{1} << 31;
constexpr uint64_t kHasKey = uint64_t{1} << 30;

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

std::string push_bytes(const LoggedPush& push) {
  std::string value;
  value.reserve(25 + push.source.size() + push.position.size() + push.key.size() + push.records.size());
  append_number(value, push.source.size() | (is_fed(push) ? kIsFed : 0) | (push.key.empty() ? 0 : kHasKey), 4);
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
  value += push.records;
  return value;
}

std::optional<LoggedPush> push_of(std::string_view value) {
  if (value.size() < 4) return std::nullopt;
  const uint64_t first = number_at(value.substr(0, 4));
  const uint64_t length = first & ~(kIsFed | kHasKey);
  value.remove_prefix(4);
  if (value.size() < length + 8) return std::nullopt;
  LoggedPush push;
  push.source = value.substr(0, length);
  push.now_us = static_cast<int64_t>(number_at(value.substr(length, 8)));
  value.remove_prefix(length + 8);
  if ((first & kIsFed) != 0 && !take_fed(value, push)) return std::nullopt;
  if ((first & kHasKey) != 0 && !take_key(value, push)) return std::nullopt;
  push.records = value;
  return push;
}

}  // namespace headrace
