/// How a stream leaves memory and comes back.

#include "base/check.h"
#include "engine/stream/entity_stream.h"

#include <fmt/format.h>

#include <algorithm>

namespace headrace {
namespace {

Error unreadable(const std::string& part) {
  return Error::data(fmt::format("the stored part `{}` cannot be read", part))
      .with_help("the store is damaged; restore it from a copy, or start with another folder");
}

}  // namespace

std::optional<uint32_t> EntityStream::find_key(const std::vector<Value>& key) const {
  for (uint32_t id = 0; id < keys_.size(); ++id) {
    if (keys_.has_key(id) && key_values(id) == key) return id;
  }
  return std::nullopt;
}

StoredStream EntityStream::store(const LiveStates::Chosen& without) {
  const auto is_chosen = [&](uint32_t key) { return keys_.has_key(key) && !without(key); };
  LiveStates& states = past_ ? *past_ : now_;
  StoredStream stored;
  stored.settled_to = states.start();
  stored.parts[kKeysPart] = bytes_of_keys(keys_, is_chosen);
  for (size_t source = 0; source < newest_.size(); ++source) {
    stored.parts[newest_part_name(plan_.sources[layout_.sources[source].plan_source].name)] =
        bytes_of_newest(states.newest_settled()[source], keys_.size(), is_chosen);
  }

  for (const WorkItem& item : layout_.work) {
    const std::string name = stored_name(layout_, item);
    if (name.empty()) continue;
    StateWriter writer(stored.parts[name]);
    states.store(item, writer, is_chosen);
  }
  return stored;
}

bool EntityStream::is_for_ever(const WorkItem& item) const {
  const auto of_state = [&](size_t state) {
    return std::ranges::any_of(layout_.states[state].features, [&](size_t f) { return for_ever_[f]; });
  };
  if (item.kind == WorkItem::Kind::kState) return of_state(item.index);
  if (item.kind == WorkItem::Kind::kDerived) return false;

  // The events of a series are kept for all its windows together.
  const size_t series = layout_.series[item.index].plan_series;
  return std::ranges::any_of(layout_.work, [&](const WorkItem& other) {
    return other.kind == WorkItem::Kind::kState && plan_.states[other.index].series == series && of_state(other.index);
  });
}

StoredStream EntityStream::store_for_ever() {
  StoredStream stored = store();
  for (const WorkItem& item : layout_.work) {
    if (!is_for_ever(item)) stored.parts.erase(stored_name(layout_, item));
  }
  return stored;
}

StoredStream EntityStream::store_around(const StoredStream& for_ever) {
  StoredStream stored = store();
  CHECK(stored.settled_to == for_ever.settled_to);
  const bool has_keys = keys_.key_count() > 0;
  for (const WorkItem& item : layout_.work) {
    const std::string name = stored_name(layout_, item);
    if (name.empty()) continue;
    if (is_for_ever(item)) {
      stored.parts.erase(name);  // where `for_ever` lacks it, restore() says so
    } else if (!has_keys) {
      stored.parts[name] = now_.bytes_of_fresh_key(item);  // nothing was kept of the key
    }
  }
  for (const auto& [name, part] : for_ever.parts) stored.parts[name] = part;
  return stored;
}

Status EntityStream::restore(const StoredStream& stored, const StoredWatermarks& watermarks) {
  CHECK(pushes_ == 0 && keys_.size() == 0);
  if (const std::string name = missing_part(layout_, stored); !name.empty()) {
    return Error::conflict(fmt::format("the store has no states of this definition ({})", name));
  }
  RETURN_IF_ERROR(restore_keys(stored));

  for (const WorkItem& item : layout_.work) {
    const std::string name = stored_name(layout_, item);
    if (name.empty()) continue;
    for (LiveStates* states : {&now_, past_.get()}) {
      if (states == nullptr) continue;
      StateReader reader(stored.parts.at(name), texts_);
      states->restore(item, reader);
      if (!reader.ok() || !reader.at_end()) return unreadable(name);
    }
  }
  for (LiveStates* states : {&now_, past_.get()}) {
    if (states != nullptr) states->begin_at(stored.settled_to);
  }
  restored_to_ = stored.settled_to;

  for (size_t source = 0; source < watermarks_.size(); ++source) {
    const std::string& name = plan_.sources[layout_.sources[source].plan_source].name;
    const auto found = watermarks.find(name);
    if (found == watermarks.end()) continue;  // nothing of it came
    StateReader reader(found->second, texts_);
    watermarks_[source].restore(reader);
    for (size_t left = reader.count(16); left > 0; --left) {
      const int64_t time = reader.number();
      const uint64_t lane = reader.word();  // and the bytes above it
      let_wait(time, source, static_cast<uint32_t>(lane), static_cast<int64_t>(lane >> 32));
    }
    if (!reader.ok() || !reader.at_end()) return unreadable("watermark " + name);
  }
  return {};
}

Status EntityStream::restore_keys(const StoredStream& stored) {
  const auto part = stored.parts.find(kKeysPart);
  if (part == stored.parts.end()) return unreadable(kKeysPart);
  StateReader reader(part->second, texts_);
  std::vector<ScalarType> types(reader.count(8));
  for (ScalarType& type : types) type = static_cast<ScalarType>(reader.word());
  const size_t keys = reader.count(8);
  if (!reader.ok()) return unreadable(kKeysPart);
  if (types.empty()) return {};
  if (types.size() != plan_.entities[layout_.entity].keys.size()) return unreadable(kKeysPart);
  RETURN_IF_ERROR(keys_.agree_on_types(types, "the store"));

  std::vector<std::vector<Slot>> columns(types.size(), std::vector<Slot>(keys));
  for (size_t key = 0; key < keys; ++key) {
    for (size_t column = 0; column < types.size(); ++column) columns[column][key] = reader.slot(types[column]);
  }
  if (!reader.ok() || !reader.at_end()) return unreadable(kKeysPart);
  std::vector<const Slot*> pointers;
  for (const std::vector<Slot>& column : columns) pointers.push_back(column.data());
  std::vector<uint32_t> ids(keys);
  keys_.resolve(pointers, keys, ids.data());
  for (size_t key = 0; key < keys; ++key) {
    if (ids[key] != key) return unreadable(kKeysPart);
  }

  for (size_t source = 0; source < newest_.size(); ++source) {
    const std::string name = newest_part_name(plan_.sources[layout_.sources[source].plan_source].name);
    const auto newest = stored.parts.find(name);
    if (newest == stored.parts.end()) continue;
    StateReader times(newest->second, texts_);
    newest_[source].resize(keys);
    for (int64_t& time : newest_[source]) time = times.number();
    if (!times.ok() || !times.at_end()) return unreadable(name);
  }
  now_.restore_newest(newest_);
  if (past_) past_->restore_newest(newest_);
  return {};
}

StoredWatermarks EntityStream::store_watermarks() const {
  StoredWatermarks stored;
  for (size_t source = 0; source < watermarks_.size(); ++source) {
    StateWriter writer(stored[plan_.sources[layout_.sources[source].plan_source].name]);
    watermarks_[source].store(writer);
    const auto is_of_source = [&](const Ahead& event) { return event.source == source; };
    writer.value(static_cast<int64_t>(std::ranges::count_if(ahead_, is_of_source)));
    for (const Ahead& event : ahead_) {
      if (!is_of_source(event)) continue;
      writer.value(event.time);
      writer.word(uint64_t{event.bytes} << 32 | event.lane);
    }
  }
  return stored;
}

}  // namespace headrace
