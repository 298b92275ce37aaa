#include "language/diagnostics/snippet.h"

#include <algorithm>

namespace headrace {
namespace {

constexpr size_t kColumnsMax = 120;    // of a line that is shown whole
constexpr size_t kColumnsBefore = 40;  // of a cut line, before the mark
constexpr size_t kTabColumns = 4;
constexpr std::string_view kReplacement = "\xef\xbf\xbd";
constexpr std::string_view kEllipsis = "\xe2\x80\xa6";

/// One code point of a line as it is shown.
struct Cell {
  std::string text;
  size_t columns;
};

/// Columns that a terminal gives to a code point: 2 for East Asian wide and emoji, 0 for combining marks.
size_t columns_of(uint32_t point) {
  struct Range {
    uint32_t first, last;
  };
  constexpr Range kNone[] = {{0x300, 0x36f},   {0x483, 0x489},   {0x591, 0x5bd},   {0x610, 0x61a},  {0x64b, 0x65f},
                             {0x200b, 0x200f}, {0x20d0, 0x20f0}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}};
  constexpr Range kTwo[] = {{0x1100, 0x115f},   {0x2e80, 0x303e},  {0x3041, 0x33ff}, {0x3400, 0x4dbf},
                            {0x4e00, 0x9fff},   {0xa000, 0xa4cf},  {0xac00, 0xd7a3}, {0xf900, 0xfaff},
                            {0xfe30, 0xfe6f},   {0xff00, 0xff60},  {0xffe0, 0xffe6}, {0x1f300, 0x1f64f},
                            {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd}};
  const auto contains = [point](const Range& range) { return point >= range.first && point <= range.last; };
  if (std::any_of(std::begin(kNone), std::end(kNone), contains)) return 0;
  return std::any_of(std::begin(kTwo), std::end(kTwo), contains) ? 2 : 1;
}

/// Takes one code point off the front. A byte that begins none stands for itself as U+FFFD.
Cell take_cell(std::string_view& rest) {
  const auto lead = static_cast<unsigned char>(rest.front());
  const size_t length = lead < 0x80                    ? 1
                        : lead >= 0xc2 && lead <= 0xdf ? 2
                        : (lead & 0xf0) == 0xe0        ? 3
                        : lead >= 0xf0 && lead <= 0xf4 ? 4
                                                       : 0;

  bool is_valid = length > 0 && rest.size() >= length;
  uint32_t point = length <= 1 ? lead : lead & (0xff >> (length + 1));
  for (size_t i = 1; is_valid && i < length; ++i) {
    const auto byte = static_cast<unsigned char>(rest[i]);
    is_valid = (byte & 0xc0) == 0x80;
    point = (point << 6) | (byte & 0x3f);
  }

  // What a terminal would obey is not shown.
  Cell cell;
  if (!is_valid || (point < 0x20 && point != '\t') || (point >= 0x7f && point < 0xa0)) {
    cell = {std::string(kReplacement), 1};
  } else if (point == '\t') {
    cell = {std::string(kTabColumns, ' '), kTabColumns};
  } else {
    cell = {std::string(rest.substr(0, length)), columns_of(point)};
  }
  rest.remove_prefix(is_valid ? length : 1);
  return cell;
}

/// Where the line after the one that holds `from` begins; npos when there is none.
size_t next_line(std::string_view text, size_t from) {
  for (size_t i = from; i < text.size(); ++i) {
    if (text[i] == '\n' || (text[i] == '\r' && (i + 1 == text.size() || text[i + 1] != '\n'))) return i + 1;
  }
  return std::string_view::npos;
}

}  // namespace

SnippetFinder::SnippetFinder(const std::vector<DefinitionFile>& files) {
  for (const DefinitionFile& file : files) files_.emplace(file.name, IndexedFile{file.text, {}});
}

void SnippetFinder::index_lines(IndexedFile& file) {
  size_t line = 0;
  for (size_t start = 0; start != std::string_view::npos; start = next_line(file.text, start)) {
    if (line++ % kLineStride == 0) file.line_starts.push_back(start);
  }
}

std::optional<std::string_view> SnippetFinder::line_of(const Span& span) {
  const auto found = files_.find(span.file);
  if (found == files_.end() || span.line < 1) return std::nullopt;
  IndexedFile& file = found->second;
  if (file.line_starts.empty()) index_lines(file);
  const size_t index = static_cast<size_t>(span.line) - 1;
  if (index / kLineStride >= file.line_starts.size()) return std::nullopt;
  size_t start = file.line_starts[index / kLineStride];
  for (size_t skipped = 0; skipped < index % kLineStride; ++skipped) {
    start = next_line(file.text, start);
    if (start == std::string_view::npos) return std::nullopt;
  }
  size_t end = std::min(next_line(file.text, start), file.text.size());
  while (end > start && (file.text[end - 1] == '\n' || file.text[end - 1] == '\r')) --end;
  return file.text.substr(start, end - start);
}

size_t SnippetFinder::byte_of_column(std::string_view line, size_t column) {
  if (cursor_.line != line.data() || cursor_.column > column) cursor_ = {line.data(), 0, 0};
  const auto is_continuation = [&](size_t byte) {
    return byte < line.size() && (static_cast<unsigned char>(line[byte]) & 0xc0) == 0x80;
  };
  while (cursor_.column < column && cursor_.byte < line.size()) {
    ++cursor_.column;
    ++cursor_.byte;
    while (is_continuation(cursor_.byte)) ++cursor_.byte;
  }
  return cursor_.byte;
}

std::optional<Snippet> SnippetFinder::find(const Span& span) {
  const std::optional<std::string_view> line = line_of(span);
  if (!line) return std::nullopt;
  const size_t first = span.column > 0 ? static_cast<size_t>(span.column) - 1 : 0;
  // A place over several lines is marked to the end of its first.
  const size_t length = span.end_line == span.line && span.end_column > span.column
                            ? static_cast<size_t>(span.end_column - span.column)
                        : span.end_line > span.line ? kColumnsMax
                                                    : 1;

  const bool is_long = line->size() > kColumnsMax;
  const size_t cut = is_long && first > kColumnsMax - kColumnsBefore ? first - kColumnsBefore : 0;
  Snippet out;
  if (cut > 0) out.line = kEllipsis;
  if (cut > 0) out.mark = " ";

  std::string_view rest = line->substr(byte_of_column(*line, cut));
  size_t shown = 0;
  size_t marked = 0;
  for (size_t index = cut; !rest.empty(); ++index) {
    if (shown >= kColumnsMax) {
      out.line += kEllipsis;
      break;
    }
    const Cell cell = take_cell(rest);
    out.line += cell.text;
    shown += cell.columns;
    if (index < first) out.mark += std::string(cell.columns, ' ');
    if (index < first || index >= first + length) continue;
    out.mark += std::string(cell.columns, '^');
    marked += cell.columns;
  }

  while (!out.line.empty() && out.line.back() == ' ') out.line.pop_back();
  if (marked == 0) out.mark += '^';
  return out;
}

}  // namespace headrace
