#include "io/json/json_events.h"

#include "engine/stream/undecoded_message.h"
#include "io/text/text_values.h"

#include <fmt/format.h>

#include <algorithm>

namespace headrace {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

std::string_view trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

/// That of the source's files, but for the decimal mark: numbers of JSON have a point.
TextForm form_of_events(const PlanSource& definition) {
  TextForm form = definition.batch ? definition.batch->text : TextForm();
  form.decimal = '.';
  return form;
}

/// A message that could not be decoded tells why itself, and its bytes say nothing beside that.
void drop_unreadable(RowBatcher& batcher, const char* problem, std::string_view record) {
  const std::optional<UndecodedMessage> undecoded = undecoded_message_of(record);
  batcher.drop("", undecoded ? undecoded->reason : problem, undecoded ? std::string_view() : record);
}

/// Where the commas and the end of an array are follows from brackets and strings alone.
Result<std::vector<std::string_view>> items_of(std::string_view text) {
  std::vector<std::string_view> items;
  size_t begin = 1;
  int depth = 0;
  bool is_in_string = false;
  const auto end_item = [&](size_t at) {
    if (const std::string_view item = trimmed(text.substr(begin, at - begin)); !item.empty()) items.push_back(item);
    begin = at + 1;
  };

  for (size_t at = 1; at < text.size(); ++at) {
    const char c = text[at];
    if (is_in_string) {
      if (c == '\\') ++at;
      if (c == '"') is_in_string = false;
    } else if (c == '"') {
      is_in_string = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (depth == 0 && c == ']') {
      end_item(at);
      if (trimmed(text.substr(at + 1)).empty()) return items;
      return Error::data("there is text behind the end of the JSON array");
    } else if (c == '}' || c == ']') {
      --depth;
    } else if (depth == 0 && c == ',') {
      end_item(at);
    }
  }
  return Error::data("the JSON array does not end").with_help("was the text cut off?");
}

}  // namespace

Result<std::vector<std::string_view>> records_of(std::string_view text) {
  text = trimmed(text);
  if (text.starts_with('[')) return items_of(text);
  return json_lines_of(text);
}

std::vector<std::string_view> json_lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    if (const std::string_view line = trimmed(text.substr(0, end)); !line.empty()) lines.push_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

JsonEvents::JsonEvents(const PlanSource& definition, const SourceRequest& request, std::string shown)
    : form_(form_of_events(definition)), columns_(requested_columns(definition, request)) {
  place_.shown = std::move(shown);
  takes_integers_.assign(columns_.size(), 0);
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i].is_key || columns_[i].type != ScalarType::kNull) continue;
    columns_[i].type = ScalarType::kString;  // an id: 7 and "7" are the same
    takes_integers_[i] = 1;
  }
}

Status JsonEvents::settle_key_types(std::span<const std::string_view> records) {
  for (RequestedColumn& column : columns_) {
    if (column.type != ScalarType::kNull) continue;
    JsonKind kind = JsonKind::kNull;
    std::string text;
    for (size_t i = 0; i < records.size() && kind == JsonKind::kNull; ++i) {
      scanner_.scan(records[i], [&](const JsonField& field) {
        if (field.key == column.name) kind = field.kind, text = field.text;
      });
    }

    if (kind == JsonKind::kNull) continue;  // nobody has it: the rows are unreadable, and the next may tell
    if (kind == JsonKind::kString) {
      column.type = ScalarType::kString;
    } else if (kind == JsonKind::kBool) {
      column.type = ScalarType::kBool;
    } else if (kind == JsonKind::kNumber && is_plain_integer(text)) {
      column.type = ScalarType::kInt64;
    } else {
      return Error::data(fmt::format("{}: the key `{}` is {}, and a key is int64, string, bool or timestamp",
                                     place_.shown, column.name, text))
          .with_help(fmt::format("declare its type in the source: `columns: {{{}: ..}}`", column.name));
    }
  }
  return {};
}

Result<DecodedEvents> JsonEvents::decode(std::span<const std::string_view> records) {
  RETURN_IF_ERROR(settle_key_types(records));
  bindings_.clear();
  for (const RequestedColumn& column : columns_) {
    TextBinding& binding = bindings_.emplace_back();
    binding.wanted = column;
    if (column.type == ScalarType::kNull) binding.wanted.type = ScalarType::kString;  // no record has it
  }

  DecodedEvents events;
  UnitFindings findings(UnitFindings::kNoLimit, /*wants_records=*/true, [&](std::vector<BadRow> rows) -> Status {
    for (BadRow& row : rows) events.problems.push_back(std::move(row));
    return {};
  });
  const Source::Consume consume = [&](const Batch& batch) -> Status {
    if (batch.rows > 0) events.batches.push_back(batch);
    return {};
  };
  RowBatcher batcher(place_, bindings_, form_, consume, findings);
  JsonRow fields(columns_, takes_integers_, form_);
  const JsonScanner::Visit take_field = [&](const JsonField& field) { fields.take(field); };
  for (size_t i = 0; i < records.size(); ++i) {
    batcher.begin_row(static_cast<int64_t>(i) + 1, static_cast<int64_t>(i) + 1, records[i]);
    fields.begin_row();
    if (const char* problem = scanner_.scan(records[i], take_field)) {
      drop_unreadable(batcher, problem, records[i]);
    } else {
      fields.set_row(batcher);
    }
    RETURN_IF_ERROR(batcher.end_row(static_cast<int64_t>(records[i].size())));
  }
  RETURN_IF_ERROR(batcher.finish());
  RETURN_IF_ERROR(findings.finish());

  std::vector<uint8_t> is_left_out(records.size());
  for (const BadRow& problem : events.problems) {
    if (!problem.is_cell) is_left_out[static_cast<size_t>(problem.row - 1)] = 1;
  }
  for (size_t i = 0; i < records.size(); ++i) {
    if (is_left_out[i] == 0) events.records.push_back(static_cast<int64_t>(i));
  }
  events.unreadable = static_cast<int64_t>(records.size() - events.records.size());
  return events;
}

}  // namespace headrace
