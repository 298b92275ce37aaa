#include "reader/headrace_reader.h"

#include "base/clock.h"
#include "reader/values_key.h"
#include "reader/values_map.h"

#include <algorithm>
#include <limits>
#include <new>
#include <string>
#include <utility>

using headrace::ValuesCell;
using headrace::ValuesColumn;
using headrace::ValuesEntity;
using headrace::ValuesMap;

struct headrace_reader {
  std::string path;
  int64_t stale_after_us = 0;
  std::unique_ptr<ValuesMap> map;
  uint64_t maps = 1;         // how many there were
  int64_t looked_at_us = 0;  // elapsed time of the last look for another file
};

struct headrace_query {
  headrace_reader* reader = nullptr;
  std::string entity;
  std::vector<ValuesColumn> features;

  // Of the map with this number:
  uint64_t map = 0;
  headrace_status status = HEADRACE_OK;
  size_t entity_index = 0;
  std::vector<headrace_type> key_types;
  std::vector<uint32_t> places;

  // Of a read:
  std::string key;
  std::vector<ValuesCell> cells;
  std::vector<std::string_view> texts;
};

namespace {

constexpr int64_t kStaleAfterUs = 2'000'000;
/// Where a file is no longer kept up to date, another one is looked for so often.
constexpr int64_t kLookEveryUs = 50'000;

/// Answers for a lack of memory.
template <typename Work>
headrace_status without_exceptions(Work work) noexcept {
  try {
    return work();
  } catch (...) {
    return HEADRACE_NO_MEMORY;
  }
}

headrace_status take_newest(headrace_reader& reader) {
  reader.looked_at_us = headrace::system_clock().elapsed_us();
  if (reader.map->is_at(reader.path.c_str())) return HEADRACE_OK;
  const headrace_status status = ValuesMap::open(reader.path.c_str(), reader.map);
  if (status == HEADRACE_OK) ++reader.maps;
  return status;
}

/// As the server writes it, or as it was written last: `at_us` is moved to where the file is.
bool is_stale(const headrace_reader& reader, int64_t& at_us) {
  const int64_t current = reader.map->current_to_us();
  const auto distance = static_cast<uint64_t>(at_us < current ? current : at_us) -
                        static_cast<uint64_t>(at_us < current ? at_us : current);
  at_us = std::max(at_us, current);
  // Farther ahead than that is another clock.
  return distance > static_cast<uint64_t>(reader.stale_after_us);
}

/// Whether what the reader has is kept up to date; looks for a newer file where it is not.
bool follow(headrace_reader& reader, int64_t& at_us) {
  const int64_t asked_us = at_us;
  const bool is_well = !is_stale(reader, at_us) && !reader.map->is_replaced();
  if (is_well) return true;
  if (headrace::system_clock().elapsed_us() - reader.looked_at_us >= kLookEveryUs) take_newest(reader);
  at_us = asked_us;
  return !is_stale(reader, at_us);
}

/// Finds the features of a query in the map that its reader has now.
headrace_status resolve(headrace_query& query) {
  const auto& entities = query.reader->map->entities();
  const auto entity = std::ranges::find(entities, query.entity, &ValuesEntity::name);
  if (entity == entities.end()) return HEADRACE_NO_NAME;
  query.entity_index = static_cast<size_t>(entity - entities.begin());
  query.key_types.clear();
  for (const ValuesColumn& key : entity->keys) query.key_types.push_back(key.type);

  query.places.clear();
  for (ValuesColumn& feature : query.features) {
    const auto found = std::ranges::find(entity->features, feature.name, &ValuesColumn::name);
    if (found == entity->features.end()) return HEADRACE_NO_NAME;
    if (query.map == 0) feature = *found;
    if (feature != *found) return HEADRACE_CHANGED;
    query.places.push_back(static_cast<uint32_t>(found - entity->features.begin()));
  }
  return HEADRACE_OK;
}

void follow_map(headrace_query& query) {
  if (query.map == query.reader->maps) return;
  query.status = resolve(query);
  if (query.status == HEADRACE_NO_NAME && query.map != 0) query.status = HEADRACE_CHANGED;
  query.map = query.reader->maps;
}

headrace_status append_key(const headrace_key& key, headrace_type wanted, std::string& bytes) {
  const bool is_fitting = wanted == HEADRACE_UNDECLARED ? key.type > HEADRACE_UNDECLARED && key.type < HEADRACE_LIST &&
                                                              key.type != HEADRACE_DOUBLE
                                                        : key.type == wanted;
  if (!is_fitting) return HEADRACE_WRONG_KEY;
  if (key.type != HEADRACE_TEXT) {
    headrace::append_values_key(key.integer, key.type, bytes);
    return HEADRACE_OK;
  }
  if (key.bytes == nullptr && key.size > 0) return HEADRACE_WRONG_ARGUMENT;
  headrace::append_values_key(std::string_view(key.bytes == nullptr ? "" : key.bytes, key.size), bytes);
  return HEADRACE_OK;
}

headrace_value value_of(const ValuesCell& cell, headrace_type type, std::string_view text, headrace_state state) {
  headrace_value value{};
  value.state = state;
  value.type = type;
  value.is_null = (cell.marks & ValuesCell::kNull) != 0 ? 1 : 0;
  value.event_time_us = cell.event_time;
  value.holds_until_us = cell.holds_until;
  if (value.is_null != 0) return value;
  if (type == HEADRACE_TEXT || type == HEADRACE_LIST) {
    value.text.bytes = text.data();
    value.text.size = text.size();
  } else {
    std::memcpy(&value.integer, &cell.value, sizeof(cell.value));
  }
  return value;
}

bool has_text(const ValuesColumn& feature, const ValuesCell& cell) {
  const bool is_text = feature.type == HEADRACE_TEXT || feature.type == HEADRACE_LIST;
  return is_text && (cell.marks & ValuesCell::kNull) == 0;
}

/// What is read of the file; the values of the caller are not touched.
headrace_status read_cells(headrace_query& query, const headrace_key* keys, size_t key_count, bool& has_events) {
  const ValuesMap& map = *query.reader->map;
  if (key_count != query.key_types.size()) return HEADRACE_WRONG_KEY;
  query.key.clear();
  for (size_t i = 0; i < key_count; ++i) {
    const headrace_status status = append_key(keys[i], query.key_types[i], query.key);
    if (status != HEADRACE_OK) return status;
  }

  uint32_t row = 0;
  headrace_status status = map.find(query.entity_index, query.key, row);
  if (status != HEADRACE_OK) return status;
  has_events = row != headrace::kValuesRowOfNobody;
  status = map.read(query.entity_index, row, query.places, query.cells);
  for (size_t i = 0; status == HEADRACE_OK && i < query.cells.size(); ++i) {
    if (has_text(query.features[i], query.cells[i])) status = map.text(query.cells[i].value, query.texts[i]);
  }
  return status;
}

headrace_status read_values(headrace_query& query, const headrace_key* keys, size_t key_count, int64_t at_us,
                            headrace_value* values) {
  if (at_us == HEADRACE_NOW) at_us = headrace::system_clock().now_us();
  const bool is_current = follow(*query.reader, at_us);
  follow_map(query);
  if (query.status != HEADRACE_OK) return query.status;
  bool has_events = false;
  const headrace_status status = read_cells(query, keys, key_count, has_events);
  if (status != HEADRACE_OK) return status;

  headrace_status worst = has_events ? HEADRACE_OK : HEADRACE_NO_EVENTS;
  if (!is_current) worst = HEADRACE_STALE;
  for (size_t i = 0; i < query.cells.size(); ++i) {
    const ValuesCell& cell = query.cells[i];
    const bool is_over = at_us >= cell.holds_until && cell.holds_until != HEADRACE_NO_END;
    const headrace_state state = is_over ? HEADRACE_IS_OVER : is_current ? HEADRACE_HOLDS : HEADRACE_IS_STALE;
    if (is_over) worst = std::max(worst, HEADRACE_EXPIRED);
    values[i] = value_of(cell, query.features[i].type, query.texts[i], state);
  }
  return worst;
}

headrace_status tell_column(const ValuesColumn& column, headrace_column_info& info) {
  info.name = column.name.c_str();
  info.version = column.version.c_str();
  info.type = column.type;
  return HEADRACE_OK;
}

/// Null: there is none of this number.
const ValuesEntity* entity_at(const headrace_reader* reader, size_t entity) {
  const auto& entities = reader->map->entities();
  return entity < entities.size() ? &entities[entity] : nullptr;
}

template <typename Info>
bool is_known(const Info* info) {
  return info != nullptr && info->struct_size == sizeof(Info);
}

headrace_status tell_column_of(const headrace_reader* reader, size_t entity,
                               std::vector<ValuesColumn> ValuesEntity::* of, size_t column,
                               headrace_column_info* info) {
  if (reader == nullptr || !is_known(info)) return HEADRACE_WRONG_ARGUMENT;
  const ValuesEntity* const found = entity_at(reader, entity);
  if (found == nullptr || column >= (found->*of).size()) return HEADRACE_NO_NAME;
  return tell_column((found->*of)[column], *info);
}

}  // namespace

