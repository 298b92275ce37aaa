#pragma once

/// `--output -`: rows go to the standard output as text, and what is said about them to stderr.

#include "app/command_line.h"
#include "base/file_system.h"
#include "io/write/table_format.h"

#include <string>
#include <string_view>

namespace headrace {

/// The output that is the standard output.
inline constexpr char kStandardOutput[] = "-";

/// The standard output as a file that grows at its end.
class StandardOutputFile : public WritableFile {
 public:
  Status append(std::string_view bytes) override;
  Status sync() override { return {}; }
  Status close() override { return {}; }
};

/// --limit N and --output-format, which `formats` lists; the first is for files, and text is for the standard output.
struct RowsOptions {
  int64_t limit = 0;   // 0: no limit
  std::string format;  // empty: not given
};
void add_rows_options(CLI::App& command, RowsOptions& options, const std::vector<std::string>& formats,
                      const std::string& limit_text);

/// The form of rows on the standard output: CSV unless another text form was asked for.
Result<TableFormat> text_format(const RowsOptions& options);

}  // namespace headrace
