#include "io/parquet/parquet_table.h"

#include "io/arrow/status.h"
#include "io/remote/object_store.h"

#include <arrow/io/interfaces.h>
#include <arrow/table.h>
#include <fmt/format.h>
#include <parquet/arrow/reader.h>

namespace headrace {

Result<std::shared_ptr<arrow::Table>> read_parquet_table(const InputFile& file) {
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
    return take_result(reader->ReadTable(), context);
  } catch (const parquet::ParquetStatusException& failure) {
    return error_of(failure.status(), context);
  } catch (const std::exception& failure) {
    return Error::data(fmt::format("{}: {}", context, failure.what()));
  }
}

}  // namespace headrace
