#include "casefiles/case_file.h"

#include "casefiles/case_codes.h"
#include "language/definitions/scalar_places.h"
#include "language/diagnostics/suggest.h"
#include "language/yaml/yaml_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace headrace {
namespace {

const std::vector<std::string> kCaseKeys = {"about", "repository", "events", "ask", "expect", "engines", "tolerance"};
const std::vector<std::string> kAskKeys = {"entity", "at", "features"};
const std::vector<std::string> kEngines = {"batch", "stream", "online", "beam", "sql"};
const std::vector<std::string> kExpectKeys = {"entity", "at", "values"};

/// Reads the tree of one case; every problem is reported and reading goes on.
class CaseReader {
 public:
  CaseReader(CaseFile& value, Diagnostics& diagnostics) : value_(value), diagnostics_(diagnostics) {}

  void read(const YamlNode& root);

 private:
  void report(std::string_view code, std::string message, const YamlNode& node, std::string help = "") {
    diagnostics_.add(case_problem(code, std::move(message), node.span(), std::move(help)));
  }
  /// False, and reported, when the node is not of the kind.
  bool need(const YamlNode& node, YamlNode::Kind kind, std::string_view what);
  void check_keys(const YamlNode& mapping, const std::vector<std::string>& known, std::string_view what);
  std::string read_text(const YamlNode& node, std::string_view what);
  std::vector<std::string> read_names(const YamlNode& node, std::string_view what);
  CaseValue read_value(const YamlNode& node);
  CaseFields read_fields(const YamlNode& node, std::string_view what);
  std::optional<EventTime> read_time(const YamlNode& node);
  void read_engines(const YamlNode& node);
  void read_events(const YamlNode& node);
  void read_asks(const YamlNode& node);
  void read_expected(const YamlNode& node);
  void read_tolerance(const YamlNode& node);

