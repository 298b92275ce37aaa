#include "language/definitions/fields.h"

#include "language/definitions/duration_help.h"
#include "language/diagnostics/codes.h"
#include "language/diagnostics/suggest.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace headrace {
namespace {

constexpr size_t kUnknownKeysMax = 100;  // reported of one mapping

std::string quoted(std::string_view key) { return fmt::format("`{}`", key); }

/// A short form of a scalar for messages.
std::string shown(const std::string& text) {
  constexpr size_t kShownBytesMax = 60;
  if (text.size() <= kShownBytesMax) return text;
  size_t end = kShownBytesMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

/// A key with a value that could stand there.
std::string example_of(std::string_view key, std::string_view what) {
  struct Example {
    std::string_view key, value;
  };
  constexpr Example kExamples[] = {
      {"owner", "the-team"},
      {"version", "\"1.0\""},
      {"description", "what it says"},
      {"event_time", "COLUMN"},
      {"key", "COLUMN"},
      {"columns", "{COLUMN: double}"},
      {"format", "parquet"},
      {"path", "data/*.parquet"},
      {"source_features", "[COLUMN]"},
      {"batch", "{format: parquet, path: data/*.parquet}"},

      // Of checks.
      {"params", "[0, 1]"},
      {"threshold", "0.9"},
      {"max_age", "1d"},
      {"per", "1d"},
      {"reference", "7d"},
      {"metric", "psi"},
      {"values", "[a, b]"},
      {"formula", "value > 0"},
      {"column", "COLUMN"},
      {"entity", "NAME"},
  };
  for (const Example& each : kExamples) {
    if (each.key == key) return fmt::format("{}: {}", key, each.value);
  }
  return key == "name" ? fmt::format("name: my_{}", what.substr(0, what.find(' '))) : fmt::format("{}: ..", key);
}

std::string_view article_of(std::string_view word) {
  return std::string_view("aeiou").find(word.front()) == std::string_view::npos ? "a" : "an";
}

/// The word of ours for one of other tools.
std::string help_for_word(const std::string& word, const std::vector<std::string>& words) {
  struct Synonym {
    std::string_view theirs, ours;
  };
  constexpr Synonym kSynonyms[] = {{"json", "ndjson"}, {"jsonl", "ndjson"}, {"jsonlines", "ndjson"},
                                   {"tsv", "csv"},     {"txt", "csv"},      {"text", "csv"},
                                   {"pq", "parquet"},  {"warning", "warn"}};
  for (const Synonym& each : kSynonyms) {
    const bool is_word = std::find(words.begin(), words.end(), each.ours) != words.end();
    if (each.theirs == word && is_word) return fmt::format("did you mean `{}`?", each.ours);
  }
  return did_you_mean(word, words);
}

/// The key of ours for one of other tools, or of another place.
std::string help_for_key(const std::string& key, const std::vector<std::string>& keys) {
  constexpr std::pair<std::string_view, std::string_view> kSynonyms[] = {{"checks", "quality_checks"},
                                                                         {"tests", "quality_checks"},
                                                                         {"data_tests", "quality_checks"},
                                                                         {"freshness", "quality_checks"},
                                                                         {"col", "column"},
                                                                         {"field", "column"},
                                                                         {"sep", "delimiter"},
                                                                         {"separator", "delimiter"},
                                                                         {"na_values", "nulls"},
                                                                         {"null_values", "nulls"},
                                                                         {"timestamp", "event_time"},
                                                                         {"timestamp_field", "event_time"},
                                                                         {"schema", "columns"},
                                                                         {"desc", "description"}};
  for (const auto& [theirs, ours] : kSynonyms) {
    const bool is_key = std::find(keys.begin(), keys.end(), ours) != keys.end();
    if (theirs == key && is_key) return fmt::format("did you mean `{}`?", ours);
  }
  return {};
}

}  // namespace

Fields::Fields(const YamlNode& mapping, std::string what, Span place, std::vector<std::string> keys,
               Diagnostics& diagnostics)
    : mapping_(mapping),
      what_(std::move(what)),
      place_(std::move(place)),
      diagnostics_(diagnostics),
      keys_(std::move(keys)) {
  report_unknown_keys();
}

const YamlNode* Fields::nullable(std::string_view key) { return mapping_.find(key); }

const YamlNode* Fields::optional(std::string_view key) {
  const YamlNode* value = nullable(key);
  if (value == nullptr || is_broken(*value, diagnostics_)) return nullptr;
  if (!value->is_null()) return value;
  for (size_t i = 0; i + 1 < mapping_.items.size(); i += 2) {
    if (mapping_.items[i + 1].get() != value) continue;
    Diagnostic problem =
        make_diagnostic("D007", fmt::format("`{}` of this {} has no value", key, what_), mapping_.items[i]->span());
    problem.help = "give it a value, or remove the key if it is optional";
    diagnostics_.add(std::move(problem));
    break;
  }
  return nullptr;
}

const YamlNode* Fields::required(std::string_view key) {
  const YamlNode* value = optional(key);
  if (value != nullptr || mapping_.find(key) != nullptr) return value;
  if (is_misspelt(key)) return nullptr;
  Diagnostic problem = make_diagnostic("D005", fmt::format("this {} has no `{}`", what_, key), place_);
  problem.help = fmt::format("add `{}`", example_of(key, what_));
  diagnostics_.add(std::move(problem));
  return nullptr;
}

bool Fields::is_misspelt(std::string_view key) const {
  std::vector<std::string> unknown;
  for (const YamlNode* each : unknown_keys()) unknown.push_back(each->text);
  return !nearest_name(key, unknown).empty();
}

std::optional<PlacedText> Fields::optional_text(std::string_view key) {
  const YamlNode* node = optional(key);
  if (node == nullptr) return std::nullopt;
  auto text = read_text(*node, quoted(key), diagnostics_);
  if (!text) return std::nullopt;
  return PlacedText{std::move(*text), node->span()};
}

std::optional<PlacedText> Fields::required_text(std::string_view key) {
  return required(key) != nullptr ? optional_text(key) : std::nullopt;
}

std::optional<Duration> Fields::optional_duration(std::string_view key) {
  const YamlNode* node = optional(key);
  return node != nullptr ? read_duration(*node, quoted(key), diagnostics_) : std::nullopt;
}

std::optional<Duration> Fields::required_duration(std::string_view key) {
  return required(key) != nullptr ? optional_duration(key) : std::nullopt;
}

std::optional<double> Fields::optional_number(std::string_view key) {
  const YamlNode* node = optional(key);
  return node != nullptr ? read_number(*node, quoted(key), diagnostics_) : std::nullopt;
}

std::optional<double> Fields::required_number(std::string_view key) {
  return required(key) != nullptr ? optional_number(key) : std::nullopt;
}

std::optional<int64_t> Fields::optional_integer(std::string_view key) {
  const YamlNode* node = optional(key);
  return node != nullptr ? read_integer(*node, quoted(key), diagnostics_) : std::nullopt;
}

std::optional<std::string> Fields::optional_word(std::string_view key, const std::vector<std::string>& words) {
  const YamlNode* node = optional(key);
  return node != nullptr ? read_word(*node, quoted(key), words, diagnostics_) : std::nullopt;
}

std::optional<std::string> Fields::required_word(std::string_view key, const std::vector<std::string>& words) {
  return required(key) != nullptr ? optional_word(key, words) : std::nullopt;
}

std::vector<const YamlNode*> Fields::unknown_keys() const {
  std::vector<const YamlNode*> unknown;
  for (size_t i = 0; i + 1 < mapping_.items.size() && unknown.size() < kUnknownKeysMax; i += 2) {
    const YamlNode* key = mapping_.items[i].get();
    if (std::find(keys_.begin(), keys_.end(), key->text) == keys_.end()) unknown.push_back(key);
  }
  return unknown;
}

void Fields::report_unknown_keys() {
  const std::vector<const YamlNode*> unknown = unknown_keys();
  if (unknown.empty()) return;
  // Keys that are there already cannot have been meant.
  std::vector<std::string> free;
  for (const std::string& known : keys_) {
    if (mapping_.find(known) == nullptr) free.push_back(known);
  }
  for (const YamlNode* key : unknown) {
    Diagnostic problem = make_diagnostic(
        "D004", fmt::format("`{}` is not a key of {} {}", shown(key->text), article_of(what_), what_), key->span());
    problem.help = help_for_key(key->text, free);
    if (problem.help.empty()) problem.help = did_you_mean(key->text, free);
    if (problem.help.empty()) problem.help = "its keys are " + list_words(keys_, "and");
    diagnostics_.add(std::move(problem));
  }
}

void report_kind(const YamlNode& node, std::string_view what, std::string_view expected, Diagnostics& diagnostics) {
  if (is_broken(node, diagnostics)) return;
  Diagnostic problem = make_diagnostic(
      "D006", fmt::format("{} must be {}, but this is {}", what, expected, describe_kind(node)), node.span());
  if (expected == "a list" && node.is_scalar() && !node.is_null())
    problem.help = fmt::format("write it as a list: [{}]", shown(node.text));
  if (expected == "text" && node.is_scalar())
    problem.help = fmt::format("write it in quotes: \"{}\"", shown(node.text));
  diagnostics.add(std::move(problem));
}

bool is_too_long(const YamlNode& list, std::string_view what, size_t items_max, Diagnostics& diagnostics) {
  if (!list.is_sequence() || list.items.size() <= items_max) return false;
  diagnostics.add(make_diagnostic(
      "D012", fmt::format("{} must have at most {} items, but this has {}", what, items_max, list.items.size()),
      list.span()));
  return true;
}

void report_range(const YamlNode& node, std::string_view what, std::string_view range, Diagnostics& diagnostics) {
  diagnostics.add(make_diagnostic("D012", fmt::format("{} must be {}, but this is {}", what, range, shown(node.text)),
                                  node.span()));
}

std::optional<std::string> read_text(const YamlNode& node, std::string_view what, Diagnostics& diagnostics) {
  if (!node.is_scalar() || node.broken_code != nullptr) {
    report_kind(node, what, "text", diagnostics);
    return std::nullopt;
  }
  const Value value = resolve_scalar(node);
  const auto* text = std::get_if<std::string>(&value.data);
  if (text == nullptr) {
    report_kind(node, what, "text", diagnostics);
    return std::nullopt;
  }
  if (text->find_first_not_of(" \t\n") == std::string::npos) {
    diagnostics.add(make_diagnostic("D007", fmt::format("{} is empty", what), node.span()));
    return std::nullopt;
  }
  return *text;
}

std::optional<Duration> read_duration(const YamlNode& node, std::string_view what, Diagnostics& diagnostics) {
  if (is_broken(node, diagnostics)) return std::nullopt;
  if (node.is_scalar()) {
    if (auto duration = parse_duration(node.text)) return duration;
  }
  Diagnostic problem = make_diagnostic(
      "D010",
      node.is_scalar() ? fmt::format("{} must be a duration, but this is `{}`", what, shown(node.text))
                       : fmt::format("{} must be a duration, but this is {}", what, describe_kind(node)),
      node.span());
  if (node.is_scalar()) problem.help = help_for_duration(node.text);
  if (problem.help.empty()) problem.help = "a duration is a positive integer with ms, s, m, h, d or w: 90s, 24h, 7d";
  diagnostics.add(std::move(problem));
  return std::nullopt;
}

std::optional<double> read_number(const YamlNode& node, std::string_view what, Diagnostics& diagnostics) {
  if (is_broken(node, diagnostics)) return std::nullopt;
  if (node.is_scalar()) {
    const Value value = resolve_scalar(node);
    if (const auto* integer = std::get_if<int64_t>(&value.data)) return static_cast<double>(*integer);
    if (const auto* number = std::get_if<double>(&value.data)) {
      if (std::isfinite(*number)) return *number + 0.0;
      report_range(node, what, "a finite number", diagnostics);
      return std::nullopt;
    }
  }
  report_kind(node, what, "a number", diagnostics);
  return std::nullopt;
}

std::optional<int64_t> read_integer(const YamlNode& node, std::string_view what, Diagnostics& diagnostics) {
  if (is_broken(node, diagnostics)) return std::nullopt;
  if (node.is_scalar()) {
    const Value value = resolve_scalar(node);
    if (const auto* integer = std::get_if<int64_t>(&value.data)) return *integer;
  }
  report_kind(node, what, "an integer", diagnostics);
  return std::nullopt;
}

std::optional<std::string> read_word(const YamlNode& node, std::string_view what, const std::vector<std::string>& words,
                                     Diagnostics& diagnostics) {
  if (is_broken(node, diagnostics)) return std::nullopt;
  if (node.is_scalar() && std::find(words.begin(), words.end(), node.text) != words.end()) return node.text;
  if (!node.is_scalar()) {
    report_kind(node, what, "one of " + list_words(words, "and"), diagnostics);
    return std::nullopt;
  }
  Diagnostic problem = make_diagnostic("D011", fmt::format("{} cannot be `{}`", what, shown(node.text)), node.span());
  problem.help = help_for_word(node.text, words);
  if (problem.help.empty()) problem.help = "it is " + list_words(words, "or");
  diagnostics.add(std::move(problem));
  return std::nullopt;
}

std::vector<PlacedText> read_texts(const YamlNode& node, std::string_view what, Diagnostics& diagnostics) {
  std::vector<PlacedText> out;
  if (!node.is_sequence()) {
    report_kind(node, what, "a list", diagnostics);
    return out;
  }
  for (const YamlNodePtr& item : node.items) {
    if (diagnostics.is_full()) break;
    if (auto text = read_text(*item, fmt::format("an item of {}", what), diagnostics))
      out.push_back({std::move(*text), item->span()});
  }
  return out;
}

std::string list_words(const std::vector<std::string>& words, std::string_view conjunction) {
  std::string out;
  for (size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += i + 1 == words.size() ? fmt::format(" {} ", conjunction) : ", ";
    out += quoted(words[i]);
  }
  return out;
}

}  // namespace headrace
