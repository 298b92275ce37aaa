#include "store/resting_rows.h"

#include "store/big_endian.h"

#include <memory>

namespace headrace {
namespace {

constexpr char kRestingPrefix = 'r';

std::string entity_key(const std::string& entity) {
  std::string key(1, kRestingPrefix);
  append_number(key, entity.size(), 4);
  return key + entity;
}

std::string generation_key(const std::string& entity, uint64_t generation) {
  std::string key = entity_key(entity);
  append_number(key, generation, 8);
  return key;
}

}  // namespace

std::string resting_key(const std::string& entity, uint64_t generation, const std::string& name) {
  return generation_key(entity, generation) + name;
}

void add_resting(const LogCheckpoint& checkpoint, rocksdb::WriteBatch& batch) {
  for (const RestingRow& row : checkpoint.resting) {
    batch.Put(resting_key(row.place.entity, row.place.generation, row.place.name), row.bytes);
  }
  for (const auto& [entity, generation] : checkpoint.first_generations) {
    batch.DeleteRange(generation_key(entity, 0), generation_key(entity, generation));
  }
}

rocksdb::Status read_resting(rocksdb::DB& db, const std::string& key, std::optional<std::string>& bytes) {
  std::string found;
  const rocksdb::Status status = db.Get(rocksdb::ReadOptions(), key, &found);
  if (status.IsNotFound()) return {};
  if (status.ok()) bytes = std::move(found);
  return status;
}

rocksdb::Status list_resting(rocksdb::DB& db, const RestingPlace& after, size_t count, std::vector<RestingRow>& rows) {
  const std::string prefix = generation_key(after.entity, after.generation);
  const std::unique_ptr<rocksdb::Iterator> at(db.NewIterator(rocksdb::ReadOptions()));
  const std::string first = prefix + after.name;
  at->Seek(first);
  if (!after.name.empty() && at->Valid() && at->key() == rocksdb::Slice(first)) at->Next();
  for (; at->Valid() && at->key().starts_with(prefix) && rows.size() < count; at->Next()) {
    rows.push_back(
        {{after.entity, after.generation, at->key().ToString().substr(prefix.size())}, at->value().ToString()});
  }
  return at->status();
}

rocksdb::Status next_resting_generation(rocksdb::DB& db, const std::string& entity, uint64_t& generation) {
  const std::string prefix = entity_key(entity);
  const std::unique_ptr<rocksdb::Iterator> at(db.NewIterator(rocksdb::ReadOptions()));
  at->SeekForPrev(generation_key(entity, UINT64_MAX));
  const bool has_rows = at->Valid() && at->key().starts_with(prefix) && at->key().size() >= prefix.size() + 8;
  generation = 1 + (has_rows ? number_at({at->key().data() + prefix.size(), 8}) : 0);
  return at->status();
}

rocksdb::Status remove_resting(rocksdb::DB& db, const RestingPlace& place, bool& was_there,
                               rocksdb::WriteBatch& batch) {
  const std::string key = resting_key(place.entity, place.generation, place.name);
  std::optional<std::string> bytes;
  const rocksdb::Status status = read_resting(db, key, bytes);
  was_there = bytes.has_value();
  batch.Delete(key);
  batch.DeleteRange(generation_key(place.entity, 0), generation_key(place.entity, place.generation));
  batch.DeleteRange(generation_key(place.entity, place.generation + 1), generation_key(place.entity, UINT64_MAX));
  return status;
}

}  // namespace headrace
