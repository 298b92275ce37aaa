#include "session/new_repository/inferred_source.h"

#include "base/file_system.h"
#include "base/option_name.h"
#include "io/paths/file_formats.h"
#include "io/tables/input_files.h"
#include "language/diagnostics/suggest.h"
#include "session/new_repository/looked_at_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <set>
#include <unordered_set>

namespace headrace {
namespace {

struct FoundColumn {
  std::string name;
  std::optional<ScalarType> type;  // absent: of no type of ours
  bool is_time = false;            // can be the event time
  std::optional<TimeUnit> unit;    // of integers
  std::string time_format;         // of text that is not RFC 3339
  int64_t distinct = 0;
  int64_t nulls = 0;
};

struct FoundFile : LookedAtFile {
  std::vector<FoundColumn> columns;
};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& each : out) each = static_cast<char>(each >= 'A' && each <= 'Z' ? each - 'A' + 'a' : each);
  return out;
}

/// Whether the name ends with one of the words, as `created_at` does with `_at`.
bool ends_with_any(const std::string& name, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) { return name.ends_with(word); });
}

/// How much a name sounds like the time of an event; 0: not at all.
int time_score(const std::string& name) {
  constexpr std::array<std::string_view, 10> kNames = {
      "event_time", "event_timestamp", "timestamp", "datetime", "time", "ts", "date", "at", "day", "when"};
  const std::string small = lower(name);
  const auto* const found = std::find(kNames.begin(), kNames.end(), small);
  if (found != kNames.end()) return 100 - static_cast<int>(found - kNames.begin());
  if (ends_with_any(small, {"_at", "_time", "_ts", "timestamp"})) return 50;
  if (small.find("date") != std::string::npos || small.find("time") != std::string::npos) return 40;
  return 0;
}

/// How much a column sounds like what tells one thing from another; 0 or less: not at all.
int key_score(const FoundColumn& column, int64_t rows) {
  const bool is_whole = column.type == ScalarType::kString || column.type == ScalarType::kInt64;
  if (!is_whole || column.is_time || column.nulls > 0 || (column.distinct == rows && rows > 1)) return 0;
  constexpr std::array<std::string_view, 30> kNames = {
      "id",      "key",    "user",  "customer", "client",   "account", "device", "sensor",  "station",  "machine",
      "pump",    "host",   "node",  "symbol",   "ticker",   "product", "item",   "store",   "shop",     "city",
      "country", "region", "state", "site",     "location", "name",    "origin", "carrier", "category", "series"};
  const std::string small = lower(column.name);
  int score = column.type == ScalarType::kString ? 20 : -50;
  if (ends_with_any(small, {"_id", "_key", "_code", "_no", "_name"}) || column.name.ends_with("Id")) score += 100;
  if (std::find(kNames.begin(), kNames.end(), small) != kNames.end()) score += small == "id" ? 100 : 60;
  if (column.distinct * 2 <= rows) score += 10;
  return score;
}

/// What integers of this size count since 1970, if they are the times of the last decades.
std::optional<TimeUnit> epoch_unit(const Column& integers) {
  int64_t least = INT64_MAX;
  int64_t greatest = INT64_MIN;
  for (int64_t row = 0; row < integers.length; ++row) {
    if (!integers.is_valid(row)) continue;
    least = std::min(least, integers.int64s()[row]);
    greatest = std::max(greatest, integers.int64s()[row]);
  }
  constexpr int64_t kSecondsMin = 300'000'000;    // 1979
  constexpr int64_t kSecondsMax = 4'000'000'000;  // 2096
  int64_t scale = 1;
  for (const TimeUnit unit : {TimeUnit::kSeconds, TimeUnit::kMilliseconds, TimeUnit::kMicroseconds}) {
    if (least >= kSecondsMin * scale && greatest <= kSecondsMax * scale) return unit;
    scale *= 1'000;
  }
  const bool is_nanoseconds = least >= kSecondsMin * scale && greatest <= kSecondsMax * scale;
  return is_nanoseconds ? std::optional(TimeUnit::kNanoseconds) : std::nullopt;
}

FoundColumn look_at(const ObservationTable& table, const std::string& name) {
  FoundColumn found;
  found.name = name;
  Result<Column> column = table.key_column(name, ScalarType::kNull);
  if (!column) column = table.key_column(name, ScalarType::kDouble);
  if (!column) return found;
  found.type = column->type.scalar;
  std::unordered_set<std::string> texts;
  for (int64_t row = 0; row < column->length; ++row) {
    if (!column->is_valid(row)) {
      ++found.nulls;
    } else if (found.type == ScalarType::kString || found.type == ScalarType::kInt64) {
      texts.insert(to_json(column->value_at(row)));
    }
  }
  found.distinct = static_cast<int64_t>(texts.size());

  const bool has_values = found.nulls < column->length;
  if (found.type == ScalarType::kTimestamp) found.is_time = has_values;
  if (found.type == ScalarType::kString) found.is_time = has_values && table.time_column(name, std::nullopt).ok();
  if (found.type == ScalarType::kInt64 && has_values && time_score(name) > 0) {
    found.unit = epoch_unit(*column);
    found.is_time = found.unit.has_value();
  }
  const bool is_whole = found.type == ScalarType::kString || found.type == ScalarType::kInt64;
  const bool is_named_so = time_score(name) > 0;
  if (is_whole && !found.is_time && has_values && (is_named_so || found.type == ScalarType::kString)) {
    found.time_format = find_time_format(table, name);
    // Eight digits may be anything, where the name does not speak of time.
    if (!is_named_so && found.time_format.starts_with("%Y%m%d")) found.time_format.clear();
    found.is_time = !found.time_format.empty();
  }
  return found;
}

