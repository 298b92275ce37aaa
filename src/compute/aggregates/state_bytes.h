#pragma once

/// States as bytes: how they leave memory and come back, the same to the last bit.
///
/// Numbers are 8 bytes, little-endian; texts their length and bytes, so that a reader may have another pool of texts.
/// Whoever stores the bytes vouches for them by a checksum and names what they are of; a reader only makes sure that it
/// never runs past the end, or makes room for more than there can be.
///
/// Not thread-safe.

#include "compute/aggregates/aggregate.h"
#include "data/type.h"

#include <bit>
#include <cstring>
#include <string>
#include <string_view>

namespace headrace {

class StateWriter {
 public:
  /// Appends to `bytes`.
  explicit StateWriter(std::string& bytes) : bytes_(bytes), marked_(nullptr) {}
  /// The same, and marks the texts of the pool as they are written.
  StateWriter(std::string& bytes, TextPool& marked) : bytes_(bytes), marked_(&marked) {}

  void word(uint64_t word) {
    static_assert(std::endian::native == std::endian::little);
    bytes_.append(reinterpret_cast<const char*>(&word), sizeof word);
  }
  void text(std::string_view text) {
    word(text.size());
    bytes_ += text;
  }

  /// A double, an integer, a bool or a Text.
  template <typename T>
  void value(T value) {
    if constexpr (std::same_as<T, Text>) {
      if (marked_ != nullptr) marked_->mark(value);
      text(value.view());
    } else {
      word(to_slot(value));
    }
  }
  void slot(Slot slot, ScalarType type) {
    if (type == ScalarType::kString) {
      value(Text::from_bits(slot));
    } else {
      word(slot);
    }
  }

 private:
  std::string& bytes_;
  TextPool* const marked_;
};

class StateReader {
 public:
  StateReader(std::string_view bytes, TextPool& texts) : rest_(bytes), texts_(texts) {}

  /// 0 where the bytes have ended.
  uint64_t word() {
    uint64_t word = 0;
    const std::string_view bytes = take(sizeof word);
    if (!bytes.empty()) std::memcpy(&word, bytes.data(), sizeof word);
    return word;
  }
  int64_t number() { return static_cast<int64_t>(word()); }
  std::string_view text() { return take(word()); }
  /// How many things follow, of `bytes_min` bytes each at least; 0 where there cannot be so many.
  size_t count(size_t bytes_min) {
    const uint64_t count = word();
    if (count <= rest_.size() / bytes_min) return count;
    fail();
    return 0;
  }

  template <typename T>
  T value() {
    if constexpr (std::same_as<T, Text>) {
      return texts_.intern(text());
    } else if constexpr (std::same_as<T, bool>) {
      return word() != 0;
    } else {
      return from_slot<T>(word());
    }
  }
  Slot slot(ScalarType type) { return type == ScalarType::kString ? to_slot(value<Text>()) : word(); }

  /// What was read means nothing.
  void fail() {
    has_failed_ = true;
    rest_ = {};
  }
  /// Whether all was there, up to here.
  bool ok() const { return !has_failed_; }
  bool at_end() const { return rest_.empty(); }

 private:
  std::string_view take(uint64_t size) {
    if (size > rest_.size()) {
      fail();
      return {};
    }
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  std::string_view rest_;
  TextPool& texts_;
  bool has_failed_ = false;
};

}  // namespace headrace
