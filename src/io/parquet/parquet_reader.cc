#include "io/parquet/parquet_reader.h"

#include "io/arrow/status.h"
#include "io/remote/object_store.h"

#include <arrow/io/interfaces.h>
#include <fmt/format.h>
#include <parquet/arrow/reader.h>
#include <parquet/metadata.h>

namespace headrace {

namespace {

constexpr int64_t kReadBufferBytes = 256 * 1024;

}  // namespace

Result<std::unique_ptr<parquet::arrow::FileReader>> open_parquet_reader(
    const InputFile& file, std::shared_ptr<parquet::FileMetaData> metadata) {
  const std::string context = fmt::format("cannot read `{}` as Parquet", file.shown);
  ASSIGN_OR_RETURN(auto input, open_input(file.path, context));
  parquet::ReaderProperties reader_properties;
  reader_properties.enable_buffered_stream();
  reader_properties.set_buffer_size(kReadBufferBytes);
  reader_properties.set_page_checksum_verification(true);
  parquet::ArrowReaderProperties arrow_properties(/*use_threads=*/false);
  arrow_properties.set_pre_buffer(false);
  arrow_properties.set_batch_size(kParquetBatchRows);
  arrow_properties.set_arrow_extensions_enabled(true);  // UUIDs
  parquet::arrow::FileReaderBuilder builder;
  const arrow::Status opened = builder.Open(std::move(input), reader_properties, std::move(metadata));
  if (!opened.ok()) return error_of(opened, context);
  return take_result(builder.properties(arrow_properties)->Build(), context);
}

}  // namespace headrace
