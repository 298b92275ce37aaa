#pragma once

/// Turns bytes of other encodings into UTF-8, piece by piece.
///
/// Nothing is replaced: a half of a surrogate pair that stands alone becomes bytes that are no UTF-8, so that whoever
/// checks the text finds it.

#include "language/definitions/source_parts.h"

#include <string>
#include <string_view>

namespace headrace {

/// Not thread-safe.
class TextDecoder {
 public:
  /// Of UTF-16 the byte order mark says the order; without one it is little-endian.
  explicit TextDecoder(TextEncoding encoding) : encoding_(encoding) {}

  /// Appends the text of further bytes. What is incomplete at their end waits for the next call.
  void decode(std::string_view bytes, std::string& out);
  /// Whether bytes are left that make no character.
  bool has_rest() const { return !rest_.empty(); }

 private:
  void decode_utf16(std::string_view bytes, std::string& out);

  const TextEncoding encoding_;
  bool is_at_start_ = true;
  bool is_big_endian_ = false;
  std::string rest_;
};

}  // namespace headrace
