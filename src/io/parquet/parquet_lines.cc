#include "io/parquet/parquet_lines.h"

#include "data/value.h"
#include "io/arrow/arrow_text.h"
#include "io/arrow/status.h"
#include "io/parquet/parquet_table.h"

#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <fmt/format.h>

#include <vector>

namespace headrace {

Result<std::string> json_lines_of_parquet(const std::string& path) {
  InputFile place;
  place.path = path;
  place.shown = path;
  ASSIGN_OR_RETURN(const ParquetTableContent content, read_parquet_table(place, std::nullopt));
  const arrow::Status valid = content.table->Validate();
  if (!valid.ok()) return Error::data(fmt::format("{}: {}", path, valid.message()));
  std::vector<std::string> heads;
  for (const auto& field : content.table->schema()->fields()) {
    heads.push_back((heads.empty() ? "{" : ",") + quote_json(field->name()) + ":");
  }

  std::string out;
  arrow::TableBatchReader reader(*content.table);
  while (true) {
    ASSIGN_OR_RETURN(const auto batch, take_result(reader.Next(), path));
    if (batch == nullptr) return out;
    for (int64_t row = 0; row < batch->num_rows(); ++row) {
      for (int column = 0; column < batch->num_columns(); ++column) {
        out += heads[static_cast<size_t>(column)];
        append_cell(out, *batch->column(column), row, CellStyle::kJson);
      }
      out += heads.empty() ? "{}\n" : "}\n";
    }
  }
}

}  // namespace headrace
