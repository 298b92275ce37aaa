#pragma once

/// The fields of a JSON object that are wanted, column by column: what NDJSON files and events that are pushed share.

#include "io/files/text_source.h"
#include "io/json/json_scanner.h"

#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace headrace {

/// For each object: begin_row(), take() for each field, set_row(). Not thread-safe.
class JsonRow {
 public:
  /// `takes_integers`: columns of text that may be written as integers. All three outlive the row.
  JsonRow(const std::vector<RequestedColumn>& columns, const std::vector<uint8_t>& takes_integers,
          const TextForm& form);

  /// What a column is where an object has no such field: of the file's folders.
  void set_default(size_t column, const HivePartition& partition) { defaults_[column] = partition.value; }

  void begin_row();
  void take(const JsonField& field);
  /// Gives the batcher the object's columns. The batcher has begun the row, and ends it.
  void set_row(RowBatcher& batcher) const;

  /// Whether any object had the column.
  bool was_there(size_t column) const { return was_there_[column] != 0; }

 private:
  const JsonField* find(size_t column) const;
  bool is_twice(size_t column) const { return counts_[column] > 1; }
  const std::string* find_default(size_t column) const;
  const std::vector<size_t>& columns_of(std::string_view key);
  bool is_null_word(const JsonField& field) const;

  const std::vector<RequestedColumn>& columns_;
  const std::vector<uint8_t>& takes_integers_;
  const TextForm& form_;
  const std::vector<size_t> none_;
  std::unordered_map<std::string, std::vector<size_t>> columns_by_name_;
  std::vector<std::pair<std::string, const std::vector<size_t>*>> order_;
  size_t position_ = 0;
  std::vector<JsonField> fields_;
  std::vector<int> counts_;
  std::vector<uint8_t> was_there_;
  std::vector<std::optional<std::string>> defaults_;
};

}  // namespace headrace