FoundFile find_columns(LookedAtFile file) {
  FoundFile found{std::move(file), {}};
  for (const std::string& name : found.table.column_names()) found.columns.push_back(look_at(found.table, name));
  return found;
}

/// A listed path in the manner of the one that was asked for: relative to the working folder, where that was.
std::string as_given(const std::string& listed, const std::string& asked) {
  std::error_code code;
  if (asked.starts_with('/') || !listed.starts_with('/')) return listed;
  const auto relative = std::filesystem::proximate(listed, code);
  return code ? listed : relative.generic_string();
}

/// Files of one folder with the same columns, as a source.
struct FileGroup {
  std::vector<const FoundFile*> files;
  const FoundFile& first() const { return *files.front(); }
};

/// "data/a.csv.gz" -> ".csv.gz".
std::string extension_of(const std::string& path) {
  const std::string base = path.substr(path.find_last_of('/') + 1);
  return base.substr(std::min(base.find('.'), base.size()));
}

/// In the order in which they were named. Files that one glob stands for are one source if all have the same columns.
std::vector<FileGroup> grouped(const std::vector<FoundFile>& files) {
  std::map<std::pair<std::string, std::string>, std::vector<const FoundFile*>> beside;
  for (const FoundFile& file : files) beside[{folder_of(file.path), extension_of(file.path)}].push_back(&file);

  std::vector<FileGroup> groups;
  std::set<const FoundFile*> taken;
  for (const FoundFile& file : files) {
    if (taken.contains(&file)) continue;
    const std::vector<const FoundFile*>& others = beside[{folder_of(file.path), extension_of(file.path)}];
    const bool are_alike = std::all_of(others.begin(), others.end(), [&](const FoundFile* other) {
      return other->table.column_names() == file.table.column_names() && other->text.delimiter == file.text.delimiter;
    });
    groups.push_back({are_alike ? others : std::vector<const FoundFile*>{&file}});
    taken.insert(groups.back().files.begin(), groups.back().files.end());
  }
  return groups;
}

std::string identifier_of(std::string_view text) {
  std::string name = lower(text);
  for (char& each : name) {
    const bool is_plain = (each >= 'a' && each <= 'z') || (each >= '0' && each <= '9');
    if (!is_plain) each = '_';
  }
  while (name.size() > 1 && name.back() == '_') name.pop_back();
  if (name.empty() || (name.front() >= '0' && name.front() <= '9')) name = "t_" + name;
  return name == "feature" ? "feature_log" : name;
}

/// "data/a.csv.gz" -> "a".
std::string stem_of(const std::string& path) {
  const std::string base = path.substr(path.find_last_of('/') + 1);
  return base.substr(0, base.find('.'));
}

const FoundColumn* find_column(const FoundFile& file, const std::string& name) {
  const auto found = std::find_if(file.columns.begin(), file.columns.end(),
                                  [&](const FoundColumn& each) { return each.name == name; });
  return found == file.columns.end() ? nullptr : &*found;
}

Error no_such_column(const FoundFile& file, const std::string& name) {
  const std::string near = did_you_mean(name, file.table.column_names());
  return Error::not_found(fmt::format("{} has no column `{}`", file.path, name))
      .with_help(near.empty() ? fmt::format("its columns are {}", fmt::join(file.table.column_names(), ", ")) : near);
}

Result<const FoundColumn*> choose_event_time(const FoundFile& file, const InferenceHints& hints) {
  if (!hints.event_time.empty()) {
    const FoundColumn* column = find_column(file, hints.event_time);
    if (column == nullptr) return no_such_column(file, hints.event_time);
    if (column->is_time) return column;
    return Error::data(fmt::format("column `{}` of {} does not hold times that can be read", column->name, file.path))
        .with_help("times are 2024-03-01, 2024-03-01T12:00:00Z, or integers since 1970");
  }
  const FoundColumn* best = nullptr;
  for (const FoundColumn& each : file.columns) {
    if (each.is_time && (best == nullptr || time_score(each.name) > time_score(best->name))) best = &each;
  }
  if (best != nullptr) return best;
  return Error::data(fmt::format("no column of {} says when: none holds times that can be read", file.path))
      .with_help(fmt::format("times are 2024-03-01, 2024-03-01T12:00:00Z, or integers since 1970; its columns are {}",
                             fmt::join(file.table.column_names(), ", ")));
}

