#pragma once

/// Parquet by libarrow. Internal: use table_format.h or table_writer.h.

#include "io/write/table_format.h"

#include <arrow/util/type_fwd.h>

namespace headrace {

/// Names the writer in the form that readers parse; constant for one version of libarrow, as the bytes must be.
extern const char* const kParquetCreatedBy;

arrow::Compression::type to_arrow_compression(Compression compression);

/// Keys, integers and strings get dictionaries, doubles and times none; times are delta-coded; every column chunk has
/// statistics. Each chunk is encoded as a file of its own in memory, whose row group is then moved into the real file
/// by rewriting the offsets in its description.
std::unique_ptr<TableEncoder> make_parquet_encoder(const TableSchema& schema, Compression compression);

}  // namespace headrace
