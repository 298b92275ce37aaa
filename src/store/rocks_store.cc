#include "store/rocks_store.h"

#include "store/big_endian.h"
#include "store/push_bytes.h"

#include <fmt/format.h>

#include <memory>

namespace headrace {

Error error_of(const rocksdb::Status& status, const std::string& what) {
  const std::string message = fmt::format("{}: {}", what, status.ToString());
  if (status.IsCorruption() || status.IsPathNotFound()) {  // a file that another one names
    return Error::data(message).with_help("the store is damaged; restore it from a copy, or start with another folder");
  }
  if (status.IsNoSpace()) {
    return Error::environment(message).with_help(
        "free some space and start again; nothing that was acknowledged is lost");
  }
  return Error::environment(message).with_help(
      "look after the disk, and whether the folder may be written; then start again");
}

void put_push(uint64_t number, const LoggedPush& push, rocksdb::WriteBatch& batch) {
  const std::string key = push_key(number), head = push_head(push);
  const rocksdb::Slice key_part(key);
  const rocksdb::Slice parts[] = {head, push.records};
  batch.Put(rocksdb::SliceParts(&key_part, 1), rocksdb::SliceParts(parts, 2));
}

Error damaged(const std::string& folder, const std::string& what) {
  return Error::data(fmt::format("the store `{}` lacks {} or cannot read it", folder, what))
      .with_help("the store is damaged; restore it from a copy, or start with another folder");
}

Result<std::optional<CheckpointHead>> read_head(rocksdb::DB& db, const std::string& folder) {
  std::string bytes;
  const rocksdb::Status found =
      db.Get(rocksdb::ReadOptions(), rocksdb::Slice(kCheckpointKey.data(), kCheckpointKey.size()), &bytes);
  if (found.IsNotFound()) return std::optional<CheckpointHead>();
  if (!found.ok()) return error_of(found, fmt::format("cannot read the store `{}`", folder));
  std::optional<CheckpointHead> head = CheckpointHead::of(bytes);
  if (!head) return damaged(folder, "the head of its checkpoint");
  return head;
}

Result<uint64_t> next_number(rocksdb::DB& db, const std::string& folder) {
  ASSIGN_OR_RETURN(const std::optional<CheckpointHead> head, read_head(db, folder));
  const std::unique_ptr<rocksdb::Iterator> at(db.NewIterator(rocksdb::ReadOptions()));
  at->SeekForPrev(push_key(UINT64_MAX));
  if (!at->status().ok()) return error_of(at->status(), fmt::format("cannot read the store `{}`", folder));
  const uint64_t least = head ? head->next : 0;
  if (!at->Valid() || at->key().size() != 9 || at->key()[0] != kPushPrefix) {
    if (head && head->keep_from < least) return damaged(folder, fmt::format("push {}", least - 1));
    return least;
  }
  const uint64_t next = number_at({at->key().data() + 1, 8}) + 1;
  if (next < least) return damaged(folder, fmt::format("push {}", next));
  return next;
}

}  // namespace headrace
