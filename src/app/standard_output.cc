#include "app/standard_output.h"

#include "app/count_option.h"
#include "app/terminal.h"

namespace headrace {

Status StandardOutputFile::append(std::string_view bytes) {
  write_out(bytes);
  return out_status();
}

void add_rows_options(CLI::App& command, RowsOptions& options, const std::vector<std::string>& formats,
                      const std::string& limit_text) {
  constexpr int64_t kRowsMax = 1'000'000'000'000;
  add_count_option(command, "--limit", options.limit, "rows", 1, kRowsMax, limit_text);
  const std::string text = formats.front() == "parquet" ? "Form of the files; default: parquet, of `--output -` csv"
                                                        : "Form of the rows of `--output -`; default: csv";
  add_choice_option(command, "--output-format", options.format, formats, text);
  options.format.clear();
}

Result<TableFormat> text_format(const RowsOptions& options) {
  if (options.format == "parquet") {
    return Error::usage("Parquet cannot be printed: --output - takes --output-format csv or ndjson");
  }
  return table_format_from_string(options.format).value_or(TableFormat::kCsv);
}

}  // namespace headrace
