#include "io/files/text_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace headrace {

RowBatcher::RowBatcher(const InputFile& file, const std::vector<TextBinding>& bindings, const TextForm& form,
                       const Source::Consume& consume, UnitFindings& findings)
    : file_(file),
      bindings_(bindings),
      nulls_(form.nulls),
      consume_(consume),
      findings_(findings),
      is_set_(bindings.size()) {
  for (const TextBinding& binding : bindings) columns_.emplace_back(binding.wanted.type, binding.wanted.unit, form);
}

void RowBatcher::begin_row(int64_t row, int64_t line, std::string_view record) {
  row_ = row;
  line_ = line;
  record_ = record;
  is_dropped_ = false;
  is_set_.assign(is_set_.size(), 0);
}

void RowBatcher::set(size_t column, std::string_view text) {
  if (is_dropped_ || is_set_[column] != 0) return;
  if (!nulls_.empty() && std::find(nulls_.begin(), nulls_.end(), text) != nulls_.end()) return set_null(column);
  const TextBinding& binding = bindings_[column];
  const bool is_other_form =
      binding.is_inferred && binding.wanted.type == ScalarType::kInt64 && !is_plain_integer(text);
  const char* problem = is_other_form ? "is not an int64" : columns_[column].append(text);
  if (problem == nullptr) {
    is_set_[column] = 1;
    return;
  }
  std::string sentence = problem;
  if (binding.is_inferred && binding.wanted.type == ScalarType::kInt64) {
    sentence +=
        fmt::format(", as the key is in the first rows (declare `{}: string` in the columns)", binding.wanted.name);
  }
  set_bad(column, std::move(sentence), text);
}

void RowBatcher::set_null(size_t column) {
  if (is_dropped_ || is_set_[column] != 0) return;
  if (bindings_[column].wanted.is_required) return drop(bindings_[column].wanted.name, "is missing", "");
  columns_[column].append_null();
  is_set_[column] = 1;
}

void RowBatcher::set_bad(size_t column, std::string problem, std::string_view value) {
  if (is_dropped_ || is_set_[column] != 0) return;
  const RequestedColumn& wanted = bindings_[column].wanted;
  if (wanted.decides_row) return drop(wanted.name, std::move(problem), value);
  report(wanted.name, std::move(problem), value, /*is_cell=*/true);
  columns_[column].append_null();
  is_set_[column] = 1;
}

void RowBatcher::drop(const std::string& column, std::string problem, std::string_view value) {
  if (is_dropped_) return;
  is_dropped_ = true;
  problems_.clear();
  report(column, std::move(problem), value, /*is_cell=*/false);
}

void RowBatcher::report(const std::string& column, std::string problem, std::string_view value, bool is_cell) {
  const bool is_known =
      std::any_of(problems_.begin(), problems_.end(), [&](const BadRow& known) { return known.column == column; });
  if (is_known) return;  // a column that is wanted twice
  problems_.push_back(
      {file_.shown, row_, line_, column, std::move(problem), std::string(value.substr(0, 1000)), is_cell});
  if (findings_.wants_records()) problems_.back().record = record_;
}

Status RowBatcher::end_row(int64_t bytes) {
  // A dropped row is completed with nulls and taken out of the batch later, so that columns never differ in length.
  for (size_t i = 0; i < bindings_.size(); ++i) {
    if (!bindings_[i].is_partition && is_set_[i] == 0) set_null(i);
  }
  for (size_t i = 0; is_dropped_ && i < bindings_.size(); ++i) {
    if (!bindings_[i].is_partition && columns_[i].length() == rows_) columns_[i].append_null();
  }
  if (!problems_.empty()) RETURN_IF_ERROR(findings_.add(std::exchange(problems_, {})));

  keep_.push_back(is_dropped_ ? 0 : 1);
  has_bad_rows_ |= is_dropped_;
  ++rows_;
  bytes_ += bytes;
  if (rows_ >= kTextBatchRows || bytes_ >= kTextBatchBytes) return flush();
  return {};
}

Status RowBatcher::finish() {
  for (const TextColumn& column : columns_) findings_.rounded_times += column.rounded_times();
  return flush();
}

Status RowBatcher::flush() {
  if (rows_ == 0) return {};
  findings_.rows += rows_;
  Batch batch;
  batch.rows = rows_;

  std::optional<Column> tie_orders;
  for (size_t i = 0; i < bindings_.size(); ++i) {
    const TextBinding& binding = bindings_[i];
    std::optional<Column> orders = columns_[i].take_tie_orders();
    if (binding.wanted.is_event_time) tie_orders = std::move(orders);
    batch.columns.push_back(binding.is_partition ? constant_column(binding.wanted.type, binding.partition, rows_)
                                                 : columns_[i].take());
  }
  if (tie_orders) batch.columns.push_back(std::move(*tie_orders));

  if (has_bad_rows_) {
    batch = keep_rows(batch, keep_);
    for (size_t i = 0; i < bindings_.size(); ++i) {
      if (bindings_[i].wanted.is_required) batch.columns[i].validity = nullptr;
    }
  }

  keep_.clear();
  has_bad_rows_ = false;
  rows_ = 0;
  bytes_ = 0;
  if (batch.rows == 0) return {};
  return consume_(batch);
}

}  // namespace headrace
