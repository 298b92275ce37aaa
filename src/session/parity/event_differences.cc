#include "session/parity/event_differences.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace headrace {
namespace {

constexpr char kAfterwards[] = "it came after the value was served";
constexpr char kBehind[] = "it came behind the watermark";

/// All but keys and time. The id is told apart.
std::string content_of(const SourceRequest& request, const ParityEvent& event) {
  std::string out;
  for (size_t i = request.time_column() + 1; i < request.columns.size(); ++i) {
    out += to_json(event.batch->columns[i].value_at(event.row)) + '\n';
  }
  return out;
}

bool has_content(const SourceRequest& request, const ParityEvent& event) {
  for (size_t i = request.first_value_column(); i < request.columns.size(); ++i) {
    if (event.batch->columns[i].is_valid(event.row)) return true;
  }
  return false;
}

/// Empty: it has none.
std::string id_of(const SourceRequest& request, const ParityEvent& event) {
  if (!request.has_id) return "";
  const Column& ids = event.batch->columns[request.id_column()];
  return ids.is_valid(event.row) ? to_json(ids.value_at(event.row)) : "";
}

std::string mentioned_form(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value.data)) return *text;
  if (const auto* time = std::get_if<EventTime>(&value.data)) return to_string(*time).substr(0, 19);
  return to_json(value);
}

bool mentions(std::string_view record, const Value& value) {
  if (record.find(mentioned_form(value)) != std::string_view::npos) return true;
  // 3.0 is written as 3 as well, and a time with a blank.
  const auto* number = std::get_if<double>(&value.data);
  if (number != nullptr && to_json(value).ends_with(".0")) {
    const std::string whole = to_json(value);
    return record.find(whole.substr(0, whole.size() - 2)) != std::string_view::npos;
  }
  if (!std::holds_alternative<EventTime>(value.data)) return false;
  std::string blank = mentioned_form(value);
  blank[10] = ' ';
  return record.find(blank) != std::string_view::npos;
}

/// Whether a row that could not be read has all of an event's cells but one, the one that made it unreadable.
bool is_record_of(const std::string& record, const SourceRequest& request, const ParityEvent& event) {
  size_t cells = 0, found = 0;
  for (size_t i = 0; i < request.columns.size(); ++i) {
    const Value value = event.batch->columns[i].value_at(event.row);
    if (value.is_null()) continue;
    ++cells;
    found += mentions(record, value) ? 1 : 0;
  }
  return cells > 1 && found + 1 >= cells;
}

/// The events of one source and key that are on one side only.
class LeftOver {
 public:
  LeftOver(const SourceRequest& request, size_t source, std::vector<ParityEdit>& edits)
      : request_(request), source_(source), edits_(edits) {}

  /// Leaves what has no equal on the other side.
  void match(const std::vector<const ParityEvent*>& reference, const std::vector<const ParityEvent*>& server) {
    std::map<std::string, std::vector<const ParityEvent*>> open;
    for (const ParityEvent* event : reference) open[whole_text(*event)].push_back(event);
    for (const ParityEvent* event : server) {
      const auto equal = open.find(whole_text(*event));
      if (equal == open.end() || equal->second.empty()) {
        added_.push_back(event);
        continue;
      }
      equal->second.erase(equal->second.begin());
      matched_.insert(equal->first);
    }
    for (const ParityEvent* event : reference) {
      const auto& left = open[whole_text(*event)];
      if (std::ranges::find(left, event) != left.end()) removed_.push_back(event);
    }
  }

  /// The reference's events that the server got, but not for this value.
  void take_late(const std::vector<std::pair<const ParityEvent*, const char*>>& late) {
    std::vector<bool> used(late.size(), false);
    for (const bool is_exact : {true, false}) {
      std::erase_if(removed_, [&](const ParityEvent* event) {
        for (size_t i = 0; i < late.size(); ++i) {
          if (used[i] ||
              !(is_exact ? whole_text(*late[i].first) == whole_text(*event) : is_same(*late[i].first, *event)))
            continue;
          used[i] = true;
          edits_.push_back({ParityCause::kLate, source_, event, nullptr, late[i].second});
          return true;
        }
        return false;
      });
    }
  }

  void take_duplicates() {
    std::erase_if(removed_, [&](const ParityEvent* event) {
      if (!matched_.contains(whole_text(*event))) return false;
      edits_.push_back({ParityCause::kDuplicate, source_, event, nullptr, "it is twice in the reference"});
      return true;
    });
    std::erase_if(added_, [&](const ParityEvent* event) {
      if (!matched_.contains(whole_text(*event))) return false;
      edits_.push_back({ParityCause::kDuplicate, source_, nullptr, event, "the server took it twice"});
      return true;
    });
  }

  void take_pairs() {
    std::erase_if(removed_, [&](const ParityEvent* event) {
      const auto pair = std::ranges::find_if(added_, [&](const ParityEvent* each) { return is_same(*event, *each); });
      if (pair == added_.end()) return false;
      const ParityEvent* other = *pair;
      const bool is_bad = event->has_bad_cell || other->has_bad_cell;
      const ParityCause cause = event->time != other->time ? ParityCause::kShiftedTime
                                : is_bad                   ? ParityCause::kBadRow
                                                           : ParityCause::kChangedValue;
      edits_.push_back(
          {cause, source_, event, other, fmt::format("the server has it as {}", shown_event(request_, *other))});
      added_.erase(pair);
      return true;
    });
  }

