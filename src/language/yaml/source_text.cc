#include "language/yaml/source_text.h"

#include <algorithm>

namespace headrace {
namespace {

constexpr size_t kStride = 256;

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

}  // namespace

SourceText::SourceText(std::string name, std::string_view text) : name_(std::move(name)), text_(text) {
  line_starts_.push_back(0);
  if (text.size() > kIndexedBytesMax) text = {};
  uint32_t characters = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (i % kStride == 0) characters_at_.push_back(characters);
    characters += is_continuation(text[i]) ? 0 : 1;
    const bool is_break = text[i] == '\n' || (text[i] == '\r' && (i + 1 == text.size() || text[i + 1] != '\n'));
    if (is_break) line_starts_.push_back(static_cast<uint32_t>(i + 1));
  }
}

size_t SourceText::characters_before(size_t byte) const {
  if (characters_at_.empty()) return 0;
  const size_t block = std::min(byte / kStride, characters_at_.size() - 1);
  size_t characters = characters_at_[block];
  for (size_t i = block * kStride; i < byte; ++i) characters += is_continuation(text_[i]) ? 0 : 1;
  return characters;
}

SourceText::Position SourceText::position_of(size_t byte) const {
  if (characters_at_.empty()) return {};
  byte = std::min(byte, text_.size());
  const auto line = std::upper_bound(line_starts_.begin(), line_starts_.end(), byte) - 1;
  const size_t column = characters_before(byte) - characters_before(*line) + 1;
  return {static_cast<int>(line - line_starts_.begin()) + 1, static_cast<int>(column)};
}

Span SourceText::span(size_t start, size_t end) const {
  const Position from = position_of(start);
  const Position to = position_of(std::max(start, end));
  return {name_, from.line, from.column, to.line, to.column};
}

size_t SourceText::byte_of_character(size_t index) const {
  if (characters_at_.empty()) return 0;
  const auto block = std::upper_bound(characters_at_.begin(), characters_at_.end(), index) - 1;
  size_t byte = (block - characters_at_.begin()) * kStride;
  // Skip the rest of a character that the block cuts, then whole characters.
  size_t characters = *block;
  for (; byte < text_.size(); ++byte) {
    if (is_continuation(text_[byte])) continue;
    if (characters == index) return byte;
    ++characters;
  }
  return text_.size();
}

}  // namespace headrace
