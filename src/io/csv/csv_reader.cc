#include "io/csv/csv_reader.h"

#include <fmt/format.h>

#include <cstring>
#include <utility>

namespace headrace {
namespace {

constexpr char kOpenQuote[] = "has a quote that is not closed (inside a text, a quote is written twice)";
/// A quoted field is given up as one that is not closed where it does not end within so much.
constexpr size_t kQuotedBytesMax = size_t{16} << 20;

}  // namespace

Result<CsvReader> CsvReader::open(const InputFile& file, const TextForm& form) {
  ASSIGN_OR_RETURN(std::optional<CsvReader> reader, open_if_any(file, form));
  if (!reader) {
    return Error::data(fmt::format("`{}` is empty; its first line must name the columns", file.shown))
        .with_help("write the names of the columns into it, or leave the file out");
  }
  return *std::move(reader);
}

Result<std::optional<CsvReader>> CsvReader::open_if_any(const InputFile& file, const TextForm& form) {
  const char delimiter = form.delimiter != 0 ? form.delimiter : is_tab_separated(file.path) ? '\t' : ',';
  ASSIGN_OR_RETURN(TextWindow window, TextWindow::open(file, form.encoding));
  CsvReader reader(std::move(window), file.shown, delimiter, form.quote);
  if (!form.has_header) {
    RETURN_IF_ERROR(reader.name_columns(form.header));
    return std::optional<CsvReader>(std::move(reader));
  }
  ASSIGN_OR_RETURN(const bool has_header, reader.read_header());
  return has_header ? std::optional<CsvReader>(std::move(reader)) : std::nullopt;
}

Result<bool> CsvReader::read_header() {
  ASSIGN_OR_RETURN(const bool has_header, next_record());
  if (!has_header) return false;
  if (!problem_.empty()) return Error::data(fmt::format("`{}`: the header, line {}, {}", shown_, line(), problem_));
  for (const CsvField& field : fields_) header_.emplace_back(field.text);
  return true;
}

Status CsvReader::name_columns(const std::vector<std::string>& names) {
  row_ = 0;
  header_ = names;
  if (!names.empty()) return {};
  ASSIGN_OR_RETURN(has_first_record_, next_record());
  for (size_t i = 0; has_first_record_ && i < fields_.size(); ++i) header_.push_back(unnamed_column(i));
  return {};
}

Result<std::optional<size_t>> CsvReader::find_column(const std::string& name) const {
  std::optional<size_t> found;
  for (size_t i = 0; i < header_.size(); ++i) {
    if (header_[i] != name) continue;
    if (found.has_value()) return Error::data(fmt::format("`{}`: there are several columns named `{}`", shown_, name));
    found = i;
  }
  return found;
}

Result<bool> CsvReader::next() {
  const bool is_read = std::exchange(has_first_record_, false);
  ASSIGN_OR_RETURN(const bool has_record, is_read ? Result<bool>(true) : next_record());
  if (has_record && problem_.empty() && fields_.size() != header_.size()) {
    problem_ = fmt::format("has {} field{}, the header has {}", fields_.size(), fields_.size() == 1 ? "" : "s",
                           header_.size());
  }
  return has_record;
}

Result<bool> CsvReader::next_record() {
  for (;;) {
    // Empty lines between records.
    std::string_view text = window_.text();
    while (!text.empty() && (text[0] == '\n' || text.starts_with("\r\n"))) {
      const size_t length = text[0] == '\n' ? 1 : 2;
      window_.take(length);
      bytes_read_ += static_cast<int64_t>(length);
      ++next_line_;
      text = window_.text();
    }
    const bool might_be_line_end = text == "\r";
    if (text.empty() || might_be_line_end) {
      if (window_.is_at_end()) return false;
      RETURN_IF_ERROR(window_.read_more());
      continue;
    }
    if (split_record(text) == Outcome::kRecord) break;
    RETURN_IF_ERROR(window_.read_more());
  }
  window_.take(record_bytes_);
  bytes_read_ += static_cast<int64_t>(record_bytes_);
  line_ = next_line_;
  next_line_ += record_lines_;
  ++row_;
  return true;
}

/// Splits the first record of the text. Fields point into the text, which stays where it is until the next read_more().
CsvReader::Outcome CsvReader::split_record(std::string_view text) {
  fields_.clear();
  problem_.clear();
  unescaped_.clear();
  unescaped_.reserve(text.size());  // Views into it must not move.
  record_lines_ = 0;

  const char* position = text.data();
  const char* const end = text.data() + text.size();
  const bool is_last = window_.is_at_end();
  const char delimiter = delimiter_;
  const char quote = quote_;

  for (;;) {
    if (position != end && *position == quote && quote != 0) {
      position = take_quoted(position + 1, end);
      if (position == nullptr) {
        if (!is_last && text.size() < kQuotedBytesMax) return Outcome::kNeedsMore;
        problem_ = kOpenQuote;
        position = end;
        break;
      }
    } else {
      const char* const start = position;
      while (position != end && *position != delimiter && *position != '\n') ++position;
      const bool has_return = position != start && position[-1] == '\r' && (position == end || *position == '\n');
      fields_.push_back({{start, static_cast<size_t>(position - start - (has_return ? 1 : 0))}, false});
    }

    if (position == end) {
      if (!is_last) return Outcome::kNeedsMore;
      break;
    }
    const char separator = *position++;
    if (separator == '\n') {
      ++record_lines_;
      break;
    }
  }

  // What follows the record belongs to the next.
  record_bytes_ = static_cast<size_t>(position - text.data());
  if (!problem_.empty()) end_at_first_line(text);
  record_ = text.substr(0, record_bytes_);
  if (record_.ends_with('\n')) record_.remove_suffix(record_.ends_with("\r\n") ? 2 : 1);
  return Outcome::kRecord;
}

/// A quote that is not closed, or closed by the opening one of a later field, must not swallow the lines behind it: each
/// of them is a record again.
void CsvReader::end_at_first_line(std::string_view text) {
  const size_t line_end = text.find('\n');
  if (line_end == std::string_view::npos || line_end + 1 >= record_bytes_) return;
  record_bytes_ = line_end + 1;
  record_lines_ = 1;
  fields_.clear();
  problem_ = kOpenQuote;
}

/// Takes a quoted field from behind its first quote; returns the separator behind it, or null when its end is not
/// there.
const char* CsvReader::take_quoted(const char* position, const char* end) {
  const char* start = position;
  const size_t unescaped_start = unescaped_.size();
  bool has_doubled = false;

  for (;;) {
    const auto* quote = static_cast<const char*>(std::memchr(position, quote_, static_cast<size_t>(end - position)));
    if (quote == nullptr || quote + 1 == end) {
      if (quote == nullptr || !window_.is_at_end()) return nullptr;
    } else if (quote[1] == quote_) {
      unescaped_.append(position, quote + 1);
      has_doubled = true;
      position = quote + 2;
      continue;
    }

    for (const char* c = start; c != quote; ++c) record_lines_ += *c == '\n' ? 1 : 0;
    if (has_doubled) {
      unescaped_.append(position, quote);
      fields_.push_back({{unescaped_.data() + unescaped_start, unescaped_.size() - unescaped_start}, true});
    } else {
      fields_.push_back({{start, static_cast<size_t>(quote - start)}, true});
    }

    // Behind the closing quote comes a delimiter or the line's end.
    position = quote + 1;
    if (end - position >= 2 && position[0] == '\r' && position[1] == '\n') return position + 1;
    if (end - position == 1 && position[0] == '\r') return window_.is_at_end() ? end : nullptr;
    if (position == end || *position == delimiter_ || *position == '\n') return position;
    problem_ = "has text behind a closing quote";
    while (position != end && *position != delimiter_ && *position != '\n') ++position;
    return position;
  }
}

}  // namespace headrace
