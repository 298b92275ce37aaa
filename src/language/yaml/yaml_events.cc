#include "language/yaml/yaml_events.h"

#include "base/check.h"
#include "base/utf8.h"
#include "language/diagnostics/codes.h"

#include <fmt/format.h>
#include <yaml.h>

#include <algorithm>

namespace headrace {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

size_t byte_order_mark_size(std::string_view text) {
  return text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
}

std::string to_text(const yaml_char_t* text) { return text ? reinterpret_cast<const char*>(text) : ""; }

YamlNode::Style to_style(yaml_scalar_style_t style) {
  switch (style) {
    case YAML_SINGLE_QUOTED_SCALAR_STYLE: return YamlNode::Style::kSingleQuoted;
    case YAML_DOUBLE_QUOTED_SCALAR_STYLE: return YamlNode::Style::kDoubleQuoted;
    case YAML_LITERAL_SCALAR_STYLE: return YamlNode::Style::kLiteral;
    case YAML_FOLDED_SCALAR_STYLE: return YamlNode::Style::kFolded;
    case YAML_ANY_SCALAR_STYLE:
    case YAML_PLAIN_SCALAR_STYLE: return YamlNode::Style::kPlain;
  }
  return YamlNode::Style::kPlain;
}

struct Advice {
  std::string_view problem;  // of libyaml
  std::string_view message;
  std::string_view help;
};
constexpr Advice kAdvice[] = {
    {"mapping values are not allowed in this context", "a second `: ` stands where one value was expected",
     "quote text that contains `: `, and check the indentation"},
    {"could not find expected ':'", "a key without `:` after it", "write `key: value`, and check the indentation"},
    {"did not find expected key", "a key was expected here",
     "check the indentation and that quotes and brackets are closed"},
    {"did not find expected node content", "a value was expected here",
     "close the list or mapping, or write the value"},
    {"did not find expected '-' indicator", "a list item (`- `) was expected here", "check the indentation"},
    {"did not find expected ',' or ']'", "`,` or `]` was expected here",
     "close the list, or quote text with special characters"},
    {"did not find expected ',' or '}'", "`,` or `}` was expected here",
     "close the mapping, or quote text with special characters"},
    {"found unexpected end of stream", "the quoted text that begins here is never closed", "add the closing quote"},
    {"found unexpected document indicator", "the quoted text that begins here is never closed",
     "add the closing quote"},
    {"found unknown escape character", "an unknown escape in double quotes",
     "write `\\\\` for a backslash, or use single quotes, where a backslash is itself"},
    {"did not find expected <document start>", "text after the end of the document",
     "check the indentation, or begin a document with `---`"},
    {"found a tab character that violates indentation", "a tab cannot indent", "indent with blanks"},
    {"found undefined tag handle", "a tag with an unknown handle", "remove the tag"},
};

}  // namespace

struct YamlEvents::Parser {
  yaml_parser_t parser;
};

YamlEvents::YamlEvents(const SourceText& source, size_t start) : source_(source), parser_(std::make_unique<Parser>()) {
  start = std::max(start, byte_order_mark_size(source.text()));
  const std::string_view text = source.text();
  first_character_ = 0;
  for (size_t i = 0; i < start; ++i) first_character_ += (static_cast<unsigned char>(text[i]) & 0xc0) == 0x80 ? 0 : 1;
  CHECK(yaml_parser_initialize(&parser_->parser) == 1);
  yaml_parser_set_encoding(&parser_->parser, YAML_UTF8_ENCODING);
  yaml_parser_set_input_string(&parser_->parser, reinterpret_cast<const unsigned char*>(text.data()) + start,
                               text.size() - start);
}

YamlEvents::~YamlEvents() { yaml_parser_delete(&parser_->parser); }