Result<std::vector<const FoundColumn*>> choose_keys(const FoundFile& file, const FoundColumn& event_time,
                                                    const InferenceHints& hints) {
  std::vector<const FoundColumn*> keys;
  for (const std::string& name : hints.keys) {
    const FoundColumn* column = find_column(file, name);
    if (column == nullptr) return no_such_column(file, name);
    if (!column->type || column->type == ScalarType::kDouble) {
      return Error::data(
                 fmt::format("column `{}` of {} cannot be a key: it is neither whole nor text", name, file.path))
          .with_help("a key is int64, string, bool or timestamp");
    }
    keys.push_back(column);
  }
  if (!keys.empty()) return keys;

  const FoundColumn* best = nullptr;
  for (const FoundColumn& each : file.columns) {
    if (&each == &event_time || key_score(each, file.table.rows()) <= 0) continue;
    if (best == nullptr || key_score(each, file.table.rows()) > key_score(*best, file.table.rows())) best = &each;
  }
  if (best != nullptr) return std::vector<const FoundColumn*>{best};
  return Error::data(fmt::format("no column of {} tells one thing from another", file.path))
      .with_help(fmt::format("name it with {}; its columns are {}", option(OptionName::kKey, "COLUMN"),
                             fmt::join(file.table.column_names(), ", ")));
}

/// Names differ, so that sources can be told apart.
std::string unused_name(std::string name, std::set<std::string>& used) {
  const std::string stem = name;
  for (int number = 2; !used.insert(name).second; ++number) name = fmt::format("{}_{}", stem, number);
  return name;
}

Result<InferredSource> source_of(const FileGroup& group, const InferenceHints& hints, std::set<std::string>& names) {
  const FoundFile& first = group.first();
  ASSIGN_OR_RETURN(const FoundColumn* event_time, choose_event_time(first, hints));
  ASSIGN_OR_RETURN(const std::vector<const FoundColumn*> keys, choose_keys(first, *event_time, hints));

  InferredSource source;
  source.format = first.format;
  const bool is_one = group.files.size() == 1;
  const std::string folder = folder_of(first.path);
  source.name = unused_name(identifier_of(is_one || folder == "." ? stem_of(first.path) : stem_of(folder)), names);
  source.path = is_one ? first.path : join_path(folder == "." ? "" : folder, "*" + extension_of(first.path));
  source.event_time = event_time->name;
  source.unit = event_time->unit;
  source.text = first.text;
  source.text.time_format = event_time->time_format;

  for (const FoundColumn* key : keys) {
    source.keys.push_back(key->name);
    source.key_types.push_back(*key->type);
    source.key_count = std::max(source.key_count, key->distinct);
    source.columns.emplace_back(key->name, *key->type);
  }
  for (const FoundColumn& each : first.columns) {
    const bool is_key = std::find(source.keys.begin(), source.keys.end(), each.name) != source.keys.end();
    if (is_key || each.name == source.event_time) continue;
    if (each.type) {
      source.columns.emplace_back(each.name, *each.type);
    } else {
      source.left_out.push_back(each.name);
    }
  }

  int64_t begin = kTimeMax;
  int64_t end = kTimeMin;
  for (const FoundFile* file : group.files) {
    source.files.push_back(file->path);
    source.rows += file->table.rows();
    source.is_whole &= file->table.is_whole();
    if (file->text.decimal != '.') source.text.decimal = file->text.decimal;
    if (file->text.encoding != TextEncoding::kUtf8) source.text.encoding = file->text.encoding;
    const ObservationTable table = file->table.with_time_format(source.text.time_format);
    ASSIGN_OR_RETURN(const Column times, table.time_column(source.event_time, source.unit));
    for (int64_t row = 0; row < times.length; ++row) {
      if (!times.is_valid(row)) continue;
      begin = std::min(begin, times.int64s()[row]);
      end = std::max(end, times.int64s()[row]);
    }
  }
  source.span = {begin <= end ? end - begin : 0};
  return source;
}

}  // namespace

Result<std::vector<InferredSource>> infer_sources(const std::vector<std::string>& paths, const InferenceHints& hints) {
  std::vector<FoundFile> files;
  for (const std::string& path : paths) {
    const std::optional<FileFormat> format = file_format_of_path(path);
    if (!format) {
      return Error::usage(fmt::format("the form of {} is not known", path))
          .with_help("name files that end in .parquet, .csv, .tsv, .ndjson or .jsonl");
    }
    ASSIGN_OR_RETURN(const InputFiles found, find_input_files(path, "", *format));
    for (const InputFile& each : found.files) {
      ASSIGN_OR_RETURN(LookedAtFile file, look_at_file(as_given(each.path, path), *format));
      files.push_back(find_columns(std::move(file)));
    }
  }

  std::vector<InferredSource> sources;
  std::set<std::string> names;
  for (const FileGroup& group : grouped(files)) {
    ASSIGN_OR_RETURN(InferredSource source, source_of(group, hints, names));
    sources.push_back(std::move(source));
  }
  return sources;
}

}  // namespace headrace
