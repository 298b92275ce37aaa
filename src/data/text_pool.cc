#include "data/text_pool.h"

#include "base/hash.h"

#include <atomic>
#include <cstring>
#include <mutex>
#include <unordered_set>
#include <vector>

namespace headrace {
namespace {

constexpr size_t kShards = 64;
constexpr size_t kBlockBytes = 64 * 1024;

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
  size_t left = 0;
  char* next = nullptr;
  std::atomic<int64_t> bytes{0};

  char* allocate(size_t size) {
    size = (size + 7) & ~size_t{7};
    if (size > left) {
      const size_t block = size > kBlockBytes ? size : kBlockBytes;
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
  uint32_t length;
  std::memcpy(&length, record_, sizeof length);
  return {record_ + sizeof length, length};
}

TextPool::TextPool() : shards_(std::make_unique<Shard[]>(kShards)) {}
TextPool::~TextPool() = default;

Text TextPool::intern(std::string_view text) {
  Shard& shard = shards_[hash_bytes(text) >> 58];
  const std::lock_guard lock(shard.mutex);
  if (const auto found = shard.texts.find(text); found != shard.texts.end()) return *found;
  const auto length = static_cast<uint32_t>(text.size());
  char* record = shard.allocate(sizeof length + text.size());
  std::memcpy(record, &length, sizeof length);
  if (!text.empty()) std::memcpy(record + sizeof length, text.data(), text.size());
  shard.bytes += 48;  // the set's node and bucket
  return *shard.texts.insert(Text(record)).first;
}

std::optional<Text> TextPool::find(std::string_view text) const {
  Shard& shard = shards_[hash_bytes(text) >> 58];
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.texts.find(text);
  return found == shard.texts.end() ? std::nullopt : std::optional(*found);
}

int64_t TextPool::memory_bytes() const {
  int64_t sum = 0;
  for (size_t i = 0; i < kShards; ++i) sum += shards_[i].bytes;
  return sum;
}

}  // namespace headrace