size_t YamlEvents::to_byte(size_t character) {
  constexpr size_t kStepsMax = 512;
  character += first_character_;
  if (character < last_character_ || character > last_character_ + kStepsMax) {
    last_byte_ = source_.byte_of_character(character);
    last_character_ = character;
    return last_byte_;
  }
  const std::string_view text = source_.text();
  while (last_character_ < character && last_byte_ < text.size()) {
    ++last_byte_;
    if (last_byte_ == text.size() || (static_cast<unsigned char>(text[last_byte_]) & 0xc0) != 0x80) ++last_character_;
  }
  return last_byte_;
}

YamlEvents::Step YamlEvents::next(YamlEvent& out) {
  while (true) {
    yaml_event_t event;
    if (yaml_parser_parse(&parser_->parser, &event) != 1) return Step::kProblem;
    std::unique_ptr<yaml_event_t, decltype(&yaml_event_delete)> owner(&event, &yaml_event_delete);
    out = {};
    out.start = to_byte(event.start_mark.index);
    out.end = to_byte(event.end_mark.index);

    switch (event.type) {
      case YAML_NO_EVENT:
      case YAML_STREAM_END_EVENT: return Step::kEnd;
      case YAML_STREAM_START_EVENT: continue;
      case YAML_DOCUMENT_START_EVENT: out.kind = YamlEvent::Kind::kDocumentStart; break;
      case YAML_DOCUMENT_END_EVENT: out.kind = YamlEvent::Kind::kDocumentEnd; break;
      case YAML_ALIAS_EVENT:
        out.kind = YamlEvent::Kind::kAlias;
        out.anchor = to_text(event.data.alias.anchor);
        break;

      case YAML_SCALAR_EVENT:
        out.kind = YamlEvent::Kind::kScalar;
        out.style = to_style(event.data.scalar.style);
        out.text.assign(reinterpret_cast<const char*>(event.data.scalar.value), event.data.scalar.length);
        out.anchor = to_text(event.data.scalar.anchor);
        out.tag = to_text(event.data.scalar.tag);
        break;

      case YAML_SEQUENCE_START_EVENT:
        out.kind = YamlEvent::Kind::kSequenceStart;
        out.is_flow = event.data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE;
        out.anchor = to_text(event.data.sequence_start.anchor);
        out.tag = to_text(event.data.sequence_start.tag);
        break;
      case YAML_MAPPING_START_EVENT:
        out.kind = YamlEvent::Kind::kMappingStart;
        out.is_flow = event.data.mapping_start.style == YAML_FLOW_MAPPING_STYLE;
        out.anchor = to_text(event.data.mapping_start.anchor);
        out.tag = to_text(event.data.mapping_start.tag);
        break;
      case YAML_SEQUENCE_END_EVENT:
      case YAML_MAPPING_END_EVENT: out.kind = YamlEvent::Kind::kCollectionEnd; break;
    }
    return Step::kEvent;
  }
}

size_t YamlEvents::problem_byte() {
  const yaml_parser_t& parser = parser_->parser;
  const std::string_view context = parser.context ? parser.context : "";
  const bool in_quotes = context == "while scanning a quoted scalar";
  const std::string_view problem = parser.problem ? parser.problem : "";
  const bool is_never_closed = in_quotes && problem.starts_with("found unexpected");
  return to_byte(is_never_closed ? parser.context_mark.index : parser.problem_mark.index);
}

Diagnostic YamlEvents::problem() {
  const size_t byte = problem_byte();
  const std::string_view problem = parser_->parser.problem ? parser_->parser.problem : "out of memory";
  std::string message(problem);
  std::string help;
  for (const Advice& advice : kAdvice) {
    if (problem != advice.problem) continue;
    message = advice.message;
    help = advice.help;
  }
  const std::string_view rest = source_.text().substr(byte);
  if (problem == "found character that cannot start any token" && !rest.empty()) {
    const bool is_tab = rest.front() == '\t';
    message = is_tab ? "a tab cannot indent" : fmt::format("`{}` cannot begin a value", rest.front());
    const bool is_template = rest.front() == '%' && byte > 0 && source_.text()[byte - 1] == '{';
    help = is_tab        ? "indent with blanks"
           : is_template ? "`{% .. %}` is a template of other tools: definitions are written out"
                         : "quote the text";
  }
  const size_t end = rest.empty() || rest.front() == '\n' || rest.front() == '\r' ? byte : byte + 1;
  Diagnostic diagnostic = make_diagnostic("Y001", "not valid YAML: " + message, source_.span(byte, end));
  diagnostic.help = std::move(help);
  return diagnostic;
}

