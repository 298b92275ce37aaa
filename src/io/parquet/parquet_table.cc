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
    ASSIGN_OR_RETURN(const auto reader,
                     take_result(parquet::arrow::OpenFile(std::move(input), arrow::default_memory_pool()), context));
    return take_result(reader->ReadTable(), context);
  } catch (const parquet::ParquetStatusException& failure) {
    return error_of(failure.status(), context);
  } catch (const std::exception& failure) {
    return Error::data(fmt::format("{}: {}", context, failure.what()));
  }
}

}  // namespace headrace
