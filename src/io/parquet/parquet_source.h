#pragma once

/// Reads Parquet files as a Source: a unit is a row group, delivered in batches of at most kParquetBatchRows rows.
///
/// Only the requested columns are read, by pread through small buffers (memory-mapping would count the files into the
/// resident size). A read opens its own reader on the footer that was read once, so threads share nothing but that.

#include "io/files/file_source.h"
#include "plan/plan.h"

#include <memory>
#include <vector>

namespace headrace {

/// Three quarters of a power of two. Arrow's buffers of a column grow by powers of two and give back what is left over; at
/// a power of two itself the end of a page makes them grow once more, and every batch is copied twice (a gigabyte for
/// 20 M rows of four columns).
inline constexpr int64_t kParquetBatchRows = 98'304;

/// Reads the footers of all files and checks their columns against the request.
Result<std::unique_ptr<FileSource>> open_parquet_source(const PlanSource& definition, std::vector<InputFile> files,
                                                        const SourceRequest& request, BadRows* bad_rows);

}  // namespace headrace
