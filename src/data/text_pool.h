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
  const char* record_ = nullptr;  // uint32 length, then the bytes
};

/// Thread-safe. Grows with the number of distinct texts; never forgets one.
class TextPool {
 public:
  TextPool();
  ~TextPool();

  Text intern(std::string_view text);
  /// The text where it was interned before; else nothing, and nothing is kept.
  std::optional<Text> find(std::string_view text) const;
  int64_t memory_bytes() const;

 private:
  struct Shard;
  std::unique_ptr<Shard[]> shards_;
};

}  // namespace headrace
