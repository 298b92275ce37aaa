#include "io/parquet/whole_rows.h"

#include "data/value.h"
#include "io/arrow/arrow_text.h"
#include "io/arrow/status.h"

#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <parquet/arrow/reader.h>

namespace headrace {

WholeRows::WholeRows(OpenReader open_reader, int group, std::string context)
    : open_reader_(std::move(open_reader)), group_(group), context_(std::move(context)) {}
WholeRows::~WholeRows() = default;

Result<std::string> WholeRows::record(int64_t row) {
  if (batches_ == nullptr) {
    ASSIGN_OR_RETURN(reader_, open_reader_());
    ASSIGN_OR_RETURN(batches_, take_result(reader_->GetRecordBatchReader({group_}), context_));
  }
  while (batch_ == nullptr || row >= first_row_ + batch_->num_rows()) {
    first_row_ += batch_ == nullptr ? 0 : batch_->num_rows();
    const arrow::Status status = batches_->ReadNext(&batch_);
    if (!status.ok()) return error_of(status, context_);
    if (batch_ == nullptr) return Error::data(context_ + ": it has fewer rows than its footer says");
  }

  std::string json = "{";
  for (int i = 0; i < batch_->num_columns(); ++i) {
    if (i > 0) json += ", ";
    json += quote_json(batch_->column_name(i)) + ": ";
    append_cell(json, *batch_->column(i), row - first_row_, CellStyle::kJson);
  }
  return json + "}";
}

}  // namespace headrace
