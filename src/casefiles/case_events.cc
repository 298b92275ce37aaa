#include "casefiles/case_events.h"

#include "casefiles/case_codes.h"
#include "casefiles/comparison.h"
#include "language/diagnostics/suggest.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace headrace {
namespace {

const CaseValue* find_field(const CaseFields& fields, std::string_view name) {
  const auto found = std::find_if(fields.begin(), fields.end(), [&](const auto& field) { return field.first == name; });
  return found == fields.end() ? nullptr : &found->second;
}

/// The type that a key written so has; kNull for null and for what no key can be.
ScalarType written_type(const Value& value) {
  if (std::holds_alternative<int64_t>(value.data)) return ScalarType::kInt64;
  if (std::holds_alternative<std::string>(value.data)) return ScalarType::kString;
  if (std::holds_alternative<bool>(value.data)) return ScalarType::kBool;
  return ScalarType::kNull;
}

/// Widens what is known of one key's type by a value; reports the first that does not fit.
void take_key(const CaseFields& fields, const std::string& key, ScalarType& type, bool& is_reported,
              Diagnostics& diagnostics) {
  const CaseValue* field = find_field(fields, key);
  if (field == nullptr) return;
  const ScalarType written = written_type(field->value);
  if (written == ScalarType::kNull || written == type || is_reported) return;
  if (type == ScalarType::kNull) {
    type = written;
    return;
  }
  const std::string message =
      fmt::format("key `{}` is {} here and {} before", key, to_string(written), to_string(type));
  diagnostics.add(case_problem("T004", message, field->span, "quotes make text of a number"));
  is_reported = true;
}

std::string type_help(ScalarType type) {
  switch (type) {
    case ScalarType::kString: return "quotes make text of a number or a word such as `true`";
    case ScalarType::kTimestamp: return "write it as \"2024-03-01T12:00:00Z\"";
    case ScalarType::kDouble:
    case ScalarType::kInt64:
    case ScalarType::kBool:
    case ScalarType::kNull:
    case ScalarType::kDuration: return "";
  }
  return "";
}

/// Where each column of a request comes from in a row.
enum class Role { kKey, kEventTime, kArrival, kId, kValue };

Role role_of(size_t column, const SourceRequest& request) {
  if (column < request.key_count) return Role::kKey;
  if (column == request.key_count) return Role::kEventTime;
  if (request.has_arrival && column == request.arrival_column()) return Role::kArrival;
  return request.has_id && column == request.id_column() ? Role::kId : Role::kValue;
}

/// An id without a declared type: text as it is, an integer as text where another row has text.
std::optional<Value> id_as(const Value& value, ScalarType type) {
  const auto* number = std::get_if<int64_t>(&value.data);
  if (number != nullptr && type == ScalarType::kString) return Value{std::to_string(*number)};
  return value_of_type(value, Type{type});
}

/// int64 when the ids of all rows are integers, else string.
ScalarType id_type_of(const CaseFile& value, const std::string& source, const std::string& column) {
  for (const CaseEvents& events : value.events) {
    if (events.source != source) continue;
    for (const CaseRow& row : events.rows) {
      const CaseValue* field = find_field(row.fields, column);
      if (field != nullptr && std::holds_alternative<std::string>(field->value.data)) return ScalarType::kString;
    }
  }
  return ScalarType::kInt64;
}

/// A value as the column's type has it; nothing when it cannot.
std::optional<Value> typed_value(const CaseValue& field, Role role, const PlanSource& source, ScalarType wanted,
                                 ScalarType type) {
  if (role == Role::kEventTime) {
    const std::optional<EventTime> time = to_event_time(field.value, source.unit.value_or(TimeUnit::kMicroseconds));
    return time ? std::optional(Value{*time}) : std::nullopt;
  }
  if (role == Role::kId && wanted == ScalarType::kNull) return id_as(field.value, type);
  return value_of_type(field.value, Type{type});
}

std::string record_of(const CaseRow& row) {
  std::string json = "{";
  for (const auto& [name, field] : row.fields) {
    json += (json.size() > 1 ? ", " : "") + quote_json(name) + ": " + to_json(field.value);
  }
  return json + "}";
}

}  // namespace

std::vector<ScalarType> key_types_of(const CaseFile& value, const Plan& plan, size_t entity, Diagnostics& diagnostics) {
  const PlanEntity& of = plan.entities[entity];
  std::vector<ScalarType> types = of.key_types;
  for (size_t i = 0; i < of.keys.size(); ++i) {
    if (types[i] != ScalarType::kNull) continue;
    bool is_reported = false;
    for (const CaseEvents& events : value.events) {
      const auto source = std::find_if(plan.sources.begin(), plan.sources.end(),
                                       [&](const PlanSource& each) { return each.name == events.source; });
      if (source == plan.sources.end() || source->entity != entity) continue;
      for (const CaseRow& row : events.rows) take_key(row.fields, of.keys[i], types[i], is_reported, diagnostics);
    }
    for (const CaseAsk& ask : value.asks) {
      if (ask.entity.size() == of.keys.size()) take_key(ask.entity, of.keys[i], types[i], is_reported, diagnostics);
    }
    if (types[i] == ScalarType::kNull) types[i] = ScalarType::kString;
  }
  return types;
}

