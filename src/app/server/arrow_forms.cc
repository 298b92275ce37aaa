#include "app/server/arrow_forms.h"

#include "io/write/arrow_stream.h"

#include <algorithm>
#include <utility>

namespace headrace {
namespace {

/// Of the values that a request gave: integers, truths or texts where all are that, else their JSON as text.
Column column_of_keys(const std::vector<Value>& values) {
  const auto all_are = [&]<typename T>(T) {
    return std::all_of(values.begin(), values.end(),
                       [](const Value& each) { return each.is_null() || std::holds_alternative<T>(each.data); });
  };
  const ScalarType type = all_are(int64_t{}) ? ScalarType::kInt64
                          : all_are(bool{})  ? ScalarType::kBool
                                             : ScalarType::kString;
  const bool is_as_given = type != ScalarType::kString || all_are(std::string());
  ColumnBuilder builder({type});
  for (const Value& each : values) builder.append(is_as_given || each.is_null() ? each : Value{to_json(each)});
  return std::move(builder).finish();
}

class ArrowForms : public ArrowBodies {
 public:
  ApiOr<std::string> events(std::string_view stream) const override {
    Result<std::string> lines = json_lines_of_arrow(stream);
    if (!lines) return ApiError::of(lines.error());
    return *std::move(lines);
  }

  ApiOr<std::string> answer(const ReadAnswer& answer, const std::vector<Type>& types) const override {
    std::vector<std::string> names;
    std::vector<Column> columns;
    add_keys(answer, names, columns);
    for (size_t f = 0; f < types.size(); ++f) {
      add(names, columns, answer.features[f], types[f], answer,
          [&](const ReadRow& row) { return row.values[f].value; });
    }
    for (size_t f = 0; f < types.size(); ++f) {
      add(names, columns, answer.features[f] + ".event_time", {ScalarType::kTimestamp}, answer,
          [&](const ReadRow& row) { return row.values[f].event_time ? Value{*row.values[f].event_time} : Value{}; });
      add(names, columns, answer.features[f] + ".null_reason", {ScalarType::kString}, answer,
          [&](const ReadRow& row) { return row.values[f].null_reason ? Value{*row.values[f].null_reason} : Value{}; });
    }
    Result<std::string> stream = arrow_of_columns(names, columns);
    if (!stream) return ApiError::of(stream.error());
    return *std::move(stream);
  }

 private:
  /// The key columns in the order of the first entity that has them; null where an entity lacks one.
  static void add_keys(const ReadAnswer& answer, std::vector<std::string>& names, std::vector<Column>& columns) {
    for (const ReadRow& row : answer.rows) {
      for (const auto& [name, value] : row.entity) {
        if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
      }
    }
    for (const std::string& name : names) {
      std::vector<Value> values;
      for (const ReadRow& row : answer.rows) {
        const auto found =
            std::find_if(row.entity.begin(), row.entity.end(), [&](const auto& each) { return each.first == name; });
        values.push_back(found == row.entity.end() ? Value{} : found->second);
      }
      columns.push_back(column_of_keys(values));
    }
  }

  template <typename Get>
  static void add(std::vector<std::string>& names, std::vector<Column>& columns, std::string name, const Type& type,
                  const ReadAnswer& answer, const Get& get) {
    ColumnBuilder builder(type);
    for (const ReadRow& row : answer.rows) builder.append(get(row));
    names.push_back(std::move(name));
    columns.push_back(std::move(builder).finish());
  }
};

}  // namespace

const ArrowBodies& arrow_forms() {
  static const ArrowForms forms;
  return forms;
}

}  // namespace headrace