uint32_t headrace_reader_version(void) { return HEADRACE_READER_VERSION; }

const char* headrace_status_text(headrace_status status) {
  switch (status) {
    case HEADRACE_OK: return "all values hold";
    case HEADRACE_NO_EVENTS: return "no event of this entity has come";
    case HEADRACE_EXPIRED: return "the time of a value is over, and the next one is not there yet";
    case HEADRACE_STALE: return "the server does not keep the file up to date";
    case HEADRACE_BUSY: return "the row changes all the time; try again";
    case HEADRACE_NO_FILE: return "there is no such file; a server makes it once it has filled it";
    case HEADRACE_NO_ACCESS: return "the file may not be read, or is none";
    case HEADRACE_FOREIGN_FILE: return "this is no file of values";
    case HEADRACE_OTHER_LAYOUT: return "the file has another layout than this library reads";
    case HEADRACE_DAMAGED:
      return "the file is cut short or has changed bytes; the next start of its server makes a new one";
    case HEADRACE_NO_NAME: return "the file has no entity or feature of this name";
    case HEADRACE_CHANGED: return "a feature is gone or has another version or type; make the query anew";
    case HEADRACE_WRONG_KEY: return "the keys are not as many as the entity has, or not of their types";
    case HEADRACE_WRONG_ARGUMENT: return "an argument is null, or a struct has another size than this library knows";
    case HEADRACE_NO_MEMORY: return "there is not enough memory";
  }
  return "a status that this library does not know";
}

