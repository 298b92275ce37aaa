#include "codegen/visible_text.h"

#include "compute/functions/utf8.h"

#include <fmt/format.h>

#include <algorithm>

namespace headrace {
namespace {

struct Range {
  uint32_t first;
  uint32_t last;
};

// Unicode's categories Cc, Cf, Zl and Zp, and what else takes no place on a line.
constexpr Range kInvisible[] = {
    {0x0000, 0x001F},   {0x007F, 0x009F},   {0x00AD, 0x00AD},   {0x034F, 0x034F},   {0x0600, 0x0605},
    {0x061C, 0x061C},   {0x06DD, 0x06DD},   {0x070F, 0x070F},   {0x0890, 0x0891},   {0x08E2, 0x08E2},
    {0x115F, 0x1160},   {0x17B4, 0x17B5},   {0x180B, 0x180F},   {0x200B, 0x200F},   {0x2028, 0x202E},
    {0x2060, 0x206F},   {0x3164, 0x3164},   {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0},
    {0xFFF0, 0xFFFB},   {0x110BD, 0x110BD}, {0x110CD, 0x110CD}, {0x13430, 0x1345F}, {0x1BCA0, 0x1BCA3},
    {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF},
};

}  // namespace

bool is_invisible(uint32_t code_point) {
  return std::any_of(std::begin(kInvisible), std::end(kInvisible),
                     [&](const Range& range) { return range.first <= code_point && code_point <= range.last; });
}

std::string with_visible(std::string_view text, const std::function<std::string(uint32_t)>& written) {
  std::string out;
  while (!text.empty()) {
    const CodePoint point = decode_utf8(text);
    if (point.length == 0) {
      out += written(static_cast<unsigned char>(text.front()));
    } else if (is_invisible(point.value)) {
      out += written(point.value);
    } else {
      out += text.substr(0, point.length);
    }
    text.remove_prefix(std::max<size_t>(point.length, 1));
  }
  return out;
}

bool has_invisible(std::string_view text) {
  bool found = false;
  with_visible(text, [&](uint32_t) {
    found = true;
    return std::string();
  });
  return found;
}

std::string visible_line(std::string_view text) {
  return with_visible(text, [](uint32_t point) -> std::string {
    if (point == '\n' || point == '\r' || point == '\t') return " ";
    return fmt::format("<U+{:04X}>", point);
  });
}

std::string markdown_code(std::string_view text) {
  std::string out = visible_line(text);
  std::replace(out.begin(), out.end(), '`', '\'');
  return "`" + markdown_cell(out) + "`";
}

std::string markdown_cell(std::string_view text) {
  std::string out;
  for (const char c : visible_line(text)) out += c == '|' ? std::string("\\|") : std::string(1, c);
  return out;
}

std::string markdown_text(std::string_view text) {
  std::string out;
  for (const char c : visible_line(text)) {
    if (std::string_view("\\`|<[").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

}  // namespace headrace
