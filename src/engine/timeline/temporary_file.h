#pragma once

/// Files for rows that do not fit into memory: they have no name as soon as they are open, so that nothing is left
/// behind however the process ends.

#include "base/result.h"

#include <cstdint>
#include <string>

namespace headrace {

/// Opens one in the folder (empty: the system's place for temporary files) and returns its descriptor.
Result<int> open_temporary_file(const std::string& folder);

Status write_at(int descriptor, const char* bytes, size_t size, int64_t offset);
Status read_at(int descriptor, char* into, size_t size, int64_t offset);

}  // namespace headrace
