#pragma once

/// The text of one file of definitions, with the way from bytes to lines and columns.
///
/// Columns count code points, lines end at LF, CR LF or CR. Every lookup costs the same, however long the line is,
/// so that a hostile file cannot make messages expensive; a text of more than kIndexedBytesMax has no places at all.
///
/// Immutable; does not own the text.

#include "language/diagnostics/diagnostic.h"

#include <string>
#include <string_view>
#include <vector>

namespace headrace {

class SourceText {
 public:
  static constexpr size_t kIndexedBytesMax = 8 << 20;

  struct Position {
    int line = 1;
    int column = 1;
  };

  /// REQUIRES: text outlives this object and is valid UTF-8 (else columns are meaningless).
  SourceText(std::string name, std::string_view text);

  const std::string& name() const { return name_; }
  std::string_view text() const { return text_; }

  /// The place of a byte; the end of the text for larger offsets.
  Position position_of(size_t byte) const;
  /// The place of the bytes [start, end).
  Span span(size_t start, size_t end) const;
  /// The first byte of the code point with this index.
  size_t byte_of_character(size_t index) const;

 private:
  size_t characters_before(size_t byte) const;

  std::string name_;
  std::string_view text_;
  std::vector<uint32_t> line_starts_;
  std::vector<uint32_t> characters_at_;  // code points before byte i * kStride
};

}  // namespace headrace
