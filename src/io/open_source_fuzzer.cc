/// Bytes as a file of a source, in each format. What the readers make of them keeps these laws:
///   - they end, without a crash and in bounded memory;
///   - a second reading gives the same;
///   - the values of a column do not depend on which others are read, also where rows are bad;
///   - texts are UTF-8.
///
/// The first byte chooses the format.

#include "base/check.h"
#include "base/utf8.h"
#include "io/open_source.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace headrace {
namespace {

constexpr FileFormat kFormats[] = {FileFormat::kCsv, FileFormat::kNdjson, FileFormat::kParquet};
constexpr const char* kExtensions[] = {".csv", ".ndjson", ".parquet"};

/// One file for each process and format, written anew for each input.
std::string path_of(size_t format) {
  static const std::string stem =
      (std::filesystem::temp_directory_path() / ("headrace_fuzz_" + std::to_string(::getpid()))).string();
  return stem + kExtensions[format];
}

void write_file(const std::string& path, const uint8_t* bytes, size_t size) {
  std::FILE* file = std::fopen(path.c_str(), "wb");
  CHECK(file != nullptr);
  CHECK(std::fwrite(bytes, 1, size, file) == size);
  CHECK(std::fclose(file) == 0);
}

PlanSource definition(size_t format, const std::string& path) {
  PlanSource source;
  source.name = "s";
  source.event_time = "at";
  source.columns = {{"x", ScalarType::kDouble}, {"y", ScalarType::kString}, {"n", ScalarType::kInt64}};
  source.batch = BatchLocation{.format = kFormats[format], .path = path, .span = {}};
  return source;
}

/// Keys, times and the first value column of all rows, a line each; nothing where the file cannot be read.
std::optional<std::string> read_rows(size_t format, const std::string& path, std::vector<std::string> values,
                                     std::vector<ScalarType> types) {
  SourceRequest request{.source = "s", .columns = {"id", "at"}, .types = {ScalarType::kString, ScalarType::kTimestamp}};
  request.key_count = 1;
  request.columns.insert(request.columns.end(), values.begin(), values.end());
  request.types.insert(request.types.end(), types.begin(), types.end());

  auto bad_rows = BadRows::create(BadRowPolicy::kSkip, "");
  CHECK(bad_rows.ok());
  auto source = open_source(definition(format, path), "/", request, {.bad_rows = bad_rows->get()});
  if (!source) return std::nullopt;

  std::string rows;
  for (size_t unit = 0; unit < (*source)->units().size(); ++unit) {
    const Status done = (*source)->read(unit, [&](const Batch& batch) -> Status {
      for (int64_t row = 0; row < batch.rows; ++row) {
        for (size_t column = 0; column < 3; ++column) {
          const Value value = batch.columns[column].value_at(row);
          if (const auto* text = std::get_if<std::string>(&value.data)) CHECK(is_valid_utf8(*text));
          rows += to_json(value) + (column == 2 ? "\n" : " ");
        }
      }
      return {};
    });
    if (!done.ok()) return std::nullopt;
  }
  return rows;
}

}  // namespace
}  // namespace headrace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using headrace::ScalarType;
  if (size == 0) return 0;
  const size_t format = data[0] % std::size(headrace::kFormats);
  const std::string path = headrace::path_of(format);
  headrace::write_file(path, data + 1, size - 1);

  const auto alone = headrace::read_rows(format, path, {"x"}, {ScalarType::kDouble});
  CHECK(alone == headrace::read_rows(format, path, {"x"}, {ScalarType::kDouble}));
  const auto beside = headrace::read_rows(format, path, {"x", "y", "n"},
                                          {ScalarType::kDouble, ScalarType::kString, ScalarType::kInt64});
  // Other columns may be missing in the file, or damaged in a way that ends the reading.
  if (alone && beside) CHECK(*alone == *beside);
  std::filesystem::remove(path);
  return 0;
}
