#pragma once

/// Reads the keys of one mapping: which are there, which are missing or unknown, and whether their values have the
/// right kind. Everything wrong is reported here, in one wording for all kinds of definitions.
///
///   Fields fields(mapping, "source", place, {"name", "columns"}, diagnostics);  // reports unknown keys
///   const auto name = fields.required_text("name");

#include "language/diagnostics/diagnostic.h"
#include "language/yaml/yaml_tree.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headrace {

/// Text with its place.
struct PlacedText {
  std::string text;
  Span span;
};

/// Not thread-safe; lives shorter than the mapping and the diagnostics.
class Fields {
 public:
  /// `what`: "feature", "`range` check", ...; `place`: where a missing key is reported; `keys`: all that there can be.
  Fields(const YamlNode& mapping, std::string what, Span place, std::vector<std::string> keys,
         Diagnostics& diagnostics);

  /// The value of a key; null when it is absent or has no value (then that is reported).
  const YamlNode* optional(std::string_view key);
  const YamlNode* required(std::string_view key);
  /// The value of a key, also when it is null in YAML.
  const YamlNode* nullable(std::string_view key);

  std::optional<PlacedText> optional_text(std::string_view key);
  std::optional<PlacedText> required_text(std::string_view key);
  std::optional<Duration> optional_duration(std::string_view key);
  std::optional<Duration> required_duration(std::string_view key);
  std::optional<double> optional_number(std::string_view key);
  std::optional<double> required_number(std::string_view key);
  std::optional<int64_t> optional_integer(std::string_view key);
  /// Text that must be one of the words.
  std::optional<std::string> optional_word(std::string_view key, const std::vector<std::string>& words);
  std::optional<std::string> required_word(std::string_view key, const std::vector<std::string>& words);

  /// Whether an unknown key (which has been reported) was probably meant to be this one.
  bool is_misspelt(std::string_view key) const;

  const YamlNode& mapping() const { return mapping_; }
  const std::string& what() const { return what_; }
  const Span& place() const { return place_; }
  Diagnostics& diagnostics() { return diagnostics_; }

 private:
  std::vector<const YamlNode*> unknown_keys() const;
  void report_unknown_keys();

  const YamlNode& mapping_;
  std::string what_;
  Span place_;
  Diagnostics& diagnostics_;
  std::vector<std::string> keys_;
};

// The same for single values; `what` names the value in messages ("`owner`", "an item of `tags`").
std::optional<std::string> read_text(const YamlNode& node, std::string_view what, Diagnostics& diagnostics);
std::optional<Duration> read_duration(const YamlNode& node, std::string_view what, Diagnostics& diagnostics);
std::optional<double> read_number(const YamlNode& node, std::string_view what, Diagnostics& diagnostics);
std::optional<int64_t> read_integer(const YamlNode& node, std::string_view what, Diagnostics& diagnostics);
std::optional<std::string> read_word(const YamlNode& node, std::string_view what, const std::vector<std::string>& words,
                                     Diagnostics& diagnostics);
std::vector<PlacedText> read_texts(const YamlNode& node, std::string_view what, Diagnostics& diagnostics);

/// Reports D006: another kind of value was expected.
void report_kind(const YamlNode& node, std::string_view what, std::string_view expected, Diagnostics& diagnostics);

/// Whether a list has more items than allowed, which is reported.
bool is_too_long(const YamlNode& list, std::string_view what, size_t items_max, Diagnostics& diagnostics);

/// Reports D012: a number outside its range, in words.
void report_range(const YamlNode& node, std::string_view what, std::string_view range, Diagnostics& diagnostics);

/// "`a`, `b` or `c`".
std::string list_words(const std::vector<std::string>& words, std::string_view conjunction);

}  // namespace headrace