void EventReader::report(Diagnostic problem, BadEvent bad) {
  if (skips_bad_rows_) {
    problem.severity = Severity::kWarning;
    problem.message += bad.is_cell ? "; it is read as null" : "; the event is left out";
    bad_events_.push_back(std::move(bad));
  }
  diagnostics_.add(std::move(problem));
}

/// One row's values in the order of the request; nothing, and reported, when the row cannot be used.
std::optional<std::vector<Value>> EventReader::values_of(const CaseRow& row, const PlanSource& source,
                                                         const SourceRequest& request,
                                                         const std::vector<ScalarType>& types) {
  std::vector<Value> values;
  const size_t bad_events = bad_events_.size();
  for (size_t column = 0; column < request.columns.size(); ++column) {
    const std::string& name = request.columns[column];
    const Role role = role_of(column, request);
    const CaseValue* field = find_field(row.fields, name);
    BadEvent bad{source.name, row_, row.span, name, "is missing", "", record_of(row), /*is_cell=*/false};
    if (field == nullptr || field->value.is_null()) {
      if (role == Role::kValue || role == Role::kId) {
        values.emplace_back();
        continue;
      }
      bad_events_.resize(bad_events);
      report(case_problem("T001", fmt::format("an event of `{}` needs `{}`", source.name, name), row.span),
             std::move(bad));
      return std::nullopt;
    }
    std::optional<Value> typed = typed_value(*field, role, source, request.types[column], types[column]);
    if (typed) {
      values.push_back(std::move(*typed));
      continue;
    }

    bad.problem = fmt::format("is not of type {}", to_string(types[column]));
    bad.value = to_json(field->value);
    bad.is_cell = column >= request.first_value_column();
    const std::string message = fmt::format("column `{}` of `{}` is {}, but this is {}", name, source.name,
                                            to_string(types[column]), to_json(field->value));
    const bool is_cell = bad.is_cell;
    if (!is_cell) bad_events_.resize(bad_events);
    report(case_problem("T004", message, field->span, type_help(types[column])), std::move(bad));
    if (!is_cell || !skips_bad_rows_) return std::nullopt;
    values.emplace_back();
  }
  return values;
}

Batch EventReader::read(const PlanSource& source, const SourceRequest& request,
                        const std::vector<ScalarType>& key_types) {
  std::vector<ScalarType> types = request.types;
  std::copy(key_types.begin(), key_types.end(), types.begin());
  types[request.key_count] = ScalarType::kTimestamp;
  if (request.has_id && types[request.id_column()] == ScalarType::kNull) {
    types[request.id_column()] = id_type_of(value_, source.name, request.columns[request.id_column()]);
  }
  std::vector<ColumnBuilder> builders;
  for (const ScalarType type : types) builders.emplace_back(Type{type});

  row_ = 0;
  for (const CaseEvents& events : value_.events) {
    if (events.source != source.name) continue;
    for (const CaseRow& row : events.rows) {
      ++row_;
      const auto values = values_of(row, source, request, types);
      if (!values) continue;
      for (size_t column = 0; column < builders.size(); ++column) builders[column].append((*values)[column]);
    }
  }
  Batch batch;
  batch.rows = builders.front().length();
  for (ColumnBuilder& builder : builders) batch.columns.push_back(std::move(builder).finish());
  return batch;
}

std::optional<Value> key_value(const CaseFields& fields, const std::string& key, ScalarType type, const Span& span,
                               Diagnostics& diagnostics) {
  const CaseValue* field = find_field(fields, key);
  if (field == nullptr) {
    std::vector<std::string> names;
    for (const auto& [name, ignored] : fields) names.push_back(name);
    diagnostics.add(
        case_problem("T003", fmt::format("`entity` needs the key `{}`", key), span, did_you_mean(key, names)));
    return std::nullopt;
  }
  if (field->value.is_null()) return Value{};
  std::optional<Value> typed = value_of_type(field->value, Type{type});
  if (!typed) {
    const std::string message =
        fmt::format("key `{}` is {}, but this is {}", key, to_string(type), to_json(field->value));
    diagnostics.add(case_problem("T004", message, field->span, type_help(type)));
  }
  return typed;
}

double largest_magnitude(const CaseFile& value, const std::string& source, const std::string& column) {
  double largest = 0;
  for (const CaseEvents& events : value.events) {
    if (events.source != source) continue;
    for (const CaseRow& row : events.rows) {
      if (const CaseValue* field = find_field(row.fields, column))
        largest = std::max(largest, magnitude_of(field->value));
    }
  }
  return largest;
}

}  // namespace headrace
