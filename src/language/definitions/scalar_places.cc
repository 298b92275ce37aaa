#include "language/definitions/scalar_places.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace headrace {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_break(char c) { return c == '\n' || c == '\r'; }

/// The decoded text with the byte of the file that each byte comes from.
struct Decoded {
  std::string text;
  std::vector<size_t> bytes;
  size_t end = 0;

  void append(std::string_view part, size_t byte) {
    text += part;
    bytes.insert(bytes.end(), part.size(), byte);
  }
};

/// Takes one line break (CR LF is one).
void skip_break(std::string_view raw, size_t& at) { at += raw.substr(at, 2) == "\r\n" ? 2 : 1; }

/// Takes white space with line breaks in it and writes what it folds to: one break is a blank, more are one less.
/// `after_escape`: the first break was escaped, and every further one counts.
void fold(std::string_view raw, size_t& at, size_t end, bool after_escape, Decoded& out) {
  const size_t start = at;
  size_t breaks = 0;
  while (at < end && (is_blank(raw[at]) || is_break(raw[at]))) {
    if (is_blank(raw[at])) {
      ++at;
      continue;
    }
    skip_break(raw, at);
    ++breaks;
  }
  if (after_escape) {
    out.append(std::string(breaks, '\n'), start);
  } else {
    out.append(breaks == 1 ? " " : std::string(breaks - 1, '\n'), start);
  }
}

/// Takes white space: blanks within a line stay as they are.
void take_white_space(std::string_view raw, size_t& at, size_t end, Decoded& out) {
  size_t blanks_end = at;
  while (blanks_end < end && is_blank(raw[blanks_end])) ++blanks_end;
  if (blanks_end < end && is_break(raw[blanks_end])) {
    fold(raw, at, end, false, out);
    return;
  }
  for (; at < blanks_end; ++at) out.append(raw.substr(at, 1), at);
}

std::string to_utf8(uint32_t point) {
  std::string out;
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xc0 | (point >> 6));
    out += static_cast<char>(0x80 | (point & 0x3f));
  } else if (point < 0x10000) {
    out += static_cast<char>(0xe0 | (point >> 12));
    out += static_cast<char>(0x80 | ((point >> 6) & 0x3f));
    out += static_cast<char>(0x80 | (point & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | (point >> 18));
    out += static_cast<char>(0x80 | ((point >> 12) & 0x3f));
    out += static_cast<char>(0x80 | ((point >> 6) & 0x3f));
    out += static_cast<char>(0x80 | (point & 0x3f));
  }
  return out;
}

/// Takes a backslash escape of a double-quoted scalar.
void take_escape(std::string_view raw, size_t& at, size_t end, Decoded& out) {
  const size_t start = at++;
  if (at >= end) return;
  const char code = raw[at];
  if (is_break(code)) {
    skip_break(raw, at);
    fold(raw, at, end, true, out);
    return;
  }

  ++at;
  constexpr std::array<std::pair<char, uint32_t>, 20> kPlain = {
      {{'0', 0},    {'a', 7},    {'b', 8},      {'t', 9},      {'\t', 9},    {'n', 10},  {'v', 11},
       {'f', 12},   {'r', 13},   {'e', 27},     {' ', ' '},    {'"', '"'},   {'/', '/'}, {'\\', '\\'},
       {'N', 0x85}, {'_', 0xa0}, {'L', 0x2028}, {'P', 0x2029}, {'\'', '\''}, {'\0', 0}}};

  const size_t digits = code == 'x' ? 2 : code == 'u' ? 4 : code == 'U' ? 8 : 0;
  uint32_t point = 0;
  if (digits > 0) {
    const std::string_view hex = raw.substr(at, std::min(digits, end - at));
    std::from_chars(hex.data(), hex.data() + hex.size(), point, 16);
    at += hex.size();
  } else {
    const auto found = std::find_if(kPlain.begin(), kPlain.end(), [&](const auto& pair) { return pair.first == code; });
    if (found == kPlain.end()) return;
    point = found->second;
  }
  out.append(to_utf8(point), start);
}

Decoded decode_plain(std::string_view raw, size_t at, size_t end) {
  Decoded out;
  while (at < end) {
    if (is_blank(raw[at]) || is_break(raw[at])) {
      take_white_space(raw, at, end, out);
    } else {
      out.append(raw.substr(at, 1), at);
      ++at;
    }
  }
  out.end = end;
  return out;
}

Decoded decode_quoted(std::string_view raw, size_t at, size_t end) {
  Decoded out;
  const char quote = raw[at++];
  end = end > at ? end - 1 : at;  // without the closing quote
  while (at < end) {
    if (is_blank(raw[at]) || is_break(raw[at])) {
      take_white_space(raw, at, end, out);
    } else if (quote == '"' && raw[at] == '\\') {
      take_escape(raw, at, end, out);
    } else {
      out.append(raw.substr(at, 1), at);
      at += quote == '\'' && raw[at] == '\'' ? 2 : 1;
    }
  }
  out.end = end;
  return out;
}

