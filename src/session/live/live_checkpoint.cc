#include "session/live/live_checkpoint.h"

#include "compute/aggregates/state_bytes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace headrace {
namespace {

// The numbers go up with each other form of the bytes.
constexpr std::string_view kCuts = "cuts 1";
constexpr std::string_view kRowsOf = "rows 1 of ";        // + the entity
constexpr std::string_view kRepeatsOf = "repeats 2 of ";  // likewise
constexpr std::string_view kRestingOf = "resting 1 of ";  // likewise
constexpr std::string_view kIdsOf = "message ids 1 of ";  // + the source
/// The form of the marks. The last is written where entities rest, which those who know only the others would miss; else the
/// one before it, of the same bytes.
constexpr std::array<std::string_view, 3> kMarks = {"marks 2", "marks 3", "marks 4"};
/// Beside the parts of an entity's stream, which are "ENTITY/PART": names of entities have no slash.
constexpr std::string_view kSettledTo = "settled to";

std::string part_name(const std::string& entity, std::string_view part) { return fmt::format("{}/{}", entity, part); }

Error unreadable_checkpoint() {
  return Error::data("the checkpoint of the store cannot be read")
      .with_help("the store is damaged; restore it from a copy, or start with another folder");
}

/// Takes the parts of streams out of the checkpoint; those without the time up to which they are settled are of none.
void take_streams(LogCheckpoint& from, LiveCheckpoint& into) {
  std::map<std::string, StoredStream> streams;
  for (auto& [name, bytes] : from.parts) {
    const size_t slash = name.find('/');
    if (slash == std::string::npos) continue;
    streams[name.substr(0, slash)].parts[name.substr(slash + 1)] = std::move(bytes);
  }
  for (auto& [entity, stream] : streams) {
    const auto settled = stream.parts.find(std::string(kSettledTo));
    if (settled == stream.parts.end()) continue;
    TextPool texts;
    StateReader reader(settled->second, texts);
    stream.settled_to = reader.number();
    if (!reader.ok()) continue;
    stream.parts.erase(settled);
    into.entities[entity].stream = std::move(stream);
  }
}

/// Of the entity or source that a part belongs to; nothing: it is another part.
std::optional<std::string> owner_of(const std::string& part, std::string_view prefix) {
  return part.starts_with(prefix) ? std::optional(part.substr(prefix.size())) : std::nullopt;
}

}  // namespace

Result<std::optional<LiveCheckpoint>> read_live_checkpoint(const EventLog& log) {
  ASSIGN_OR_RETURN(std::optional<LogCheckpoint> stored, log.checkpoint());
  if (!stored) return std::optional<LiveCheckpoint>();
  LiveCheckpoint found;
  found.next = stored->next;
  found.replay_from = stored->replay_from;
  found.keep_from = stored->keep_from;
  const auto form = std::ranges::find_if(kMarks, [&](auto name) { return stored->parts.contains(std::string(name)); });
  if (form == kMarks.end() && stored->keep_from == 0) return std::optional<LiveCheckpoint>();
  if (form == kMarks.end()) {
    return Error::conflict("the checkpoint of the store is of another version, and the events before it are forgotten")
        .with_help("start with the version of headrace that wrote it, or with another folder");
  }

  std::optional<std::deque<LiveMark>> marks =
      marks_of(stored->parts.at(std::string(*form)), form == kMarks.begin() ? MarksForm::kOlder : MarksForm::kOwn);
  const bool has_place = marks && std::ranges::find(*marks, stored->replay_from, &LiveMark::number) != marks->end();
  if (!has_place) return unreadable_checkpoint();
  found.marks = *std::move(marks);

  take_streams(*stored, found);
  for (auto& [name, bytes] : stored->parts) {
    if (const auto repeating = owner_of(name, kRepeatsOf)) {
      found.entities[*repeating].repeats = std::move(bytes);
    } else if (const auto source = owner_of(name, kIdsOf)) {
      found.ids[*source] = std::move(bytes);
    } else if (const auto entity = owner_of(name, kRestingOf)) {
      TextPool texts;
      StateReader reader(bytes, texts);
      LiveCheckpointResting& resting = found.entities[*entity].resting.emplace();
      resting.generation = reader.word();
      resting.keys = reader.number();
      if (!reader.ok() || !reader.at_end()) return unreadable_checkpoint();
    } else if (const auto filled = owner_of(name, kRowsOf)) {
      auto rows = filled_rows_of(bytes);
      if (!rows) return unreadable_checkpoint();
      found.entities[*filled].rows = *std::move(rows);
    } else if (name == kCuts) {
      auto cuts = cuts_of(bytes);
      if (!cuts) return unreadable_checkpoint();
      found.cuts = *std::move(cuts);
    }
  }
  return std::optional(std::move(found));
}

LogCheckpoint to_log(LiveCheckpoint checkpoint) {
  LogCheckpoint log{
      .next = checkpoint.next, .replay_from = checkpoint.replay_from, .keep_from = checkpoint.keep_from, .parts = {}};
  const bool has_resting =
      std::ranges::any_of(checkpoint.entities, [](const auto& each) { return each.second.resting.has_value(); });
  log.parts[std::string(has_resting ? kMarks[2] : kMarks[1])] = to_bytes(checkpoint.marks);
  log.resting = std::move(checkpoint.rows);
  log.first_generations = std::move(checkpoint.first_generations);
  if (!checkpoint.cuts.empty()) log.parts[std::string(kCuts)] = to_bytes(checkpoint.cuts);
  for (auto& [source, bytes] : checkpoint.ids) log.parts[std::string(kIdsOf) + source] = std::move(bytes);
  for (auto& [name, entity] : checkpoint.entities) {
    StateWriter settled(log.parts[part_name(name, kSettledTo)]);
    settled.value(entity.stream.settled_to);
    for (auto& [part, bytes] : entity.stream.parts) log.parts[part_name(name, part)] = std::move(bytes);
    log.parts[std::string(kRepeatsOf) + name] = std::move(entity.repeats);
    if (entity.resting) {
      StateWriter resting(log.parts[std::string(kRestingOf) + name]);
      resting.word(entity.resting->generation);
      resting.value(entity.resting->keys);
    }
    if (!entity.rows.empty()) log.parts[std::string(kRowsOf) + name] = to_bytes(entity.rows);
  }
  return log;
}

}  // namespace headrace
