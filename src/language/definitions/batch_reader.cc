#include "data/time_format.h"
#include "language/definitions/documents.h"
#include "language/definitions/text_form.h"
#include "language/diagnostics/codes.h"
#include "language/diagnostics/suggest.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace headrace {
namespace {

/// The keys that say how a file of text is written, and the formats that have them.
struct TextKey {
  std::string_view name;
  bool is_for_csv_only;
};
constexpr TextKey kTextKeys[] = {{"delimiter", true}, {"decimal", true}, {"quote", true},       {"header", true},
                                 {"encoding", true},  {"nulls", false},  {"time_format", false}};

/// REQUIRES: a word of read_batch().
FileFormat format_of(std::string_view word) {
  return word == "parquet" ? FileFormat::kParquet : word == "csv" ? FileFormat::kCsv : FileFormat::kNdjson;
}

void report_form(const YamlNode& node, std::string message, std::string help, Diagnostics& diagnostics) {
  Diagnostic problem = make_diagnostic("S015", std::move(message), node.span());
  problem.help = std::move(help);
  diagnostics.add(std::move(problem));
}

/// Reads the keys of one `batch` that say how its text is written.
class TextFormReader {
 public:
  explicit TextFormReader(Fields& batch) : batch_(batch), diagnostics_(batch.diagnostics()) {}

  TextForm read(FileFormat format) {
    refuse_keys_of_others(format);
    read_delimiter();
    read_decimal();
    read_quote();
    read_header();
    read_encoding();
    read_nulls();
    read_time_format();
    check_together();
    return std::move(form_);
  }

 private:
  const YamlNode* find(std::string_view key) const { return batch_.mapping().find(key); }

  void refuse_keys_of_others(FileFormat format) {
    for (const TextKey& key : kTextKeys) {
      const YamlNode* node = find(key.name);
      const bool is_fit = format == FileFormat::kCsv || (format == FileFormat::kNdjson && !key.is_for_csv_only);
      if (node == nullptr || is_fit) continue;
      report_form(*node, fmt::format("`{}` is for {}", key.name, key.is_for_csv_only ? "csv" : "csv and ndjson"),
                  fmt::format("remove it: files of {} say this themselves", to_string(format)), diagnostics_);
    }
  }

  /// One ASCII character; nothing, and reported, for other text.
  std::optional<char> read_letter(const YamlNode& node, std::string_view key, std::string_view example) {
    const bool is_letter = node.is_scalar() && node.text.size() == 1 && static_cast<unsigned char>(node.text[0]) < 0x80;
    if (is_letter && node.text[0] != '\n' && node.text[0] != '\r' && node.text[0] != '\0') return node.text[0];
    report_form(node, fmt::format("`{}` is one character", key), std::string(example), diagnostics_);
    return std::nullopt;
  }

  void read_delimiter() {
    const YamlNode* node = batch_.optional("delimiter");
    if (node == nullptr) return;
    const auto letter = read_letter(*node, "delimiter", "write `delimiter: \";\"`, or `\"\\t\"` for a tab");
    if (!letter) return;
    const bool is_of_values =
        std::isalnum(static_cast<unsigned char>(*letter)) != 0 || *letter == '-' || *letter == '+';
    if (is_of_values) {
      report_form(*node, fmt::format("`{}` cannot separate fields: values have it", *letter),
                  "choose what stands between the fields, such as `;`", diagnostics_);
      return;
    }
    form_.delimiter = *letter;
  }

  void read_decimal() {
    const YamlNode* node = batch_.optional("decimal");
    if (node == nullptr) return;
    if (!node->is_scalar() || (node->text != "." && node->text != ",")) {
      report_form(*node, "`decimal` is `.` or `,`", "write `decimal: \",\"` for numbers such as 1,5", diagnostics_);
      return;
    }
    form_.decimal = node->text[0];
  }

  /// Empty text: fields are never quoted.
  void read_quote() {
    const YamlNode* node = batch_.nullable("quote");
    if (node == nullptr) return;
    if (node->is_scalar() && !node->is_null() && node->text.empty()) {
      form_.quote = 0;
      return;
    }
    if (const auto letter =
            read_letter(*node, "quote", "write `quote: \"'\"`, or `quote: \"\"` where nothing is quoted"))
      form_.quote = *letter;
  }

  void read_header() {
    const YamlNode* node = batch_.optional("header");
    if (node == nullptr) return;
    if (node->is_scalar() && (node->text == "true" || node->text == "false")) {
      form_.has_header = node->text == "true";
      return;
    }
    if (node->is_scalar()) {
      report_form(*node, "`header` is `true`, `false` or a list of names",
                  "write `header: [id, at, x]` where no line of the file names the columns", diagnostics_);
      return;
    }
    form_.has_header = false;
    for (const PlacedText& name : read_texts(*node, "`header`", diagnostics_)) {
      if (std::find(form_.header.begin(), form_.header.end(), name.text) != form_.header.end())
        report_form(*node, fmt::format("`header` has `{}` twice", name.text), "give each column a name", diagnostics_);
      form_.header.push_back(name.text);
    }
  }

