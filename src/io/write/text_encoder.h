#pragma once

/// CSV and NDJSON. Internal: use table_format.h or table_writer.h.

#include "io/text/append_text.h"
#include "io/write/table_format.h"

#include <string>

namespace headrace {

/// RFC 4180 with LF: a head line; text is quoted where it must be, and where it is empty, since an empty field is null;
/// doubles in the shortest form that reads back to the same bits; times as RFC 3339; lists as JSON.
std::unique_ptr<TableEncoder> make_csv_encoder(const TableSchema& schema);

/// One object a line, with all columns in order; nulls are written.
std::unique_ptr<TableEncoder> make_ndjson_encoder(const TableSchema& schema);

/// One value of one row as each format writes it.
void append_csv_field(std::string& out, const Column& column, int64_t row);
void append_json(std::string& out, const Column& column, int64_t row);

}  // namespace headrace
