#include "io/files/bad_rows.h"

#include "base/hash.h"
#include "base/option_name.h"
#include "data/value.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <tuple>

namespace headrace {
namespace {

constexpr size_t kValueShownMax = 40;

std::string quote_csv(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (char letter : text) {
    if (letter == '"') quoted += '"';
    quoted += letter;
  }
  return quoted + "\"";
}

std::string shorten(const std::string& text) {
  if (text.size() <= kValueShownMax) return quote_json(text);
  size_t end = kValueShownMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return quote_json(text.substr(0, end) + "...");
}

bool is_before(const BadRow& a, const BadRow& b) { return std::tie(a.file, a.row) < std::tie(b.file, b.row); }

}  // namespace

Error bad_rows_error(const std::string& source, const std::vector<BadRow>& rows) {
  CHECK(!rows.empty());
  const bool has_lines = std::any_of(rows.begin(), rows.end(), [](const BadRow& row) { return row.line > 0; });
  using Cells = std::array<std::string, 6>;
  std::vector<Cells> table = {{"file", "row", has_lines ? "line" : "", "column", "problem", "value"}};
  for (const BadRow& row : rows) {
    if (table.size() > kBadRowsShownMax) break;
    table.push_back({row.file, fmt::format("{}", row.row), row.line > 0 ? fmt::format("{}", row.line) : "", row.column,
                     row.problem, row.value.empty() ? "" : shorten(row.value)});
  }
  std::array<size_t, 6> widths{};
  for (const Cells& cells : table) {
    for (size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], cells[i].size());
  }
  std::string text = rows.size() == 1
                         ? fmt::format("source `{}` has a bad row", source)
                         : fmt::format("source `{}` has bad rows; the first {} are", source, table.size() - 1);
  for (const Cells& cells : table) {
    std::string line;
    for (size_t i = 0; i < cells.size(); ++i) {
      if (widths[i] == 0) continue;
      const bool is_number = i == 1 || i == 2;
      line += is_number ? fmt::format("  {:>{}}", cells[i], widths[i]) : fmt::format("  {:<{}}", cells[i], widths[i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += "\n" + line;
  }
  return Error::data(text).with_help(
      fmt::format("correct them, or set them aside with `{}`", option(OptionName::kBadRows)));
}

struct BadRows::File {
  std::string path;
  bool is_json = false;
  std::FILE* handle = nullptr;

  ~File() {
    if (handle != nullptr) std::fclose(handle);
  }
  Status write(const std::string& text) {
    if (std::fwrite(text.data(), 1, text.size(), handle) != text.size() || std::fflush(handle) != 0) {
      return Error::environment(fmt::format("cannot write bad rows to `{}`: {}", path, std::strerror(errno)));
    }
    return {};
  }
};

BadRows::BadRows(BadRowPolicy policy, std::unique_ptr<File> file) : policy_(policy), file_(std::move(file)) {}
BadRows::~BadRows() = default;

Result<std::unique_ptr<BadRows>> BadRows::create(BadRowPolicy policy, const std::string& path) {
  std::unique_ptr<File> file;
  if (!path.empty() && policy == BadRowPolicy::kSkip) {
    file = std::make_unique<File>();
    file->path = path;
    file->is_json = path.ends_with(".ndjson") || path.ends_with(".jsonl") || path.ends_with(".json");
    file->handle = std::fopen(path.c_str(), "wb");
    if (file->handle == nullptr) {
      return Error::environment(fmt::format("cannot write bad rows to `{}`: {}", path, std::strerror(errno)));
    }
    if (!file->is_json) RETURN_IF_ERROR(file->write("file,row,line,column,problem,value\n"));
  }
  return std::unique_ptr<BadRows>(new BadRows(policy, std::move(file)));
}

Status BadRows::add(const std::string& source, const std::vector<BadRow>& rows) {
  std::lock_guard lock(mutex_);
  for (const BadRow& row : rows) {
    if (!seen_.emplace(hash_bytes(row.file, hash_bytes(source)), row.row).second) continue;
    ++counts_[source];
    if (file_ != nullptr) pending_.push_back(row);
  }
  if (pending_.size() >= kPendingMax) return write_pending();
  return {};
}

int64_t BadRows::count() const {
  std::lock_guard lock(mutex_);
  return static_cast<int64_t>(seen_.size());
}

std::map<std::string, int64_t> BadRows::count_by_source() const {
  std::lock_guard lock(mutex_);
  return counts_;
}

Status BadRows::finish() {
  std::lock_guard lock(mutex_);
  return write_pending();
}

Status BadRows::write_pending() {
  if (file_ == nullptr || pending_.empty()) return {};
  std::stable_sort(pending_.begin(), pending_.end(), is_before);
  std::string text;
  for (const BadRow& row : pending_) {
    if (file_->is_json) {
      text += fmt::format(R"({{"file": {}, "row": {}, "line": {}, "column": {}, "problem": {}, "value": {}}})",
                          quote_json(row.file), row.row, row.line > 0 ? fmt::format("{}", row.line) : "null",
                          quote_json(row.column), quote_json(row.problem), quote_json(row.value));
    } else {
      text += fmt::format("{},{},{},{},{},{}", quote_csv(row.file), row.row,
                          row.line > 0 ? fmt::format("{}", row.line) : "", quote_csv(row.column),
                          quote_csv(row.problem), quote_csv(row.value));
    }
    text += '\n';
  }
  pending_.clear();
  return file_->write(text);
}

std::vector<std::string> skipped_warnings(const BadRows& bad_rows) {
  std::vector<std::string> warnings;
  for (const auto& [source, count] : bad_rows.count_by_source()) {
    if (count == 0) continue;
    warnings.push_back(fmt::format("{} bad {} of source `{}` {} left out", count, count == 1 ? "row" : "rows", source,
                                   count == 1 ? "was" : "were"));
  }
  return warnings;
}

}  // namespace headrace