  void read_encoding() {
    const YamlNode* node = batch_.optional("encoding");
    if (node == nullptr) return;
    constexpr std::pair<std::string_view, TextEncoding> kWords[] = {
        {"utf-8", TextEncoding::kUtf8},         {"utf8", TextEncoding::kUtf8},
        {"latin-1", TextEncoding::kLatin1},     {"latin1", TextEncoding::kLatin1},
        {"iso-8859-1", TextEncoding::kLatin1},  {"windows-1252", TextEncoding::kWindows1252},
        {"cp1252", TextEncoding::kWindows1252}, {"utf-16", TextEncoding::kUtf16},
        {"utf16", TextEncoding::kUtf16},
    };
    if (node->is_scalar()) {
      std::string word = node->text;
      std::transform(word.begin(), word.end(), word.begin(), [](unsigned char letter) { return std::tolower(letter); });
      for (const auto& [name, encoding] : kWords) {
        if (name != word) continue;
        form_.encoding = encoding;
        return;
      }
    }
    report_form(*node, "this encoding is not known", "there are `utf-8`, `latin-1`, `windows-1252` and `utf-16`",
                diagnostics_);
  }

  void read_nulls() {
    const YamlNode* node = batch_.optional("nulls");
    if (node == nullptr) return;
    if (node->is_scalar()) {
      form_.nulls = {node->text};
      return;
    }
    for (const PlacedText& word : read_texts(*node, "`nulls`", diagnostics_)) form_.nulls.push_back(word.text);
  }

  void read_time_format() {
    const auto text = batch_.optional_text("time_format");
    if (!text) return;
    const std::string problem = TimeFormat::problem_of(text->text);
    if (problem.empty()) {
      form_.time_format = text->text;
    } else {
      report_form(*find("time_format"), fmt::format("`{}` {}", text->text, problem),
                  "it is written as for strptime: `%d/%m/%Y %H:%M` reads 31/12/2024 17:05", diagnostics_);
    }
  }

  /// The letters must differ.
  void check_together() {
    const char delimiter = form_.delimiter == 0 ? ',' : form_.delimiter;
    if (const YamlNode* node = find("decimal"); node != nullptr && form_.decimal == delimiter) {
      report_form(*node, fmt::format("`{}` cannot be the decimal mark and the delimiter", delimiter),
                  "add the `delimiter` that the files have, such as `delimiter: \";\"`", diagnostics_);
    }
    if (const YamlNode* node = find("quote"); node != nullptr && form_.quote == delimiter) {
      report_form(*node, fmt::format("`{}` cannot be the quote and the delimiter", delimiter), "choose two characters",
                  diagnostics_);
    }
  }

  Fields& batch_;
  Diagnostics& diagnostics_;
  TextForm form_;
};

std::vector<std::string> with_text_keys(std::vector<std::string> keys) {
  for (const TextKey& key : kTextKeys) keys.emplace_back(key.name);
  return keys;
}

std::map<std::string, std::string> read_constants(Fields& batch) {
  const YamlNode* node = batch.optional("constants");
  std::map<std::string, std::string> constants;
  if (node == nullptr) return constants;
  if (!node->is_mapping()) {
    report_kind(*node, "`constants`", "a mapping of columns to values", batch.diagnostics());
    return constants;
  }
  for (size_t i = 0; i + 1 < node->items.size(); i += 2) {
    if (const auto value = read_text(*node->items[i + 1], "a value of `constants`", batch.diagnostics()))
      constants[node->items[i]->text] = *value;
  }
  return constants;
}

}  // namespace

ParsedTextForm parse_text_form(const std::string& text, const std::string& what, FileFormat format) {
  ParsedTextForm parsed;
  const bool has_braces = text.find_first_not_of(' ') != std::string::npos && text[text.find_first_not_of(' ')] == '{';
  const std::string yaml = has_braces ? text : "{" + text + "}";
  const SourceText source(what, yaml);
  const YamlFile file = parse_yaml(source, parsed.diagnostics);
  if (file.documents.size() != 1 || parsed.diagnostics.has_errors()) return parsed;
  const YamlNode& node = *file.documents[0];
  if (!node.is_mapping()) {
    report_kind(node, what, "words of `batch` such as `delimiter: \";\"`", parsed.diagnostics);
    return parsed;
  }
  Fields fields(node, what, node.span(), with_text_keys({}), parsed.diagnostics);
  parsed.form = TextFormReader(fields).read(format);
  return parsed;
}

std::optional<BatchLocation> read_batch(Fields& fields) {
  const YamlNode* node = fields.optional("batch");
  if (node == nullptr) return std::nullopt;
  Diagnostics& diagnostics = fields.diagnostics();
  if (!node->is_mapping()) {
    report_kind(*node, "`batch`", "a mapping with `format` and `path`", diagnostics);
    return std::nullopt;
  }

  Fields batch(*node, "`batch`", node->span(), with_text_keys({"format", "path", "constants"}), diagnostics);
  const auto format = batch.required_word("format", {"parquet", "csv", "ndjson"});
  const auto path = batch.required_text("path");
  std::map<std::string, std::string> constants = read_constants(batch);
  if (!format) return std::nullopt;
  TextForm text = TextFormReader(batch).read(format_of(*format));
  if (!path) return std::nullopt;
  return BatchLocation{format_of(*format), path->text, node->span(), std::move(text), std::move(constants)};
}

}  // namespace headrace