namespace {

/// Characters that YAML forbids, and those that YAML 1.1 and 1.2 read differently as line ends.
std::optional<Diagnostic> find_forbidden_character(const SourceText& source) {
  const std::string_view text = source.text();
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const bool is_control = (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f;
    const bool is_next_line = c == 0xc2 && static_cast<unsigned char>(text[i + 1]) < 0xa0;
    const bool is_separator = text.substr(i, 2) == "\xe2\x80" && (text[i + 2] == '\xa8' || text[i + 2] == '\xa9');
    const bool is_noncharacter = text.substr(i, 2) == "\xef\xbf" && (text[i + 2] == '\xbe' || text[i + 2] == '\xbf');
    const bool is_mark = i > 0 && text.substr(i, 3) == kByteOrderMark;
    if (!is_control && !is_next_line && !is_separator && !is_noncharacter && !is_mark) continue;
    const uint32_t point = is_control     ? c
                           : is_next_line ? static_cast<unsigned char>(text[i + 1])
                           : is_separator ? (text[i + 2] == '\xa8' ? 0x2028 : 0x2029)
                           : is_mark      ? 0xfeff
                                          : (text[i + 2] == '\xbe' ? 0xfffe : 0xffff);
    Diagnostic problem = make_diagnostic(
        "Y003", fmt::format("the character U+{:04X} is not allowed in YAML text", point), source.span(i, i + 1));
    problem.help = fmt::format("remove it, or write \"\\u{:04x}\" in double quotes", point);
    return problem;
  }
  return std::nullopt;
}

std::optional<Diagnostic> find_long_line(const SourceText& source) {
  const std::string_view text = source.text();
  for (size_t start = 0; start < text.size();) {
    const size_t end = std::min(text.find('\n', start), text.size());
    if (end - start > kYamlLineBytesMax) {
      Diagnostic problem = make_diagnostic("Y006", fmt::format("this line is longer than {} bytes", kYamlLineBytesMax),
                                           source.span(start, start + 1));
      problem.help = "break it into lines";
      return problem;
    }
    start = end + 1;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Diagnostic> find_unfit(const SourceText& source) {
  const std::string_view text = source.text();
  const Span top{source.name(), 1, 1, 1, 1};
  if (text.size() > kYamlFileBytesMax) {
    Diagnostic problem = make_diagnostic(
        "Y005", fmt::format("the file has {} bytes; at most {} are read", text.size(), kYamlFileBytesMax), top);
    problem.help = "split it into several files under features/";
    return problem;
  }

  const std::string_view two = text.substr(0, 2);
  const bool has_zeros = text.size() >= 2 && (text[0] == '\0') != (text[1] == '\0');
  if (two == "\xff\xfe" || two == "\xfe\xff" || has_zeros) {
    Diagnostic problem = make_diagnostic("Y004", "the file is in UTF-16 or UTF-32", top);
    problem.help = "save it as UTF-8";
    return problem;
  }

  const size_t invalid = find_invalid_utf8(text);
  if (invalid < text.size()) {
    Diagnostic problem = make_diagnostic(
        "Y002", fmt::format("the byte 0x{:02X} is not UTF-8", static_cast<unsigned char>(text[invalid])),
        source.span(invalid, invalid + 1));
    problem.help = "save the file as UTF-8";
    return problem;
  }
  if (auto problem = find_forbidden_character(source)) return problem;
  return find_long_line(source);
}

}  // namespace headrace
