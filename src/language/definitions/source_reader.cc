#include "language/definitions/documents.h"
#include "language/diagnostics/codes.h"
#include "language/diagnostics/suggest.h"

#include <fmt/format.h>

#include <algorithm>

namespace headrace {
namespace {

const std::vector<std::string> kColumnTypes = {"bool", "int64", "double", "string", "timestamp"};

/// What other systems call the types.
std::string type_elsewhere(std::string_view word) {
  constexpr std::pair<std::string_view, std::string_view> kWords[] = {
      {"float", "double"},   {"float64", "double"}, {"real", "double"},   {"number", "double"},
      {"decimal", "double"}, {"int", "int64"},      {"integer", "int64"}, {"long", "int64"},
      {"bigint", "int64"},   {"int32", "int64"},    {"boolean", "bool"},  {"str", "string"},
      {"text", "string"},    {"varchar", "string"}, {"utf8", "string"},   {"datetime", "timestamp"},
      {"time", "timestamp"}, {"date", "timestamp"}, {"float32", "double"}};
  for (const auto& [theirs, ours] : kWords) {
    if (theirs == word) return fmt::format("write `{}`", ours);
  }
  return "";
}

std::optional<ScalarType> read_column_type(const YamlNode& node, std::string_view column, Diagnostics& diagnostics) {
  if (!node.is_scalar()) {
    report_kind(node, fmt::format("the type of column `{}`", column), "one of " + list_words(kColumnTypes, "and"),
                diagnostics);
    return std::nullopt;
  }
  if (auto type = column_type_from_string(node.text)) return type;
  Diagnostic problem = make_diagnostic("S002", fmt::format("`{}` is not a type of columns", node.text), node.span());
  problem.help = type_elsewhere(node.text);
  if (problem.help.empty()) problem.help = did_you_mean(node.text, kColumnTypes);
  if (problem.help.empty()) problem.help = "a column is " + list_words(kColumnTypes, "or");
  diagnostics.add(std::move(problem));
  return std::nullopt;
}

/// `speed: double`, or `speed: {type: double, required: true}`.
ColumnDefinition read_column(const YamlNode& name, const YamlNode& node, Diagnostics& diagnostics) {
  ColumnDefinition column{name.text, ScalarType::kNull, name.span()};
  if (!node.is_mapping()) {
    column.type = read_column_type(node, name.text, diagnostics).value_or(ScalarType::kNull);
    return column;
  }
  Fields fields(node, fmt::format("column `{}`", name.text), name.span(), {"type", "required"}, diagnostics);
  if (const YamlNode* type = fields.required("type")) {
    column.type = read_column_type(*type, name.text, diagnostics).value_or(ScalarType::kNull);
  }
  if (const YamlNode* required = fields.optional("required")) {
    const Value value = required->is_scalar() ? resolve_scalar(*required) : Value{};
    if (const bool* is_required = std::get_if<bool>(&value.data)) {
      column.is_required = *is_required;
    } else {
      report_kind(*required, "`required`", "true or false", diagnostics);
    }
  }
  return column;
}

void read_columns(Fields& fields, SourceDocument& source) {
  const YamlNode* node = fields.required("columns");
  source.are_columns_known = node != nullptr && node->is_mapping();
  if (node == nullptr) return;
  if (!node->is_mapping()) {
    report_kind(*node, "`columns`", "a mapping of names to types", fields.diagnostics());
    return;
  }
  for (size_t i = 0; i + 1 < node->items.size(); i += 2) {
    if (fields.diagnostics().is_full()) return;
    source.definition.columns.push_back(read_column(*node->items[i], *node->items[i + 1], fields.diagnostics()));
  }
}

/// What may be said of the streams of a system.
struct StreamForm {
  StreamKind kind;
  std::vector<std::string> required;
  std::vector<std::string> optional;
};
const std::vector<StreamForm> kStreamForms = {{StreamKind::kKafka, {"brokers", "topic"}, {"group"}},
                                              {StreamKind::kPubSub, {"subscription"}, {"project", "topic"}},
                                              {StreamKind::kPush, {}, {}}};

/// A subscription of Pub/Sub is a full path, or a name beside its project.
void check_subscription(const StreamLocation& stream, Span place, Diagnostics& diagnostics) {
  const auto subscription = stream.options.find("subscription");
  if (stream.kind != StreamKind::kPubSub || subscription == stream.options.end()) return;
  const std::string& path = subscription->second;
  const bool is_name = path.find('/') == std::string::npos;
  const bool is_path = path.starts_with("projects/") && std::count(path.begin(), path.end(), '/') == 3 &&
                       path.find("/subscriptions/") != std::string::npos;
  if (is_path || (is_name && stream.options.contains("project"))) return;
  Diagnostic problem = make_diagnostic(
      "S010",
      fmt::format("the subscription `{}` {}", path, is_name ? "has no `project`" : "is no path of a subscription"),
      place);
  problem.help = is_name ? "add `project: ..` beside it"
                         : "write `projects/PROJECT/subscriptions/NAME`, or the name alone with `project`";
  diagnostics.add(std::move(problem));
}

void read_stream_options(const StreamForm& form, const YamlNode& node, StreamLocation& stream,
                         Diagnostics& diagnostics) {
  if (node.is_null()) {
    if (form.required.empty()) return;
  } else if (!node.is_mapping()) {
    report_kind(node, fmt::format("`{}`", to_string(form.kind)), "a mapping of options", diagnostics);
    return;
  }
  std::vector<std::string> keys = form.required;
  keys.insert(keys.end(), form.optional.begin(), form.optional.end());
  Fields options(node, fmt::format("`{}` stream", to_string(form.kind)), node.span(), keys, diagnostics);
  Span place = node.span();
  for (const std::string& key : keys) {
    const bool is_required = std::find(form.required.begin(), form.required.end(), key) != form.required.end();
    const auto text = is_required ? options.required_text(key) : options.optional_text(key);
    if (text) stream.options[key] = text->text;
    if (text && key == "subscription") place = text->span;
  }
  check_subscription(stream, place, diagnostics);
}

void read_stream(Fields& fields, SourceDocument& source) {
  const YamlNode* node = fields.optional("stream");
  if (node == nullptr) return;
  Diagnostics& diagnostics = fields.diagnostics();
  if (!node->is_mapping()) {
    report_kind(*node, "`stream`", "a mapping with `kafka`, `pubsub` or `push`", diagnostics);
    return;
  }

  std::vector<std::string> keys;
  for (const StreamForm& form : kStreamForms) keys.emplace_back(to_string(form.kind));
  keys.emplace_back("format");
  Fields stream(*node, "`stream`", node->span(), keys, diagnostics);

  // The system is the one key beside the format.
  StreamLocation location;
  int count = 0;
  for (const StreamForm& form : kStreamForms) {
    const YamlNode* options = stream.nullable(to_string(form.kind));
    if (options == nullptr) continue;
    ++count;
    location.kind = form.kind;
    read_stream_options(form, *options, location, diagnostics);
  }
  if (count != 1) {
    Diagnostic problem = make_diagnostic(
        "S008", count == 0 ? "`stream` names no system" : "`stream` names several systems", node->span());
    problem.help = "write exactly one of `kafka`, `pubsub` and `push`";
    diagnostics.add(std::move(problem));
  }

  stream.optional_word("format", {"json"});  // the only one, and the default
  source.definition.stream = std::move(location);
}

/// A default of 0s is written by leaving the key out or as `0s`.
void read_lateness(Fields& fields, SourceDocument& source) {
  const YamlNode* node = fields.optional("allowed_lateness");
  if (node == nullptr) return;
  const bool is_zero = node->is_scalar() && (node->text == "0s" || node->text == "0ms" || node->text == "0m" ||
                                             node->text == "0h" || node->text == "0d");
  if (is_zero) return;
  if (const auto lateness = read_duration(*node, "`allowed_lateness`", fields.diagnostics()))
    source.definition.allowed_lateness = *lateness;
}

void read_unit(Fields& fields, SourceDocument& source) {
  const std::vector<std::string> words = {"s", "ms", "us", "ns"};
  const auto unit = fields.optional_word("unit", words);
  if (!unit) return;
  source.unit_span = fields.mapping().find("unit")->span();
  const TimeUnit units[] = {TimeUnit::kSeconds, TimeUnit::kMilliseconds, TimeUnit::kMicroseconds,
                            TimeUnit::kNanoseconds};
  source.definition.unit = units[std::find(words.begin(), words.end(), *unit) - words.begin()];
}

/// The event time, where it is among the columns: a timestamp, or an integer with `unit`.
void check_event_time(const SourceDocument& source, Diagnostics& diagnostics) {
  const ColumnDefinition* column = source.event_time ? source.find_column(source.event_time->text) : nullptr;
  if (column == nullptr || column->type == ScalarType::kNull) return;

  const bool has_unit = source.definition.unit.has_value();
  const bool is_integer = column->type == ScalarType::kInt64;
  if (!is_integer && column->type != ScalarType::kTimestamp) {
    Diagnostic problem = make_diagnostic(
        "S003", fmt::format("the event time `{}` is a {}, which is not a time", column->name, to_string(column->type)),
        source.event_time->span);
    problem.label = "must be a timestamp, or an int64 with `unit`";
    problem.related.push_back({column->span, "declared here"});
    diagnostics.add(std::move(problem));
  } else if (is_integer && !has_unit) {
    Diagnostic problem = make_diagnostic(
        "S004", fmt::format("the event time `{}` is an int64, but nothing says what it counts", column->name),
        source.event_time->span);
    problem.help = "add `unit: s`, `ms`, `us` or `ns`";
    problem.related.push_back({column->span, "declared here"});
    diagnostics.add(std::move(problem));
  } else if (!is_integer && has_unit) {
    Diagnostic problem = make_diagnostic(
        "S004", fmt::format("`unit` is for integers, but the event time `{}` is a timestamp", column->name),
        source.unit_span);
    problem.help = "remove `unit`, or declare the column as int64";
    problem.related.push_back({column->span, "declared here"});
    diagnostics.add(std::move(problem));
  }
}

void check_arrival(const SourceDocument& source, Diagnostics& diagnostics) {
  if (!source.arrival || !source.are_columns_known) return;
  const ColumnDefinition* column = source.find_column(source.arrival->text);
  // Like keys and the event time, it need not be listed among the columns.
  if (column == nullptr || column->type == ScalarType::kInt64 || column->type == ScalarType::kNull) return;
  Diagnostic problem = make_diagnostic(
      "S005", fmt::format("`arrival` must be an int64 column, but `{}` is a {}", column->name, to_string(column->type)),
      source.arrival->span);
  problem.related.push_back({column->span, "declared here"});
  diagnostics.add(std::move(problem));
}

/// A key that says something about repeated events, and so needs `id`.
void report_without_id(const std::string& key, Span place, Diagnostics& diagnostics) {
  Diagnostic problem = make_diagnostic("S011", fmt::format("`{}` needs `id`", key), place);
  problem.help = "add `id: COLUMN`: the column whose value is the same when an event is sent again";
  diagnostics.add(std::move(problem));
}

/// The type of a column that need not be listed; reports one that is listed with another type.
ScalarType check_listed_type(const SourceDocument& source, const PlacedText& column, std::string_view code,
                             const std::vector<ScalarType>& types, std::string message, Diagnostics& diagnostics) {
  const ColumnDefinition* listed = source.find_column(column.text);
  if (listed == nullptr) return ScalarType::kNull;
  const bool is_fit = std::find(types.begin(), types.end(), listed->type) != types.end();
  if (!is_fit && listed->type != ScalarType::kNull) {
    Diagnostic problem = make_diagnostic(
        code, std::move(message) + fmt::format(", but `{}` is {}", column.text, with_article(listed->type)),
        column.span);
    problem.related.push_back({listed->span, "declared here"});
    diagnostics.add(std::move(problem));
  }
  return is_fit ? listed->type : ScalarType::kNull;
}

/// `id`, `duplicates` and `deleted`: which rows are one event, and which of them counts.
void read_identity(Fields& fields, SourceDocument& source) {
  Diagnostics& diagnostics = fields.diagnostics();
  const auto id = fields.optional_text("id");
  const auto duplicates = fields.optional_word("duplicates", {"last", "first"});
  const auto deleted = fields.optional_text("deleted");
  const bool has_id_key = fields.mapping().find("id") != nullptr;  // though it may be wrong, and reported
  const bool is_first_kept = duplicates == "first";

  if (!has_id_key && duplicates)
    report_without_id("duplicates", fields.mapping().find("duplicates")->span(), diagnostics);
  if (!has_id_key && deleted) report_without_id("deleted", deleted->span, diagnostics);
  if (deleted && is_first_kept) {
    Diagnostic problem =
        make_diagnostic("S012", "`deleted` cannot be together with `duplicates: first`", deleted->span);
    problem.label = "a later row that takes an event back would not count";
    problem.related.push_back({fields.mapping().find("duplicates")->span(), "the first row counts"});
    problem.help = "remove `duplicates`: the last row counts, and a deletion is a last row";
    diagnostics.add(std::move(problem));
  }

  EventIdentity identity;
  if (deleted) {
    identity.deleted = deleted->text;
    check_listed_type(source, *deleted, "S014", {ScalarType::kBool}, "`deleted` must be a bool column", diagnostics);
  }
  if (!id) return;
  identity.id = id->text;
  identity.is_first_kept = is_first_kept;
  identity.id_type = check_listed_type(source, *id, "S013", {ScalarType::kInt64, ScalarType::kString},
                                       "`id` must be an int64 or string column", diagnostics);
  source.definition.identity = std::move(identity);
}

}  // namespace

const ColumnDefinition* SourceDocument::find_column(std::string_view name) const {
  for (const ColumnDefinition& column : definition.columns) {
    if (column.name == name) return &column;
  }
  return nullptr;
}

SourceDocument read_source(const YamlNode& body, Span place, Diagnostics& diagnostics) {
  const size_t errors = diagnostics.error_reports();
  SourceDocument source;
  source.place = place;
  Fields fields(body, "source", place,
                {"name", "entity", "event_time", "columns", "description", "unit", "batch", "stream",
                 "allowed_lateness", "arrival", "id", "duplicates", "deleted", "quality_checks"},
                diagnostics);

  if (const auto name = fields.required_text("name")) {
    source.definition.name = name->text;
    place = name->span;
    if (!is_identifier(name->text)) {
      Diagnostic problem =
          make_diagnostic("D008", fmt::format("`{}` cannot be the name of a source", name->text), name->span);
      problem.help = "a name has letters, digits and `_`, and does not begin with a digit";
      diagnostics.add(std::move(problem));
    } else if (name->text == "feature") {
      Diagnostic problem = make_diagnostic("S009", "a source cannot be called `feature`", name->span);
      problem.help = "`feature.NAME` stands for a feature in formulas; choose another name";
      diagnostics.add(std::move(problem));
    }
  }
  source.definition.span = place;

  if (const auto description = fields.optional_text("description")) source.definition.description = description->text;
  source.entity = fields.optional_text("entity");
  if (source.entity) source.definition.entity = source.entity->text;
  source.event_time = fields.required_text("event_time");
  if (source.event_time) source.definition.event_time = source.event_time->text;

  read_unit(fields, source);
  read_columns(fields, source);
  source.definition.batch = read_batch(fields);
  read_stream(fields, source);
  read_lateness(fields, source);
  source.arrival = fields.optional_text("arrival");
  if (source.arrival) source.definition.arrival = source.arrival->text;
  read_identity(fields, source);
  if (const YamlNode* checks = fields.optional("quality_checks"))
    source.checks = read_source_checks(*checks, diagnostics);

  check_event_time(source, diagnostics);
  check_arrival(source, diagnostics);
  source.is_sound = diagnostics.error_reports() == errors;
  return source;
}

}  // namespace headrace
