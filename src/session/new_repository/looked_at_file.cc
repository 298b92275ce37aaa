#include "session/new_repository/looked_at_file.h"

#include <algorithm>
#include <array>

namespace headrace {
namespace {

Result<ObservationTable> read_head(const std::string& path, const TextForm& text) {
  return read_observations(path, {.text = text, .rows_max = LookedAtFile::kRowsMax});
}

int64_t count_doubles(const ObservationTable& table) {
  const std::vector<std::string>& names = table.column_names();
  return std::count_if(names.begin(), names.end(), [&](const std::string& name) {
    const Result<Column> column = table.key_column(name, ScalarType::kNull);
    return !column.ok() && table.key_column(name, ScalarType::kDouble).ok();
  });
}

/// A file that does not come apart with its own delimiter, or into one column only, may have another one.
Result<ObservationTable> read_with_some_delimiter(const std::string& path, TextForm& text) {
  Result<ObservationTable> common = read_head(path, text);
  const bool is_in_parts = common.ok() && common->column_names().size() > 1;
  const bool is_out_of_reach = !common.ok() && common.error().kind() != ErrorKind::kData;
  if (is_in_parts || is_out_of_reach) return common;
  for (const char delimiter : {';', '\t', '|'}) {
    TextForm other = text;
    other.delimiter = delimiter;
    Result<ObservationTable> table = read_head(path, other);
    if (!table.ok() || table->column_names().size() < 2) continue;
    text = other;
    return table;
  }
  return common;
}

}  // namespace

Result<LookedAtFile> look_at_file(const std::string& path, FileFormat format) {
  TextForm text;
  if (format != FileFormat::kCsv) {
    ASSIGN_OR_RETURN(ObservationTable table, read_head(path, text));
    return LookedAtFile{path, format, text, std::move(table)};
  }
  ASSIGN_OR_RETURN(ObservationTable table, read_with_some_delimiter(path, text));
  if (!table.is_utf8()) {
    text.encoding = TextEncoding::kWindows1252;
    ASSIGN_OR_RETURN(table, read_head(path, text));
  }

  if (text.delimiter == 0) return LookedAtFile{path, format, text, std::move(table)};
  // Where a comma separates the fields, it is no decimal mark.
  TextForm with_comma = text;
  with_comma.decimal = ',';
  if (const auto other = read_head(path, with_comma); other.ok() && count_doubles(*other) > count_doubles(table)) {
    return LookedAtFile{path, format, with_comma, *other};
  }
  return LookedAtFile{path, format, text, std::move(table)};
}

std::string find_time_format(const ObservationTable& table, const std::string& column) {
  constexpr std::array<const char*, 5> kDays = {"%d.%m.%Y", "%Y/%m/%d", "%d/%m/%Y", "%m/%d/%Y", "%Y%m%d"};
  constexpr std::array<const char*, 4> kTimes = {"", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f"};
  std::string found;
  for (const std::string day : kDays) {
    for (const char* time : kTimes) {
      if (!table.with_time_format(day + time).time_column(column, std::nullopt).ok()) continue;
      if (!found.empty()) return {};  // 01/02/2024: nobody knows which is the day
      found = day + time;
      break;
    }
  }
  return found;
}

}  // namespace headrace