  CaseFile& value_;
  Diagnostics& diagnostics_;
};

bool CaseReader::need(const YamlNode& node, YamlNode::Kind kind, std::string_view what) {
  if (node.kind == kind) return true;
  const std::string_view wanted = kind == YamlNode::Kind::kSequence  ? "a list"
                                  : kind == YamlNode::Kind::kMapping ? "a mapping"
                                                                     : "one value";
  report("T001", fmt::format("{} must be {}, but this is {}", what, wanted, describe_kind(node)), node);
  return false;
}

void CaseReader::check_keys(const YamlNode& mapping, const std::vector<std::string>& known, std::string_view what) {
  for (size_t i = 0; i + 1 < mapping.items.size(); i += 2) {
    const YamlNode& key = *mapping.items[i];
    if (std::find(known.begin(), known.end(), key.text) != known.end()) continue;
    report("T002", fmt::format("{} has no key `{}`", what, key.text), key, did_you_mean(key.text, known));
  }
}

std::string CaseReader::read_text(const YamlNode& node, std::string_view what) {
  return need(node, YamlNode::Kind::kScalar, what) ? node.text : "";
}

std::vector<std::string> CaseReader::read_names(const YamlNode& node, std::string_view what) {
  std::vector<std::string> names;
  if (!need(node, YamlNode::Kind::kSequence, what)) return names;
  for (const YamlNodePtr& item : node.items) names.push_back(read_text(*item, what));
  return names;
}

CaseValue CaseReader::read_value(const YamlNode& node) {
  if (node.is_scalar()) return {resolve_scalar(node), node.span()};
  Value::List list;
  if (need(node, YamlNode::Kind::kSequence, "a value")) {
    for (const YamlNodePtr& item : node.items) {
      if (need(*item, YamlNode::Kind::kScalar, "an element of a list")) list.push_back(resolve_scalar(*item));
    }
  }
  return {Value{std::move(list)}, node.span()};
}

CaseFields CaseReader::read_fields(const YamlNode& node, std::string_view what) {
  CaseFields fields;
  if (!need(node, YamlNode::Kind::kMapping, what)) return fields;
  for (size_t i = 0; i + 1 < node.items.size(); i += 2) {
    fields.emplace_back(node.items[i]->text, read_value(*node.items[i + 1]));
  }
  return fields;
}

std::optional<EventTime> CaseReader::read_time(const YamlNode& node) {
  if (node.is_scalar()) {
    if (const auto time = to_event_time(resolve_scalar(node), TimeUnit::kMicroseconds)) return time;
  }
  report("T004", "`at` must be a time", node, "write it as \"2024-03-01T12:00:00Z\", or as microseconds since 1970");
  return std::nullopt;
}

void CaseReader::read_events(const YamlNode& node) {
  if (node.is_null() || !need(node, YamlNode::Kind::kMapping, "`events`")) return;
  for (size_t i = 0; i + 1 < node.items.size(); i += 2) {
    CaseEvents events{node.items[i]->text, {}, node.items[i]->span()};
    const YamlNode& rows = *node.items[i + 1];
    if (!rows.is_null() && need(rows, YamlNode::Kind::kSequence, fmt::format("the events of `{}`", events.source))) {
      for (const YamlNodePtr& row : rows.items) events.rows.push_back({read_fields(*row, "an event"), row->span()});
    }
    value_.events.push_back(std::move(events));
  }
}

void CaseReader::read_asks(const YamlNode& node) {
  if (node.is_null() || !need(node, YamlNode::Kind::kSequence, "`ask`")) return;
  for (const YamlNodePtr& item : node.items) {
    if (!need(*item, YamlNode::Kind::kMapping, "an element of `ask`")) continue;
    check_keys(*item, kAskKeys, "an element of `ask`");
    const YamlNode* entity = item->find("entity");
    const YamlNode* at = item->find("at");
    if (entity == nullptr || at == nullptr) {
      report("T001", "an element of `ask` needs `entity` and `at`", *item);
      continue;
    }
    CaseAsk ask{read_fields(*entity, "`entity`"), read_time(*at).value_or(EventTime{}), {}, item->span()};
    if (const YamlNode* features = item->find("features")) ask.features = read_names(*features, "`features`");
    value_.asks.push_back(std::move(ask));
  }
}

void CaseReader::read_expected(const YamlNode& node) {
  value_.expected_span = node.span();
  if (const YamlNode* error = node.is_mapping() ? node.find("error") : nullptr) {
    check_keys(node, {"error"}, "`expect`");
    value_.expected_error = read_text(*error, "`error`");
    return;
  }
  if (node.is_null() || !need(node, YamlNode::Kind::kSequence, "`expect`")) return;
  for (const YamlNodePtr& item : node.items) {
    if (!need(*item, YamlNode::Kind::kMapping, "an element of `expect`")) continue;
    check_keys(*item, kExpectKeys, "an element of `expect`");
    CaseExpectation row;
    row.span = item->span();
    if (const YamlNode* entity = item->find("entity")) row.entity = read_fields(*entity, "`entity`");
    if (const YamlNode* at = item->find("at")) row.at = read_time(*at);
    if (const YamlNode* values = item->find("values")) {
      row.values = read_fields(*values, "`values`");
    } else {
      report("T001", "an element of `expect` needs `values`", *item);
    }
    value_.expected.push_back(std::move(row));
  }
}

/// Engines of other programs or of later versions leave the test out; a misspelt one would do so for ever.
void CaseReader::read_engines(const YamlNode& node) {
  value_.engines = read_names(node, "`engines`");
  for (size_t i = 0; i < value_.engines.size(); ++i) {
    const std::string& name = value_.engines[i];
    if (std::find(kEngines.begin(), kEngines.end(), name) != kEngines.end()) continue;
    const std::string help = did_you_mean(name, kEngines);
    if (!help.empty()) report("T003", fmt::format("there is no engine `{}`", name), *node.items[i], help);
  }
}

void CaseReader::read_tolerance(const YamlNode& node) {
  const Value given = node.is_scalar() ? resolve_scalar(node) : Value{};
  if (const auto* number = std::get_if<double>(&given.data); number != nullptr && *number >= 0 && *number <= 1) {
    value_.tolerance = *number;
  } else if (const auto* integer = std::get_if<int64_t>(&given.data); integer && *integer >= 0 && *integer <= 1) {
    value_.tolerance = static_cast<double>(*integer);
  } else {
    report("T004", "`tolerance` must be a number from 0 to 1", node, "1e-9 lets doubles differ by a billionth");
  }
}

void CaseReader::read(const YamlNode& root) {
  if (!need(root, YamlNode::Kind::kMapping, "a test")) return;
  check_keys(root, kCaseKeys, "a test");
  if (const YamlNode* about = root.find("about")) value_.about = read_text(*about, "`about`");
  if (const YamlNode* repository = root.find("repository");
      repository != nullptr && need(*repository, YamlNode::Kind::kScalar, "`repository`")) {
    value_.repository = text_with_places(*repository);
  }
  if (const YamlNode* events = root.find("events")) read_events(*events);
  if (const YamlNode* ask = root.find("ask")) read_asks(*ask);
  if (const YamlNode* engines = root.find("engines")) read_engines(*engines);
  if (const YamlNode* tolerance = root.find("tolerance")) read_tolerance(*tolerance);
  if (const YamlNode* expect = root.find("expect")) {
    read_expected(*expect);
  } else {
    report("T001", "a test needs `expect`", root, "one row for each `ask`, or `expect: {error: CODE}`");
  }
}

/// Bytes of the first code point of each line, then the whole length.
std::vector<size_t> line_starts_of(std::string_view text) {
  std::vector<size_t> starts = {0};
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') starts.push_back(i + 1);
  }
  return starts;
}

