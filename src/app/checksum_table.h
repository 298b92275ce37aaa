#pragma once

/// Checksums and notes, as backfill and dataset show them.

#include "io/offline/checksum_sink.h"
#include "session/running/opened_sources.h"

#include <string>
#include <vector>

namespace headrace {

/// A line for each column, and the hash of the rows.
std::string checksum_text(const TableChecksum& checksum, bool color);

/// Tells warnings, and notes unless `quiet`, on stderr.
void tell_remarks(const std::vector<std::string>& warnings, const std::vector<std::string>& notes, bool quiet);

/// "5 files, 3 of them without page checksums": what a run has read.
std::string files_text(const std::vector<SourceFileCount>& counts);

/// "12.3 s, 1,626,016 rows/s, peak memory 400 MB".
std::string effort_text(int64_t rows, double seconds, int64_t memory_bytes);

}  // namespace headrace
