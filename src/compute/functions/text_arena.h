#pragma once

/// Memory for the strings that loops make: handed out from the front, forgotten all at once, never returned.
///
/// After the first run over the largest batch no run allocates. Not thread-safe: one arena belongs to one evaluator.

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace headrace {

/// The longest string that a formula can make, in bytes. A longer one is null: without a bound, a short formula of
/// nested calls could ask for all the memory there is.
inline constexpr size_t kTextBytesMax = 1 << 20;

class TextArena {
 public:
  /// Returns uninitialised memory that stays until clear(). `size` may be 0.
  char* allocate(size_t size);

  /// Gives back the unused end of the newest allocation, of which `used` of `size` bytes are kept.
  void shrink(size_t size, size_t used) { position_ -= size - used; }

  /// Forgets all strings and keeps the memory.
  void clear() {
    chunk_ = 0;
    position_ = 0;
  }

 private:
  struct Chunk {
    std::unique_ptr<char[]> bytes;
    size_t size = 0;
  };
  std::vector<Chunk> chunks_;
  size_t chunk_ = 0;     // the chunk in use
  size_t position_ = 0;  // the first free byte in it
};

}  // namespace headrace
