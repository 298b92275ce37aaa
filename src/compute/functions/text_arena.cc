#include "compute/functions/text_arena.h"

#include <algorithm>

namespace headrace {
namespace {

constexpr size_t kChunkBytesMin = 1 << 16;

}  // namespace

char* TextArena::allocate(size_t size) {
  while (chunk_ < chunks_.size() && chunks_[chunk_].size - position_ < size) {
    ++chunk_;
    position_ = 0;
  }
  if (chunk_ == chunks_.size()) {
    const size_t doubled =
        chunks_.empty() ? kChunkBytesMin : std::min<size_t>(chunks_.back().size * 2, 64 * kChunkBytesMin);
    const size_t bytes = std::max(size, doubled);
    chunks_.push_back({std::make_unique_for_overwrite<char[]>(bytes), bytes});
    position_ = 0;
  }
  char* start = chunks_[chunk_].bytes.get() + position_;
  position_ += size;
  return start;
}

}  // namespace headrace