headrace_status headrace_reader_open(const char* path, const headrace_reader_options* options,
                                     headrace_reader** reader) {
  if (reader == nullptr) return HEADRACE_WRONG_ARGUMENT;
  *reader = nullptr;
  if (path == nullptr || (options != nullptr && !is_known(options))) return HEADRACE_WRONG_ARGUMENT;
  if (options != nullptr && options->stale_after_us < 0) return HEADRACE_WRONG_ARGUMENT;
  return without_exceptions([&] {
    auto opened = std::make_unique<headrace_reader>();
    opened->path = path;
    opened->stale_after_us =
        options == nullptr || options->stale_after_us == 0 ? kStaleAfterUs : options->stale_after_us;
    const headrace_status status = ValuesMap::open(path, opened->map);
    if (status == HEADRACE_OK) *reader = opened.release();
    return status;
  });
}

void headrace_reader_close(headrace_reader* reader) { std::unique_ptr<headrace_reader> closed(reader); }

headrace_status headrace_reader_take_newest(headrace_reader* reader) {
  if (reader == nullptr) return HEADRACE_WRONG_ARGUMENT;
  return without_exceptions([&] { return take_newest(*reader); });
}

headrace_status headrace_reader_file(const headrace_reader* reader, headrace_file_info* info) {
  if (reader == nullptr || !is_known(info)) return HEADRACE_WRONG_ARGUMENT;
  info->current_to_us = reader->map->current_to_us();
  info->created_us = reader->map->created_us();
  info->refresh_us = reader->map->refresh_us();
  info->generation = reader->map->generation();
  info->entities = reader->map->entities().size();
  return HEADRACE_OK;
}

headrace_status headrace_reader_entity(const headrace_reader* reader, size_t entity, headrace_entity_info* info) {
  if (reader == nullptr || !is_known(info)) return HEADRACE_WRONG_ARGUMENT;
  const ValuesEntity* const found = entity_at(reader, entity);
  if (found == nullptr) return HEADRACE_NO_NAME;
  info->name = found->name.c_str();
  info->keys = found->keys.size();
  info->features = found->features.size();
  info->watermark_us = reader->map->watermark_us(entity);
  return HEADRACE_OK;
}

headrace_status headrace_reader_key(const headrace_reader* reader, size_t entity, size_t key,
                                    headrace_column_info* info) {
  return tell_column_of(reader, entity, &ValuesEntity::keys, key, info);
}

headrace_status headrace_reader_feature(const headrace_reader* reader, size_t entity, size_t feature,
                                        headrace_column_info* info) {
  return tell_column_of(reader, entity, &ValuesEntity::features, feature, info);
}

headrace_status headrace_query_new(headrace_reader* reader, const char* entity, const char* const* features,
                                   size_t count, headrace_query** query) {
  if (query == nullptr) return HEADRACE_WRONG_ARGUMENT;
  *query = nullptr;
  if (reader == nullptr || entity == nullptr || (features == nullptr && count > 0)) return HEADRACE_WRONG_ARGUMENT;
  return without_exceptions([&] {
    auto made = std::make_unique<headrace_query>();
    made->reader = reader;
    made->entity = entity;
    for (size_t i = 0; i < count; ++i) {
      if (features[i] == nullptr) return HEADRACE_WRONG_ARGUMENT;
      made->features.push_back({.name = features[i]});
    }

    follow_map(*made);
    if (made->status != HEADRACE_OK) return made->status;
    made->cells.resize(count);
    made->texts.resize(count);
    *query = made.release();
    return HEADRACE_OK;
  });
}

void headrace_query_free(headrace_query* query) { std::unique_ptr<headrace_query> freed(query); }

headrace_status headrace_query_feature(const headrace_query* query, size_t feature, headrace_column_info* info) {
  if (query == nullptr || !is_known(info)) return HEADRACE_WRONG_ARGUMENT;
  if (feature >= query->features.size()) return HEADRACE_NO_NAME;
  return tell_column(query->features[feature], *info);
}

headrace_status headrace_query_read(headrace_query* query, const headrace_key* keys, size_t key_count, int64_t at_us,
                                    headrace_value* values) {
  if (query == nullptr || (keys == nullptr && key_count > 0) || (values == nullptr && !query->features.empty()))
    return HEADRACE_WRONG_ARGUMENT;
  return without_exceptions([&] { return read_values(*query, keys, key_count, at_us, values); });
}
