/// How keys of a stream leave memory and come back, and texts with them.

#include "base/check.h"
#include "engine/stream/entity_stream.h"

#include <algorithm>
#include <set>
#include <utility>

namespace headrace {
namespace {

/// Texts are looked through once they have become twice as many bytes as stayed the last time, and so many more.
constexpr int64_t kSweptTextsMin = int64_t{1} << 20;

/// The columns of a key as bytes: the type of each and its value.
class KeyName {
 public:
  void add(ScalarType type, Slot slot) {
    writer_.word(static_cast<uint64_t>(type));
    writer_.slot(slot, type);
  }
  void add_text(std::string_view text) {
    writer_.word(static_cast<uint64_t>(ScalarType::kString));
    writer_.text(text);
  }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
  StateWriter writer_{bytes_};
};

Slot slot_of_key(const Column& column, int64_t row) {
  return column.type.scalar == ScalarType::kBool ? to_slot(column.bool_at(row)) : to_slot(column.int64s()[row]);
}

Error unreadable_rest() {
  return Error::data("what the store has of an entity that was not in memory cannot be read")
      .with_help("the store is damaged; restore it from a copy, or start with another folder");
}

}  // namespace

std::string EntityStream::name_of_key(uint32_t key) const {
  KeyName name;
  const std::vector<ScalarType> types = keys_.types();
  for (size_t column = 0; column < types.size(); ++column) name.add(types[column], keys_.slot(key, column));
  return name.take();
}

std::optional<std::string> EntityStream::name_of_key(const std::vector<Value>& key) const {
  const std::vector<ScalarType> types = keys_.types();
  if (types.size() != key.size()) return std::nullopt;
  KeyName name;
  for (size_t column = 0; column < types.size(); ++column) {
    const Value& value = key[column];
    if (const auto* text = std::get_if<std::string>(&value.data); text != nullptr) {
      name.add_text(*text);
    } else if (const auto* number = std::get_if<int64_t>(&value.data); number != nullptr) {
      name.add(types[column], to_slot(*number));
    } else if (const auto* is_true = std::get_if<bool>(&value.data); is_true != nullptr) {
      name.add(types[column], to_slot(*is_true));
    } else if (const auto* time = std::get_if<EventTime>(&value.data); time != nullptr) {
      name.add(types[column], to_slot(time->us));
    } else {
      return std::nullopt;
    }
  }
  return name.take();
}

std::vector<std::string> EntityStream::unknown_names(std::span<const Column> keys, int64_t rows) const {
  const std::vector<std::optional<uint32_t>> known = known_keys(keys, rows);
  std::set<std::string> names;
  for (int64_t row = 0; row < rows; ++row) {
    const bool is_whole = std::ranges::all_of(keys, [&](const Column& key) { return key.is_valid(row); });
    if (known[static_cast<size_t>(row)] || !is_whole) continue;
    KeyName name;
    for (const Column& key : keys) {
      if (key.type.scalar == ScalarType::kString) {
        name.add_text(key.string_at(row));
      } else {
        name.add(key.type.scalar, slot_of_key(key, row));
      }
    }
    names.insert(name.take());
  }
  return {names.begin(), names.end()};
}

/// Numbers of keys with rows whose time has not come; empty: there are none.
std::vector<uint8_t> EntityStream::waiting_keys() const {
  if (waiting_.empty()) return {};
  std::vector<uint8_t> is_waiting(keys_.size());
  waiting_.for_each([&](const BlockSlice& slice) {
    for (size_t row = slice.begin; row < slice.end; ++row) is_waiting[slice.block->ids[row]] = 1;
  });
  return is_waiting;
}

const std::vector<EntityStream::KeyPart>& EntityStream::key_parts() {
  if (!key_parts_.empty()) return key_parts_;
  for (const WorkItem& item : layout_.work) {
    const std::string name = stored_name(layout_, item);
    if (!name.empty()) key_parts_.push_back({&item, resting_tag(name), now_.bytes_of_fresh_key(item)});
  }
  return key_parts_;
}

/// Whether what is stored of it is what is stored of a key that has seen nothing.
bool EntityStream::is_forgettable(uint32_t key) {
  LiveStates& states = past_ ? *past_ : now_;
  if (states.has_events(key)) return false;
  std::string bytes;
  return std::ranges::all_of(key_parts(), [&](const KeyPart& part) {
    bytes.clear();
    StateWriter writer(bytes);
    states.store_key(*part.item, key, writer);
    return bytes == part.fresh;
  });
}

RestingKey EntityStream::bytes_of_key(uint32_t key) {
  LiveStates& states = past_ ? *past_ : now_;
  RestingParts kept;
  for (const KeyPart& part : key_parts()) {
    std::string bytes;
    StateWriter writer(bytes);
    states.store_key(*part.item, key, writer);
    if (bytes != part.fresh) kept.parts[part.tag] = std::move(bytes);
  }
  for (size_t source = 0; source < newest_.size(); ++source) {
    if (key >= newest_[source].size() || newest_[source][key] == kTimeMin) continue;
    kept.newest[source_tags_[source]] = newest_[source][key];
  }
  const bool is_forgotten = kept.parts.empty();
  return {.key = key,
          .name = name_of_key(key),
          .bytes = to_bytes(kept),
          .is_forgotten = is_forgotten,
          .has_anything = !is_forgotten || !kept.newest.empty()};
}

std::vector<RestingKey> EntityStream::find_resting(const RestRule& rule) {
  CHECK(!options_.takes_places);
  const size_t keys = keys_.size();
  const std::vector<uint8_t> is_waiting = waiting_keys();
  was_read_.resize(keys);
  int64_t to_free = rule.bytes_to_free;
  const int64_t bytes_a_key = to_free > 0 ? memory_in_use() / static_cast<int64_t>(keys_.key_count() + 1) : 0;
  const size_t first = next_to_rest_;

  std::vector<RestingKey> found;
  size_t bytes = 0;
  for (size_t i = 0; i < keys && bytes < rule.bytes_max; ++i) {
    const auto key = static_cast<uint32_t>((first + i) % keys);
    const bool is_quiet = keys_.has_key(key) && (is_waiting.empty() || is_waiting[key] == 0) && now_.is_settled(key) &&
                          (!past_ || past_->is_settled(key)) && (!rule.may_rest || rule.may_rest(key));
    if (!is_quiet) continue;
    const bool was_read = std::exchange(was_read_[key], uint8_t{0}) != 0;
    now_.let_go(key);
    if (past_) past_->let_go(key);
    const bool is_cold = rule.takes_all || (to_free > 0 && !was_read);
    if (!is_cold && !is_forgettable(key)) continue;

    found.push_back(bytes_of_key(key));
    now_.watch(key);
    bytes += found.back().name.size() + found.back().bytes.size();
    if (!found.back().is_forgotten) to_free -= bytes_a_key;
    if (to_free > 0 || bytes >= rule.bytes_max) next_to_rest_ = (key + size_t{1}) % keys;
  }
  return found;
}

std::vector<uint32_t> EntityStream::let_rest(std::span<const RestingKey> keys,
                                             const std::function<bool(uint32_t)>& may_rest) {
  const std::vector<uint8_t> is_waiting = waiting_keys();
  std::vector<uint32_t> gone;
  for (const RestingKey& resting : keys) {
    const uint32_t key = resting.key;
    const bool waits = !is_waiting.empty() && is_waiting[key] != 0;
    if (!now_.is_untouched(key) || waits || (may_rest && !may_rest(key))) continue;
    for (std::vector<int64_t>& newest : newest_) {
      if (key < newest.size()) newest[key] = kTimeMin;
    }
    now_.forget(key);
    if (past_) past_->forget(key);
    keys_.remove(key);
    gone.push_back(key);
  }
  return gone;
}

Result<EntityStream::WokenKey> EntityStream::wake(const std::string& name, std::string_view bytes) {
  StateReader reader(name, texts_);
  std::vector<Slot> slots(plan_.entities[layout_.entity].keys.size());
  std::vector<ScalarType> own(slots.size());
  for (size_t column = 0; column < slots.size(); ++column) {
    own[column] = static_cast<ScalarType>(reader.word());
    slots[column] = reader.slot(own[column]);
  }
  const std::optional<RestingParts> kept = resting_parts_of(bytes);
  if (!reader.ok() || !reader.at_end() || !kept) return unreadable_rest();
  RETURN_IF_ERROR(keys_.agree_on_types(own, "the store"));
  if (const std::optional<uint32_t> known = keys_.find(slots)) return WokenKey{*known, false};

  std::vector<const Slot*> columns;
  for (const Slot& slot : slots) columns.push_back(&slot);
  uint32_t key = 0;
  keys_.resolve(columns, 1, &key);
  for (size_t source = 0; source < newest_.size(); ++source) {
    const auto newest = kept->newest.find(source_tags_[source]);
    const int64_t time = newest == kept->newest.end() ? kTimeMin : newest->second;
    newest_[source].resize(keys_.size(), kTimeMin);
    newest_[source][key] = time;
    now_.restore_newest_of_key(source, key, time);
    if (past_) past_->restore_newest_of_key(source, key, time);
  }

  for (const KeyPart& each : key_parts()) {
    const auto part = kept->parts.find(each.tag);
    if (part == kept->parts.end()) continue;
    for (LiveStates* states : {&now_, past_.get()}) {
      if (states == nullptr) continue;
      StateReader part_reader(part->second, texts_);
      states->restore_key(*each.item, key, part_reader);
      if (!part_reader.ok() || !part_reader.at_end()) return unreadable_rest();
    }
  }
  return WokenKey{key, true};
}

/// All that holds a text: keys, states, rows.
void EntityStream::sweep_texts(bool is_forced) {
  if (!is_forced && texts_.text_bytes() < 2 * swept_text_bytes_ + kSweptTextsMin) return;
  const std::vector<ScalarType> types = keys_.types();
  for (uint32_t key = 0; key < keys_.size(); ++key) {
    if (!keys_.has_key(key)) continue;
    for (size_t column = 0; column < types.size(); ++column) {
      if (types[column] == ScalarType::kString) texts_.mark(Text::from_bits(keys_.slot(key, column)));
    }
  }
  now_.mark_texts();
  if (past_) past_->mark_texts();
  waiting_.for_each([&](const BlockSlice& slice) { mark_texts_of_rows(layout_, slice, texts_); });
  texts_.sweep();
  swept_text_bytes_ = texts_.text_bytes();
}

int64_t EntityStream::memory_in_use() const {
  const auto free = static_cast<int64_t>(keys_.size() - keys_.key_count());
  if (free == 0) return memory_bytes();
  const int64_t room = now_.room_of_key() + (past_ ? past_->room_of_key() : 0);
  return std::max<int64_t>(0, memory_bytes() - free * room);
}

}  // namespace headrace
