#include "session/live/source_states.h"

#include "compute/aggregates/state_bytes.h"

#include <fmt/format.h>

namespace headrace {
namespace {

const std::string kNotes = "source ";

std::string to_bytes(const SourceState& state) {
  std::string bytes;
  StateWriter writer(bytes);
  writer.word(static_cast<uint64_t>(state.kind));
  writer.value(state.since_us);
  writer.text(state.feed);
  writer.text(state.problem);
  for (const std::optional<SourceState::Message>* message : {&state.stopped_at, &state.skipped}) {
    writer.word(*message ? 1 : 0);
    writer.word((*message).value_or(SourceState::Message()).lane);
    writer.value((*message).value_or(SourceState::Message()).offset);
  }
  writer.word(state.rewind ? 1 : 0);
  if (!state.rewind) return bytes;
  writer.value(state.rewind->to.us);
  writer.word(state.rewind->lanes.size());
  for (const SourceRewind::Lane& lane : state.rewind->lanes) {
    writer.word(lane.lane);
    writer.value(lane.first);
    writer.value(lane.end);
    writer.text(lane.position);
  }
  return bytes;
}

/// Nothing where the bytes are none of to_bytes().
std::optional<SourceState> state_of(std::string_view bytes) {
  TextPool texts;
  StateReader reader(bytes, texts);
  SourceState state;
  const uint64_t kind = reader.word();
  if (kind > static_cast<uint64_t>(SourceState::Kind::kStopped)) return std::nullopt;
  state.kind = static_cast<SourceState::Kind>(kind);
  state.since_us = reader.number();
  state.feed = reader.text();
  state.problem = reader.text();

  // What stopped it, and what is to be skipped.
  for (std::optional<SourceState::Message>* message : {&state.stopped_at, &state.skipped}) {
    const bool is_there = reader.word() == 1;
    const SourceState::Message found{static_cast<uint32_t>(reader.word()), reader.number()};
    if (is_there) *message = found;
  }

  if (reader.word() == 1) {
    SourceRewind& rewind = state.rewind.emplace();
    rewind.to.us = reader.number();
    for (size_t left = reader.count(32); left > 0; --left) {
      SourceRewind::Lane& lane = rewind.lanes.emplace_back();
      lane.lane = static_cast<uint32_t>(reader.word());
      lane.first = reader.number();
      lane.end = reader.number();
      lane.position = reader.text();
    }
  }
  if (!reader.ok() || !reader.at_end()) return std::nullopt;
  return state;
}

}  // namespace

Result<std::unique_ptr<SourceStates>> SourceStates::open(EventLog* log) {
  std::unique_ptr<SourceStates> states(new SourceStates(log));
  if (log == nullptr) return states;
  ASSIGN_OR_RETURN(const auto notes, log->notes(kNotes));
  for (const auto& [source, bytes] : notes) {
    std::optional<SourceState> state = state_of(bytes);
    if (!state) {
      return Error::data(fmt::format("what the store says of the source `{}` cannot be read", source))
          .with_help(
              "the store is damaged, or of another version; restore it from a copy, or start with another folder");
    }
    states->states_[source] = *std::move(state);
  }
  return states;
}

bool SourceStates::is_skipped(const std::string& source, uint32_t lane, int64_t offset) const {
  const std::lock_guard lock(mutex_);
  const auto found = states_.find(source);
  return found != states_.end() && found->second.skipped == SourceState::Message{lane, offset};
}

SourceState SourceStates::of(const std::string& source) const {
  const std::lock_guard lock(mutex_);
  const auto found = states_.find(source);
  return found == states_.end() ? SourceState() : found->second;
}

Status SourceStates::change(const std::string& source, const std::function<void(SourceState&)>& change) {
  const std::lock_guard lock(mutex_);
  const auto found = states_.find(source);
  SourceState state = found == states_.end() ? SourceState() : found->second;
  change(state);
  const bool is_plain = state.kind == SourceState::Kind::kRunning && !state.rewind && !state.skipped;
  if (log_ != nullptr) {
    RETURN_IF_ERROR(log_->note(kNotes + source, is_plain ? std::nullopt : std::optional(to_bytes(state))));
  }
  if (is_plain) {
    states_.erase(source);
  } else {
    states_[source] = std::move(state);
  }
  return {};
}

}  // namespace headrace
