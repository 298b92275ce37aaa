#include "session/live/live_mark.h"

#include "compute/aggregates/state_bytes.h"

namespace headrace {
namespace {

void write_entity(const LiveMark::OfEntity& entity, StateWriter& writer) {
  writer.value(entity.now);
  writer.value(entity.newest);
  writer.word(entity.watermarks.size());
  for (const auto& [source, bytes] : entity.watermarks) {
    writer.text(source);
    writer.text(bytes);
  }
  writer.word(entity.counts.size());
  for (const auto& [source, counts] : entity.counts) {
    writer.text(source);
    for (const int64_t count : {counts.accepted, counts.late, counts.unreadable, counts.too_far_ahead, counts.bad_cells,
                                counts.newest, counts.covered}) {
      writer.value(count);
    }
  }
}

LiveMark::OfEntity read_entity(StateReader& reader, MarksForm form) {
  LiveMark::OfEntity entity;
  entity.now = reader.number();
  entity.newest = reader.number();
  for (size_t left = reader.count(16); left > 0; --left) {
    const std::string source(reader.text());
    entity.watermarks[source] = reader.text();
  }
  for (size_t left = reader.count(56); left > 0; --left) {
    SourceCounts& counts = entity.counts[std::string(reader.text())];
    for (int64_t* count : {&counts.accepted, &counts.late, &counts.unreadable, &counts.too_far_ahead, &counts.bad_cells,
                           &counts.newest}) {
      *count = reader.number();
    }
    if (form == MarksForm::kOwn) counts.covered = reader.number();
  }
  return entity;
}

}  // namespace

std::string to_bytes(const std::deque<LiveMark>& marks) {
  std::string bytes;
  StateWriter writer(bytes);
  writer.word(marks.size());
  for (const LiveMark& mark : marks) {
    writer.word(mark.number);
    writer.word(mark.entities.size());
    for (const auto& [name, entity] : mark.entities) {
      writer.text(name);
      write_entity(entity, writer);
    }
  }
  return bytes;
}

std::optional<std::deque<LiveMark>> marks_of(std::string_view bytes, MarksForm form) {
  TextPool texts;
  StateReader reader(bytes, texts);
  std::deque<LiveMark> marks(reader.count(16));
  for (LiveMark& mark : marks) {
    mark.number = reader.word();
    for (size_t left = reader.count(16); left > 0; --left) {
      const std::string name(reader.text());
      mark.entities[name] = read_entity(reader, form);
    }
  }
  if (!reader.ok() || !reader.at_end() || marks.empty()) return std::nullopt;
  return marks;
}

}  // namespace headrace
