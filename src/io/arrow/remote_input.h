#pragma once

/// An object of a store as a file to be read, whose failures say that the store failed.
///
/// Arrow calls a server that does not answer and a damaged page the same: an I/O error. Whoever repeats work must know
/// which of the two it was, so each failure of the store carries a mark (`is_of_remote_store`) on its way through
/// Arrow's readers. Threads: as the object below.

#include <arrow/io/interfaces.h>
#include <arrow/status.h>

#include <memory>

namespace headrace {

std::shared_ptr<arrow::io::RandomAccessFile> marked_remote_input(std::shared_ptr<arrow::io::RandomAccessFile> object);

bool is_of_remote_store(const arrow::Status& status);

}  // namespace headrace
