#include "plan/graph_svg.h"

#include "base/aligned_text.h"
#include "base/printable_text.h"
#include "base/utf8.h"
#include "plan/graph_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace headrace {
namespace {

/// Of every font with characters of one width, whichever the reader's machine has: 0.6 of its size, and a little more.
constexpr double kLabelCharacter = 7.4;
constexpr double kDetailCharacter = 6.2;
constexpr double kSideMargin = 10;
constexpr double kBoxHeight = 38;
constexpr double kMargin = 16;
constexpr size_t kCharactersMax = 44;
constexpr double kArrow = 7;

/// What cannot be seen is spelled out, so that what is left may stand in XML.
std::string escaped_xml(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\n': out += ' '; break;
      default: out += c;
    }
  }
  return out;
}

/// The front and the back of a long text: names of one family differ at the end.
std::string shortened(std::string_view whole) {
  std::string text = printable(whole);
  const size_t characters = code_point_count(text);
  if (characters <= kCharactersMax) return text;
  const size_t front = kCharactersMax / 2;
  const size_t back_start = characters - (kCharactersMax - front - 1);
  std::string out;
  size_t character = 0;
  for (size_t i = 0; i < text.size(); ++character) {
    const size_t length = std::max<size_t>(1, utf8_sequence_length(std::string_view(text).substr(i)));
    if (character < front || character >= back_start) out += text.substr(i, length);
    if (character == front) out += "…";
    i += length;
  }
  return out;
}

/// What stands under the name.
std::string detail_text(const GraphNode& node) {
  switch (node.kind) {
    case GraphNode::Kind::kEvents: return "all events";
    case GraphNode::Kind::kColumn: return node.type;
    case GraphNode::Kind::kFeature: return node.detail + ", " + node.type;
  }
  return "";
}

std::string title_text(const GraphNode& node) {
  return node.kind == GraphNode::Kind::kFeature
             ? fmt::format("{}: {}, {} of {}", node.label, node.detail, node.type, node.entity)
         : node.type.empty() ? node.label
                             : fmt::format("{}: {}", node.label, node.type);
}

BoxSize size_of(const GraphNode& node) {
  const auto label = static_cast<double>(code_point_count(shortened(node.label)));
  const auto detail = static_cast<double>(code_point_count(shortened(detail_text(node))));
  return {std::ceil(std::max(label * kLabelCharacter, detail * kDetailCharacter) + 2 * kSideMargin), kBoxHeight};
}

struct BoxStyle {
  std::string_view fill;
  std::string_view line;
  int corner = 3;
};

BoxStyle style_of(GraphNode::Kind kind) {
  switch (kind) {
    case GraphNode::Kind::kEvents: return {"#fdf4e3", "#b98a2f", 3};
    case GraphNode::Kind::kColumn: return {"#f4f4f1", "#8b8b84", 3};
    case GraphNode::Kind::kFeature: return {"#e9f2fb", "#3f78b0", 12};
  }
  return {};
}

std::string box_text(const GraphNode& node, const Place& place, const BoxSize& size) {
  const BoxStyle style = style_of(node.kind);
  const double text_x = place.x + kSideMargin;
  std::string out = fmt::format("<g><title>{}</title>", escaped_xml(title_text(node)));
  out += fmt::format(
      "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" rx=\"{}\" fill=\"{}\" stroke=\"{}\"/>",
      place.x, place.y, size.width, size.height, style.corner, style.fill, style.line);
  out += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" font-size=\"12\" fill=\"#1d1d1b\">{}</text>", text_x,
                     place.y + 16, escaped_xml(shortened(node.label)));
  out += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" font-size=\"10\" fill=\"#5b5b56\">{}</text></g>\n", text_x,
                     place.y + 30, escaped_xml(shortened(detail_text(node))));
  return out;
}

/// A bend in the gap between two layers, level at both ends.
std::string curve_text(Place start, Place end) {
  const double middle = (start.x + end.x) / 2;
  return fmt::format("C{:.1f} {:.1f} {:.1f} {:.1f} {:.1f} {:.1f}", middle, start.y, middle, end.y, end.x, end.y);
}

std::string line_text(const LineOfGraph& line) {
  std::string path = fmt::format("M{:.1f} {:.1f}H{:.1f}", line.start.x, line.start.y, line.level_until);
  Place last{line.level_until, line.start.y};
  for (const LineOfGraph::Passage& passage : line.passages) {
    path += curve_text(last, {passage.start_x, passage.y});
    path += fmt::format("H{:.1f}", passage.end_x);
    last = {passage.end_x, passage.y};
  }
  path += curve_text(last, {line.end.x - kArrow, line.end.y});
  std::string out = fmt::format("<path d=\"{}\" fill=\"none\"/>", path);
  out += fmt::format("<path d=\"M{:.1f} {:.1f}l-{} -3.5v7z\" stroke=\"none\"/>\n", line.end.x, line.end.y, kArrow);
  return out;
}

}  // namespace

std::string graph_svg(const FeatureGraph& graph) {
  std::vector<BoxSize> sizes;
  for (const GraphNode& node : graph.nodes) sizes.push_back(size_of(node));
  const GraphLayout layout = layout_of(sizes, graph.edges);
  const double width = std::ceil(layout.width + 2 * kMargin);
  const double height = std::ceil(layout.height + 2 * kMargin);

  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" role=\"img\" "
      "aria-label=\"what features depend on\">\n"
      "<rect width=\"{0}\" height=\"{1}\" rx=\"6\" fill=\"#ffffff\"/>\n"
      "<g transform=\"translate({2} {2})\" font-family=\"ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace\">\n",
      width, height, kMargin);
  // Lines first, so that no arrow lies over a name.
  out += "<g stroke=\"#8b8b84\" fill=\"#8b8b84\">\n";
  for (const LineOfGraph& line : layout.lines) out += line_text(line);
  out += "</g>\n";
  for (size_t i = 0; i < graph.nodes.size(); ++i) out += box_text(graph.nodes[i], layout.boxes[i], sizes[i]);
  return out + "</g>\n</svg>\n";
}

}  // namespace headrace
