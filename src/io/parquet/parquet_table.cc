#include "io/parquet/parquet_table.h"

#include "io/arrow/status.h"
#include "io/remote/object_store.h"

#include <arrow/io/interfaces.h>
#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <fmt/format.h>
#include <parquet/arrow/reader.h>

namespace headrace {

namespace {

/// Reads record batches until there are enough rows.
Result<ParquetTableContent> read_head(parquet::arrow::FileReader& reader, int64_t rows_max,
                                      const std::string& context) {
  ASSIGN_OR_RETURN(const auto batches, take_result(reader.GetRecordBatchReader(), context));
  arrow::RecordBatchVector read;
  int64_t rows = 0;
  while (rows_max > 0 && rows <= rows_max) {
    ASSIGN_OR_RETURN(auto batch, take_result(batches->Next(), context));
    if (batch == nullptr) break;
    rows += batch->num_rows();
    read.push_back(std::move(batch));
  }
  ASSIGN_OR_RETURN(const auto table, take_result(arrow::Table::FromRecordBatches(batches->schema(), read), context));
  return ParquetTableContent{table->Slice(0, rows_max), rows <= rows_max};
}

}  // namespace

Result<ParquetTableContent> read_parquet_table(const InputFile& file, std::optional<int64_t> rows_max) {
  const std::string context = fmt::format("cannot read `{}` as Parquet", file.shown);
  try {
    ASSIGN_OR_RETURN(auto input, open_input(file.path, context));
    parquet::ReaderProperties reader_properties;
    reader_properties.set_page_checksum_verification(true);
    parquet::ArrowReaderProperties arrow_properties;
    // Nanoseconds would wrap outside 1677 to 2262.
    arrow_properties.set_coerce_int96_timestamp_unit(arrow::TimeUnit::MICRO);
    arrow_properties.set_arrow_extensions_enabled(true);  // UUIDs
    parquet::arrow::FileReaderBuilder builder;
    const arrow::Status opened = builder.Open(std::move(input), reader_properties);
    if (!opened.ok()) return error_of(opened, context);
    ASSIGN_OR_RETURN(const auto reader, take_result(builder.properties(arrow_properties)->Build(), context));
    if (rows_max) return read_head(*reader, *rows_max, context);
    ASSIGN_OR_RETURN(auto table, take_result(reader->ReadTable(), context));
    return ParquetTableContent{std::move(table), true};
  } catch (const parquet::ParquetStatusException& failure) {
    return error_of(failure.status(), context);
  } catch (const std::exception& failure) {
    return Error::data(fmt::format("{}: {}", context, failure.what()));
  }
}

}  // namespace headrace
