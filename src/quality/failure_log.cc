#include "quality/failure_log.h"

#include <algorithm>

namespace headrace {
namespace {

/// A key as it is where that is unmistakable, else quoted.
std::string key_text(const Value& value) {
  if (const auto* time = std::get_if<EventTime>(&value.data)) return to_string(*time);
  const auto* text = std::get_if<std::string>(&value.data);
  if (text == nullptr) return to_json(value);
  const std::string quoted = quote_json(*text);
  const bool is_plain = !text->empty() && quoted.size() == text->size() + 2 && text->find(' ') == std::string::npos;
  return is_plain ? *text : quoted;
}

}  // namespace

std::string RowNames::entity_at(int64_t row) const {
  std::string out;
  for (size_t i = 0; i < key_names->size(); ++i) {
    out += (i > 0 ? " " : "") + (*key_names)[i] + "=" + key_text(keys[i].value_at(row));
  }
  return out;
}

void FailureLog::keep(const RowNames& names, const Column& values, int64_t row, double badness, std::string_view note) {
  const auto at = std::find_if(kept_.begin(), kept_.end(), [&](const Kept& kept) { return badness > kept.badness; });
  const EventTime time{names.times->int64s()[row]};
  kept_.insert(at, {badness, {names.entity_at(row), time, values.value_at(row), std::string(note)}});
  if (kept_.size() > CheckResult::kOffendersMax) kept_.pop_back();
}

std::vector<Offender> FailureLog::offenders() const {
  std::vector<Offender> out;
  for (const Kept& kept : kept_) out.push_back(kept.offender);
  return out;
}

}  // namespace headrace
