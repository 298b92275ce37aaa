#include "data/text_pool.h"

#include "base/check.h"
#include "base/hash.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <map>
#include <mutex>
#include <unordered_set>
#include <vector>

namespace headrace {
namespace {

constexpr size_t kShards = 64;
constexpr size_t kFirstBlockBytes = 1024;  // a stream of one key has a pool with a few texts
constexpr size_t kBlockBytes = 64 * 1024;
constexpr int64_t kNodeBytes = 48;  // of a text in the set: its node and bucket
constexpr uint32_t kMark = uint32_t{1} << 31;

uint32_t header_of(const char* record) {
  uint32_t header;
  std::memcpy(&header, record, sizeof header);
  return header;
}

/// What a record of so many bytes of text takes of a block.
size_t record_size(size_t text_size) { return (sizeof(uint32_t) + text_size + 7) & ~size_t{7}; }

struct TextHash {
  using is_transparent = void;
  size_t operator()(Text text) const { return hash_bytes(text.view()); }
  size_t operator()(std::string_view text) const { return hash_bytes(text); }
};
struct TextEqual {
  using is_transparent = void;
  bool operator()(Text a, Text b) const { return a == b; }
  bool operator()(std::string_view a, Text b) const { return a == b.view(); }
  bool operator()(Text a, std::string_view b) const { return a.view() == b; }
};

}  // namespace

struct TextPool::Shard {
  std::mutex mutex;
  std::unordered_set<Text, TextHash, TextEqual> texts;
  std::vector<std::unique_ptr<char[]>> blocks;
  size_t block_bytes = kFirstBlockBytes;  // of the next block; each is twice the one before
  size_t left = 0;
  char* next = nullptr;
  std::map<size_t, std::vector<char*>> free;  // by size: records that a sweep gave back
  std::atomic<int64_t> bytes{0};
  std::atomic<int64_t> text_bytes{0};

  char* allocate(size_t size) {
    if (const auto found = free.find(size); found != free.end()) {
      char* const at = found->second.back();
      found->second.pop_back();
      if (found->second.empty()) free.erase(found);
      return at;
    }
    if (size > left) {
      const size_t block = std::max(size, block_bytes);
      block_bytes = std::min(2 * block_bytes, kBlockBytes);
      blocks.push_back(std::make_unique<char[]>(block));
      next = blocks.back().get();
      left = block;
      bytes += static_cast<int64_t>(block);
    }
    char* at = next;
    next += size;
    left -= size;
    return at;
  }
};

std::string_view Text::view() const {
  if (record_ == nullptr) return {};
  return {record_ + sizeof(uint32_t), header_of(record_) & ~kMark};
}

TextPool::TextPool() : shards_(std::make_unique<Shard[]>(kShards)) {}
TextPool::~TextPool() = default;

Text TextPool::intern(std::string_view text) {
  Shard& shard = shards_[hash_bytes(text) >> 58];
  const std::lock_guard lock(shard.mutex);
  if (const auto found = shard.texts.find(text); found != shard.texts.end()) return *found;
  CHECK_LT(text.size(), size_t{kMark});
  const auto length = static_cast<uint32_t>(text.size());
  const size_t size = record_size(text.size());
  char* record = shard.allocate(size);
  std::memcpy(record, &length, sizeof length);
  if (!text.empty()) std::memcpy(record + sizeof length, text.data(), text.size());
  shard.bytes += kNodeBytes;
  shard.text_bytes += kNodeBytes + static_cast<int64_t>(size);
  return *shard.texts.insert(Text(record)).first;
}

std::optional<Text> TextPool::find(std::string_view text) const {
  Shard& shard = shards_[hash_bytes(text) >> 58];
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.texts.find(text);
  return found == shard.texts.end() ? std::nullopt : std::optional(*found);
}

void TextPool::mark(Text text) {
  auto* const record = reinterpret_cast<char*>(text.bits());
  if (record == nullptr) return;
  const uint32_t header = header_of(record) | kMark;
  std::memcpy(record, &header, sizeof header);
}

void TextPool::sweep() {
  for (size_t i = 0; i < kShards; ++i) {
    Shard& shard = shards_[i];
    const std::lock_guard lock(shard.mutex);
    for (auto at = shard.texts.begin(); at != shard.texts.end();) {
      auto* const record = reinterpret_cast<char*>(at->bits());
      const uint32_t header = header_of(record);
      if ((header & kMark) != 0) {
        const uint32_t length = header & ~kMark;
        std::memcpy(record, &length, sizeof length);
        ++at;
        continue;
      }
      const size_t size = record_size(header);
      shard.bytes -= kNodeBytes;
      shard.text_bytes -= kNodeBytes + static_cast<int64_t>(size);
      at = shard.texts.erase(at);
      shard.free[size].push_back(record);
    }
  }
}

int64_t TextPool::text_bytes() const {
  int64_t sum = 0;
  for (size_t i = 0; i < kShards; ++i) sum += shards_[i].text_bytes;
  return sum;
}

int64_t TextPool::memory_bytes() const {
  int64_t sum = 0;
  for (size_t i = 0; i < kShards; ++i) sum += shards_[i].bytes;
  return sum;
}

}  // namespace headrace
