#include "io/files/bad_row_file.h"

#include "base/base64.h"
#include "base/utf8.h"
#include "data/value.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <tuple>

namespace headrace {
namespace {

constexpr char kHead[] = "source,file,row,line,column,problem,effect,value,record\n";

const char* effect_of(const BadRow& row) { return row.is_cell ? "cell is null" : "row left out"; }

std::string quote_csv(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (char letter : text) {
    if (letter == '"') quoted += '"';
    quoted += letter;
  }
  return quoted + "\"";
}

void append_csv_row(std::string& out, const std::string& source, const BadRow& row) {
  out += fmt::format("{},{},{},{},{},{},{},{},{}\n", quote_csv(source), quote_csv(row.file), row.row,
                     row.line > 0 ? fmt::format("{}", row.line) : "", quote_csv(row.column), quote_csv(row.problem),
                     effect_of(row), quote_csv(row.value), quote_csv(row.record));
}

void append_json_row(std::string& out, const std::string& source, const BadRow& row) {
  const std::string record = is_valid_utf8(row.record) ? fmt::format(R"("record": {})", quote_json(row.record))
                                                       : fmt::format(R"("record_base64": "{}")", to_base64(row.record));
  out += fmt::format(
      R"({{"source": {}, "file": {}, "row": {}, "line": {}, "column": {}, "problem": {}, "effect": "{}", "value": {}, {}}})",
      quote_json(source), quote_json(row.file), row.row, row.line > 0 ? fmt::format("{}", row.line) : "null",
      quote_json(row.column), quote_json(row.problem), effect_of(row), quote_json(row.value), record);
  out += '\n';
}

}  // namespace

Result<std::unique_ptr<BadRowFile>> BadRowFile::create(const std::string& path) {
  std::unique_ptr<BadRowFile> file(new BadRowFile(path));
  file->is_json_ = path.ends_with(".ndjson") || path.ends_with(".jsonl") || path.ends_with(".json");
  file->handle_ = std::fopen(path.c_str(), "wb");
  if (file->handle_ == nullptr) {
    return Error::environment(fmt::format("cannot write bad rows to `{}`: {}", path, std::strerror(errno)));
  }
  if (!file->is_json_) RETURN_IF_ERROR(file->write(kHead));
  return file;
}

BadRowFile::~BadRowFile() {
  if (handle_ != nullptr) std::fclose(handle_);
}

Status BadRowFile::write(const std::string& text) {
  if (std::fwrite(text.data(), 1, text.size(), handle_) != text.size() || std::fflush(handle_) != 0) {
    return Error::environment(fmt::format("cannot write bad rows to `{}`: {}", path_, std::strerror(errno)));
  }
  return {};
}

Status BadRowFile::add(const std::string& source, const BadRow& row) {
  pending_bytes_ += row.record.size() + row.value.size();
  pending_.push_back({source, row});
  if (pending_.size() >= kPendingMax || pending_bytes_ >= kPendingBytesMax) return write_pending();
  return {};
}

Status BadRowFile::write_pending() {
  // Several cells of one row stay in the order in which they were found.
  std::stable_sort(pending_.begin(), pending_.end(), [](const Pending& a, const Pending& b) {
    return std::tie(a.source, a.row.file, a.row.row) < std::tie(b.source, b.row.file, b.row.row);
  });
  std::string text;
  for (const auto& [source, row] : pending_) {
    if (is_json_) {
      append_json_row(text, source, row);
    } else {
      append_csv_row(text, source, row);
    }
    if (text.size() >= size_t{1} << 20) {
      RETURN_IF_ERROR(write(text));
      text.clear();
    }
  }
  pending_.clear();
  pending_bytes_ = 0;
  return text.empty() ? Status() : write(text);
}

}  // namespace headrace
