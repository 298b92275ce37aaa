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

/// Whether a key column holds the value. REQUIRES: the value came from a column of this type.
bool holds(const Column& column, int64_t row, const Value& value) {
  if (column.type.scalar == ScalarType::kString) return column.string_at(row) == std::get<std::string>(value.data);
  return column.value_at(row) == value;
}

}  // namespace

std::string RowNames::entity_at(int64_t row) const {
  std::string out;
  for (size_t i = 0; i < key_names->size(); ++i) {
    out += (i > 0 ? " " : "") + (*key_names)[i] + "=" + key_text(keys[i].value_at(row));
  }
  return out;
}

bool FailureLog::is_worse(const Kept& a, const Kept& b) {
  return a.badness > b.badness || (a.badness == b.badness && a.place < b.place);
}

size_t FailureLog::find_entity(const RowNames& names, int64_t row) const {
  const auto is_of_row = [&](const Entity& entity) {
    for (size_t i = 0; i < entity.keys.size(); ++i) {
      if (!holds(names.keys[i], row, entity.keys[i])) return false;
    }
    return true;
  };
  return static_cast<size_t>(std::find_if(entities_.begin(), entities_.end(), is_of_row) - entities_.begin());
}

void FailureLog::keep(const RowNames& names, const Column& values, int64_t row, double badness, std::string_view note) {
  constexpr size_t kMax = CheckResult::kOffendersMax;
  size_t at = find_entity(names, row);
  if (at < entities_.size()) {
    const std::vector<Kept>& rows = entities_[at].rows;
    if (rows.size() == kMax && !(badness > rows.back().badness)) return;
  } else {
    if (entities_.size() == kMax) entities_.pop_back();
    at = entities_.size();
    entities_.emplace_back();
    for (size_t i = 0; i < names.key_names->size(); ++i) entities_[at].keys.push_back(names.keys[i].value_at(row));
  }
  const EventTime time{names.times->int64s()[row]};
  Kept kept{badness, failed_, {names.entity_at(row), time, values.value_at(row), std::string(note)}};
  std::vector<Kept>& rows = entities_[at].rows;
  rows.insert(std::upper_bound(rows.begin(), rows.end(), kept, is_worse), std::move(kept));
  if (rows.size() > kMax) rows.pop_back();
  for (; at > 0 && is_worse(entities_[at].rows.front(), entities_[at - 1].rows.front()); --at) {
    std::swap(entities_[at], entities_[at - 1]);
  }
}

std::vector<Offender> FailureLog::offenders() const {
  std::vector<Offender> out;
  for (size_t rank = 0; rank < CheckResult::kOffendersMax; ++rank) {
    std::vector<const Kept*> of_rank;
    for (const Entity& entity : entities_) {
      if (rank < entity.rows.size()) of_rank.push_back(&entity.rows[rank]);
    }
    std::sort(of_rank.begin(), of_rank.end(), [](const Kept* a, const Kept* b) { return is_worse(*a, *b); });
    for (const Kept* kept : of_rank) {
      if (out.size() < CheckResult::kOffendersMax) out.push_back(kept->offender);
    }
  }
  return out;
}

}  // namespace headrace