  void take_rest(const std::vector<ParityBadRow>& bad_of_server, const std::vector<ParityBadRow>& bad_of_reference) {
    for (const ParityEvent* event : removed_) {
      const ParityBadRow* bad = bad_row_of(bad_of_server, *event);
      const std::string note = bad == nullptr ? "" : "the server could not read it: " + bad->problem;
      edits_.push_back({bad ? ParityCause::kBadRow : ParityCause::kMissingInStream, source_, event, nullptr, note});
    }
    for (const ParityEvent* event : added_) {
      const ParityBadRow* bad = bad_row_of(bad_of_reference, *event);
      const std::string note = bad == nullptr ? "" : "a row of the files cannot be read: " + bad->problem;
      edits_.push_back({bad ? ParityCause::kBadRow : ParityCause::kMissingInBatch, source_, nullptr, event, note});
    }
  }

 private:
  std::string whole_text(const ParityEvent& event) const {
    return std::to_string(event.time.us) + '\n' + content_of(request_, event);
  }
  /// One event by its id, else by its time or its values.
  bool is_same(const ParityEvent& a, const ParityEvent& b) const {
    const std::string id = id_of(request_, a);
    if (!id.empty()) return id == id_of(request_, b);
    if (a.time == b.time) return true;
    return has_content(request_, a) && content_of(request_, a) == content_of(request_, b);
  }
  const ParityBadRow* bad_row_of(const std::vector<ParityBadRow>& rows, const ParityEvent& event) const {
    const auto found = std::ranges::find_if(
        rows, [&](const ParityBadRow& each) { return is_record_of(each.record, request_, event); });
    return found == rows.end() ? nullptr : &*found;
  }

  const SourceRequest& request_;
  const size_t source_;
  std::vector<ParityEdit>& edits_;
  std::vector<const ParityEvent*> removed_, added_;
  std::set<std::string> matched_;
};

const std::vector<ParityEvent>& events_of(const ParitySource& source, const std::string& key) {
  static const std::vector<ParityEvent> none;
  const auto found = source.events.find(key);
  return found == source.events.end() ? none : found->second;
}

bool is_afterwards(const ParityEvent& event, std::optional<uint64_t> position) {
  return position && event.position >= *position;
}

}  // namespace

std::string_view to_string(ParityCause cause) {
  switch (cause) {
    case ParityCause::kDuplicate: return "duplicate";
    case ParityCause::kShiftedTime: return "shifted time";
    case ParityCause::kChangedValue: return "changed value";
    case ParityCause::kBadRow: return "bad row";
    case ParityCause::kLate: return "late";
    case ParityCause::kMissingInBatch: return "missing in batch";
    case ParityCause::kMissingInStream: return "missing in stream";
    case ParityCause::kOtherOrder: return "other order";
    case ParityCause::kOtherVersion: return "other version";
    case ParityCause::kStaleValue: return "stale value";
    case ParityCause::kUnexplained: return "unexplained";
  }
  return "";
}

EventTime ParityEdit::time() const {
  if (removed == nullptr) return added->time;
  return added == nullptr ? removed->time : std::max(removed->time, added->time);
}

bool ParityEdit::is_before(EventTime at) const {
  return (removed != nullptr && removed->time <= at) || (added != nullptr && added->time <= at);
}

ChosenEvents taken_events(const ParityEvents& events, const std::string& key, std::optional<uint64_t> position) {
  ChosenEvents out;
  for (const ParitySource& source : events.sources) {
    std::vector<const ParityEvent*>& chosen = out.emplace_back();
    for (const ParityEvent& event : events_of(source, key)) {
      if (!event.is_late && !is_afterwards(event, position)) chosen.push_back(&event);
    }
  }
  return out;
}

std::vector<ParityEdit> differences(const ParitySides& sides) {
  std::vector<ParityEdit> edits;
  const ChosenEvents reference = taken_events(sides.reference, sides.key, std::nullopt);
  const ChosenEvents server = taken_events(sides.server, sides.key, sides.position);
  const bool is_own = &sides.server == &sides.reference;
  for (size_t s = 0; s < reference.size(); ++s) {
    const ParitySource& of_server = sides.server.sources[s];
    LeftOver left(of_server.request, s, edits);
    left.match(reference[s], server[s]);
    std::vector<std::pair<const ParityEvent*, const char*>> late;
    for (const ParityEvent& event : events_of(of_server, sides.key)) {
      if (event.is_late && !is_own) late.emplace_back(&event, kBehind);
      if (!event.is_late && is_afterwards(event, sides.position)) late.emplace_back(&event, kAfterwards);
    }
    left.take_late(late);
    left.take_duplicates();
    left.take_pairs();
    left.take_rest(of_server.bad, sides.reference.sources[s].bad);
  }
  return edits;
}

ChosenEvents edited_events(const ParitySides& sides, const std::vector<ParityEdit>& edits,
                           const std::vector<ParityCause>& causes) {
  ChosenEvents events = taken_events(sides.reference, sides.key, std::nullopt);
  for (const ParityEdit& edit : edits) {
    if (std::ranges::find(causes, edit.cause) == causes.end()) continue;
    if (edit.removed != nullptr) std::erase(events[edit.source], edit.removed);
    if (edit.added != nullptr) events[edit.source].push_back(edit.added);
  }
  return events;
}

std::string shown_event(const SourceRequest& request, const ParityEvent& event) {
  std::string out = to_string(event.time);
  for (size_t i = request.time_column() + 1; i < request.columns.size(); ++i) {
    const Value value = event.batch->columns[i].value_at(event.row);
    if (!value.is_null()) out += fmt::format(" {}={}", request.columns[i], to_json(value));
  }
  return out;
}

}  // namespace headrace
