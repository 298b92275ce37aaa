#pragma once

/// Interned strings: each distinct text is stored once, so that a string value is one word, equal texts are equal
/// pointers, and states of strings look like states of numbers.

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace headrace {

/// A handle to an interned text; valid as long as its pool. Equality is identity; order is by bytes.
class Text {
 public:
  Text() = default;
  explicit Text(const char* record) : record_(record) {}

  std::string_view view() const;
  /// One word that stands for this text in states and slots.
  uint64_t bits() const { return reinterpret_cast<uint64_t>(record_); }
  static Text from_bits(uint64_t bits) { return Text(reinterpret_cast<const char*>(bits)); }

  friend bool operator==(Text a, Text b) { return a.record_ == b.record_; }
  friend std::strong_ordering operator<=>(Text a, Text b) {
    return a == b ? std::strong_ordering::equal : a.view() <=> b.view();
  }

 private:
  const char* record_ = nullptr;  // uint32 length with the pool's mark in its top bit, then the bytes
};

/// Grows with the number of distinct texts. Whoever owns a pool, and all who hold its texts, may let go of the others: all that
/// are held are marked, and sweep() takes the place of the rest for texts to come.
///
/// Thread-safe, except for mark() and sweep(), while which nobody else uses the pool.
class TextPool {
 public:
  TextPool();
  ~TextPool();

  Text intern(std::string_view text);
  /// The text where it was interned before; else nothing, and nothing is kept.
  std::optional<Text> find(std::string_view text) const;
  int64_t memory_bytes() const;

  /// The text stays at the next sweep. REQUIRES: it is of this pool, or no text.
  void mark(Text text);
  /// Lets go of all texts that are not marked, and takes the marks away.
  void sweep();
  /// Of the texts that are there, with what it takes to find them: what a sweep could give back at most.
  int64_t text_bytes() const;

 private:
  struct Shard;
  std::unique_ptr<Shard[]> shards_;
};

}  // namespace headrace
