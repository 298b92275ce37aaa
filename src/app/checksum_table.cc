#include "app/checksum_table.h"

#include "app/command_line.h"
#include "app/table.h"
#include "session/output/json_output.h"

#include <fmt/format.h>

namespace headrace {

std::string checksum_text(const TableChecksum& checksum, bool color) {
  Table table({{"column"}, {"values", Align::kRight}, {"sum", Align::kRight}});
  for (const ColumnChecksum& each : checksum.columns) {
    table.add_row({each.name, grouped_digits(each.non_null), each.sum ? format_double(*each.sum) : ""});
  }
  return fmt::format("{}checksum {} of {}\n", table.text(color), hash_text(checksum), counted(checksum.rows, "row"));
}

void tell_remarks(const std::vector<std::string>& warnings, const std::vector<std::string>& notes, bool quiet) {
  for (const std::string& each : warnings) report_warning(each);
  for (const std::string& each : notes) report_note(each, quiet);
}

std::string files_text(const std::vector<SourceFileCount>& counts) {
  int64_t files = 0, unverifiable = 0;
  for (const SourceFileCount& each : counts) {
    files += each.read;
    unverifiable += each.unverifiable;
  }
  std::string text = counted(files, "file");
  if (unverifiable == 0) return text;
  if (files == unverifiable) return text + " without page checksums";
  return fmt::format("{}, {} of them without page checksums", text, grouped_digits(unverifiable));
}

std::string effort_text(int64_t rows, double seconds, int64_t memory_bytes) {
  std::string out = fmt::format("{:.1f} s", seconds);
  if (seconds >= 1)
    out += fmt::format(", {} rows/s", grouped_digits(static_cast<int64_t>(static_cast<double>(rows) / seconds)));
  if (memory_bytes > 0) out += ", peak memory " + byte_count(memory_bytes);
  return out;
}

}  // namespace headrace
