#pragma once

/// What a store keeps of entities that are not in memory (engine/stream/resting_key.h). Internal to store/.
///
///   'r' + entity length (4 bytes), entity, generation (8 bytes), name       bytes
///
/// Rows are written in the batch that makes a checkpoint hold, so that they are of its position; a row whose entity has come back
/// since stays until it rests again. Nobody reads rows of another generation than the checkpoint's.

#include "engine/stream/event_log.h"

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace headrace {

std::string resting_key(const std::string& entity, uint64_t generation, const std::string& name);

/// Adds the rows of a checkpoint to its batch, and takes those of generations that went away.
void add_resting(const LogCheckpoint& checkpoint, rocksdb::WriteBatch& batch);
/// Nothing where there is no such row.
rocksdb::Status read_resting(rocksdb::DB& db, const std::string& key, std::optional<std::string>& bytes);
/// Up to `count` rows of a generation behind a name; empty: from the first.
rocksdb::Status list_resting(rocksdb::DB& db, const RestingPlace& after, size_t count, std::vector<RestingRow>& rows);
/// A generation that no row of the entity has, behind all that there are.
rocksdb::Status next_resting_generation(rocksdb::DB& db, const std::string& entity, uint64_t& generation);
/// Adds to a batch that a row goes, and all rows of other generations of its entity. `was_there`: the row was.
rocksdb::Status remove_resting(rocksdb::DB& db, const RestingPlace& place, bool& was_there, rocksdb::WriteBatch& batch);

}  // namespace headrace