/// The byte at a line and column (in code points) of the text.
size_t byte_at(std::string_view text, const std::vector<size_t>& line_starts, int line, int column) {
  if (line < 1 || static_cast<size_t>(line) > line_starts.size()) return text.size();
  size_t at = line_starts[static_cast<size_t>(line) - 1];
  for (int i = 1; i < column && at < text.size(); ++i) {
    ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) ++at;
  }
  return at;
}

}  // namespace

ParsedCase parse_case(const DefinitionFile& file) {
  ParsedCase parsed;
  parsed.value.file = file.name;
  const SourceText source(file.name, file.text);
  const YamlFile yaml = parse_yaml(source, parsed.diagnostics);
  if (parsed.diagnostics.has_errors()) return parsed;
  if (yaml.documents.size() != 1) {
    const std::string message =
        fmt::format("a test file holds one document, but this one holds {}", yaml.documents.size());
    parsed.diagnostics.add(case_problem("T001", message, source.span(0, 0)));
    return parsed;
  }
  CaseReader(parsed.value, parsed.diagnostics).read(*yaml.documents.front());
  return parsed;
}

LoadedRepository load_embedded(const CaseFile& value, const DefinitionFile& file) {
  const FormulaText& embedded = *value.repository;
  LoadedRepository loaded = load_repository({{file.name, embedded.text}});
  const std::vector<size_t> line_starts = line_starts_of(embedded.text);
  const auto relocate = [&](Span& span) {
    const size_t start = byte_at(embedded.text, line_starts, span.line, span.column);
    const size_t end = byte_at(embedded.text, line_starts, span.end_line, span.end_column);
    span = embedded.span(start, std::max(start, end));
    span.file = file.name;
  };
  Diagnostics relocated;
  for (Diagnostic& diagnostic : loaded.diagnostics.sorted()) {
    relocate(diagnostic.span);
    for (Related& related : diagnostic.related) relocate(related.span);
    relocated.add(std::move(diagnostic));
  }
  loaded.diagnostics = std::move(relocated);
  loaded.files = {file};
  return loaded;
}

std::optional<EventTime> to_event_time(const Value& value, TimeUnit unit) {
  if (const auto* text = std::get_if<std::string>(&value.data)) return parse_timestamp(*text);
  const auto* count = std::get_if<int64_t>(&value.data);
  if (count == nullptr) return std::nullopt;
  int64_t us = 0;
  switch (unit) {
    case TimeUnit::kSeconds:
      if (__builtin_mul_overflow(*count, kMicrosPerSecond, &us)) return std::nullopt;
      break;
    case TimeUnit::kMilliseconds:
      if (__builtin_mul_overflow(*count, int64_t{1000}, &us)) return std::nullopt;
      break;
    case TimeUnit::kMicroseconds: us = *count; break;
    case TimeUnit::kNanoseconds: us = floor_divide(*count, 1000); break;
  }
  return is_valid_timestamp(us) ? std::optional(EventTime{us}) : std::nullopt;
}

}  // namespace headrace
