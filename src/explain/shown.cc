#include "explain/shown.h"

#include <fmt/format.h>

namespace headrace {
namespace {

constexpr int64_t kMinute = 60 * kMicrosPerSecond;
constexpr int64_t kHour = 60 * kMinute;

/// "56.4": microseconds as seconds, without zeros at the end.
std::string seconds_text(int64_t us) {
  std::string text = fmt::format("{}.{:06}", us / kMicrosPerSecond, us % kMicrosPerSecond);
  text.resize(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

}  // namespace

std::string shown(const Value& value) {
  if (const auto* time = std::get_if<EventTime>(&value.data)) return to_string(*time);
  const auto* list = std::get_if<Value::List>(&value.data);
  if (list == nullptr) return to_json(value);
  std::string out;
  for (const Value& each : *list) out += (out.empty() ? "" : ", ") + shown(each);
  return "[" + out + "]";
}

std::string shown_key(const std::vector<std::pair<std::string, Value>>& key) {
  std::string out;
  for (const auto& [name, value] : key) {
    const auto* text = std::get_if<std::string>(&value.data);
    const bool is_plain =
        text != nullptr && quote_json(*text).size() == text->size() + 2 && text->find(' ') == std::string::npos;
    out += fmt::format("{}{}={}", out.empty() ? "" : " ", name, is_plain ? *text : shown(value));
  }
  return out;
}

std::string shown_span(int64_t us) {
  std::string out;
  const auto take = [&](int64_t unit, char letter) {
    if (us >= unit) out += fmt::format("{}{}{}", out.empty() ? "" : " ", us / unit, letter);
    us %= unit;
  };
  if (us >= 2 * kMicrosPerDay) take(kMicrosPerDay, 'd');
  take(kHour, 'h');
  take(kMinute, 'm');
  if (us > 0 || out.empty()) out += (out.empty() ? "" : " ") + seconds_text(us) + "s";
  return out;
}

}  // namespace headrace