/// The lines of a block scalar after its header.
struct BlockLine {
  size_t start;
  size_t end;  // without the break
};

std::vector<BlockLine> block_lines(std::string_view raw, size_t at, size_t end) {
  const auto to_line_end = [&](size_t from) {
    while (from < raw.size() && !is_break(raw[from])) ++from;
    return from;
  };
  std::vector<BlockLine> lines;
  at = to_line_end(at);
  while (at < raw.size() && at < end) {
    skip_break(raw, at);
    const size_t line_end = to_line_end(at);
    lines.push_back({at, line_end});
    at = line_end;
  }
  return lines;
}

size_t leading_blanks(std::string_view text) {
  const size_t count = text.find_first_not_of(' ');
  return count == std::string_view::npos ? text.size() : count;
}

/// How far the lines are indented: what the first line with text has more in the file than in the value.
size_t block_indent(std::string_view raw, const std::vector<BlockLine>& lines, std::string_view value) {
  const size_t text_start = std::min(value.find_first_not_of(" \n"), value.size());
  const size_t line_start = value.substr(0, text_start).rfind('\n') + 1;  // 0 when there is none
  const size_t kept = text_start - line_start;
  for (const BlockLine& line : lines) {
    const std::string_view text = raw.substr(line.start, line.end - line.start);
    const size_t blanks = leading_blanks(text);
    if (blanks == text.size()) continue;
    return blanks - std::min(kept, blanks);
  }
  return 0;
}

Decoded decode_block(const YamlNode& node) {
  const std::string_view raw = node.source->text();
  const std::vector<BlockLine> lines = block_lines(raw, node.start, node.end);
  const size_t indent = block_indent(raw, lines, node.text);
  const bool is_folded = node.style == YamlNode::Style::kFolded;

  Decoded out;
  size_t pending_breaks = 0;     // since the last line with text
  bool was_text = false;         // a line with text has been written
  bool was_indented = false;     // and it began with white space
  size_t break_byte = node.end;  // where the last line with text ended
  for (const BlockLine& line : lines) {
    const size_t content = line.start + indent;
    const size_t blanks = leading_blanks(raw.substr(line.start, line.end - line.start));
    if (blanks < indent && line.start + blanks < line.end) break;  // a comment after the scalar
    if (content >= line.end) {
      if (pending_breaks == 0) break_byte = line.end;
      ++pending_breaks;
      continue;
    }

    const bool is_indented = is_blank(raw[content]);
    const bool folds = is_folded && was_text && !was_indented && !is_indented;
    if (folds) {
      out.append(pending_breaks == 1 ? " " : std::string(pending_breaks - 1, '\n'), break_byte);
    } else {
      out.append(std::string(pending_breaks, '\n'), break_byte);
    }
    for (size_t i = content; i < line.end; ++i) out.append(raw.substr(i, 1), i);

    was_text = true;
    was_indented = is_indented;
    pending_breaks = 1;
    break_byte = line.end;
  }
  // Chomping: the value tells how many breaks are kept.
  while (out.text.size() < node.text.size()) out.append("\n", break_byte);
  out.end = break_byte;
  return out;
}

Decoded decode(const YamlNode& node) {
  const std::string_view raw = node.source->text();
  switch (node.style) {
    case YamlNode::Style::kPlain: return decode_plain(raw, node.start, node.end);
    case YamlNode::Style::kSingleQuoted:
    case YamlNode::Style::kDoubleQuoted: return decode_quoted(raw, node.start, node.end);
    case YamlNode::Style::kLiteral:
    case YamlNode::Style::kFolded: return decode_block(node);
  }
  return {};
}

}  // namespace

FormulaText text_with_places(const YamlNode& node) {
  FormulaText out{node.text, node.source->name(), {}};
  Decoded decoded = decode(node);
  decoded.bytes.push_back(decoded.end);
  if (decoded.text != node.text) decoded.bytes.assign(node.text.size() + 1, node.start);
  out.places.reserve(decoded.bytes.size());
  const std::string_view raw = node.source->text();
  for (size_t byte : decoded.bytes) {
    // All bytes of a character have its place.
    while (byte > 0 && byte < raw.size() && (static_cast<unsigned char>(raw[byte]) & 0xc0) == 0x80) --byte;
    const SourceText::Position position = node.source->position_of(byte);
    out.places.push_back({position.line, position.column});
  }
  return out;
}

FormulaText formula_text(const YamlNode& node) {
  if (node.text.size() <= kFormulaBytesMax) return text_with_places(node);
  const Span start = node.span();
  return {node.text, node.source->name(), {{start.line, start.column}}};
}

}  // namespace headrace
