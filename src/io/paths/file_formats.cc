#include "io/paths/file_formats.h"

#include "io/paths/suggest_name.h"

#include <fmt/format.h>

#include <algorithm>

namespace headrace {
namespace {

/// In lower case, without a packing.
std::string plain_name(std::string_view path) {
  std::string name(path);
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  for (const std::string_view suffix : {".gz", ".zst"}) {
    if (!name.ends_with(suffix)) continue;
    name.resize(name.size() - suffix.size());
    break;
  }
  return name;
}

bool ends_with_any(std::string_view name, std::initializer_list<std::string_view> suffixes) {
  return std::any_of(suffixes.begin(), suffixes.end(), [&](std::string_view each) { return name.ends_with(each); });
}

}  // namespace

Result<FileFormat> file_format_from_string(std::string_view word) {
  if (word == "parquet") return FileFormat::kParquet;
  if (word == "csv") return FileFormat::kCsv;
  if (word == "ndjson" || word == "jsonl" || word == "json") return FileFormat::kNdjson;
  return Error::data(fmt::format("`{}` is not a file format that can be read", word))
      .with_help(suggest_name(word, {"parquet", "csv", "ndjson"}));
}

std::optional<FileFormat> file_format_of_path(std::string_view path) {
  const std::string name = plain_name(path);
  if (ends_with_any(name, {".csv", ".tsv"})) return FileFormat::kCsv;
  if (ends_with_any(name, {".ndjson", ".jsonl", ".json"})) return FileFormat::kNdjson;
  // Parquet packs its pages itself.
  const bool is_packed = name.size() < path.size();
  if (!is_packed && ends_with_any(name, {".parquet", ".pq", ".parq"})) return FileFormat::kParquet;
  return std::nullopt;
}

TextPacking packing_of_path(std::string_view path) {
  switch (path.size() - plain_name(path).size()) {
    case 3: return TextPacking::kGzip;
    case 4: return TextPacking::kZstd;
    default: return TextPacking::kNone;
  }
}

bool is_tab_separated(std::string_view path) { return plain_name(path).ends_with(".tsv"); }

}  // namespace headrace
