/// Opens files of values with changed bytes and reads all that they have. An input is a list of changes to a sound file; with
/// an odd first byte the header's check is made to fit them, so that what stands behind it is reached.

#include "values_file/values_file.h"

#include <fmt/format.h>

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace headrace {
namespace {

/// Most changes go where the structure is.
constexpr size_t kFrontBytes = 1024;

std::string make_sound_file() {
  const std::string path =
      (std::filesystem::temp_directory_path() / fmt::format("values_reader_fuzzer.{}", ::getpid())).string();
  std::filesystem::remove(path);
  auto file = ValuesFile::open(path, Duration{1}).value();
  const std::vector<ValuesEntity> entities = {
      {"pump", {{"id", "", HEADRACE_TEXT}}, {{"flow", "1", HEADRACE_DOUBLE}, {"state", "1", HEADRACE_TEXT}}},
      {"site", {{"a", "", HEADRACE_UNDECLARED}, {"b", "", HEADRACE_INT64}}, {{"n", "2", HEADRACE_INT64}}}};
  CHECK(file->begin(entities, EventTime{1}).ok());
  for (int i = 0; i < 3; ++i) {
    const Value key{std::string(static_cast<size_t>(1 + 60 * i), 'p')};
    const std::vector<TimedValue> row = {{Value{1.5}, EventTime{1}, 2}, {Value{fmt::format("s{}", i)}, {}, 3}};
    CHECK(file->put(0, std::vector<Value>{key}, row).ok());
    CHECK(file->put(1, std::vector<Value>{key, Value{int64_t{i}}}, std::vector<TimedValue>(1)).ok());
  }
  CHECK(file->put_nobody(0, std::vector<TimedValue>(2)).ok());
  CHECK(file->publish(EventTime{1}).ok());

  std::ifstream in(path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(in), {}};
  std::filesystem::remove(path);
  std::filesystem::remove(path + ".lock");
  return bytes;
}

void change(std::string& bytes, std::string_view input) {
  while (input.size() > 5) {
    uint32_t place = 0;
    std::memcpy(&place, input.data(), sizeof(place));
    const size_t reach = (place & 1) != 0 ? kFrontBytes : bytes.size();
    const size_t start = (place >> 1) % reach;
    const size_t count =
        std::min({size_t{1} + static_cast<uint8_t>(input[4]) % 16, input.size() - 5, bytes.size() - start});
    std::copy_n(input.data() + 5, count, bytes.data() + start);
    input.remove_prefix(5 + count);
  }
}

void make_check_fit(std::string& bytes) {
  ValuesFileHeader header{};
  std::memcpy(&header, bytes.data(), sizeof(header));
  const auto fits = [&](uint64_t offset, uint64_t size) {
    return offset <= bytes.size() && size <= bytes.size() - offset;
  };
  const bool is_within = header.table_count <= kValuesTablesMax && fits(header.schema_offset, header.schema_bytes) &&
                         fits(header.tables_offset, header.table_count * sizeof(ValuesTableHeader));
  if (!is_within) return;
  header.check = values_header_check(header, bytes.data());
  std::memcpy(bytes.data(), &header, sizeof(header));
}

void read_entity(headrace_reader* reader, size_t number, size_t count, const headrace_entity_info& info) {
  std::vector<std::string> names;
  for (size_t f = 0; f < count; ++f) {
    headrace_column_info feature{};
    feature.struct_size = sizeof(feature);
    if (headrace_reader_feature(reader, number, f, &feature) == HEADRACE_OK) names.emplace_back(feature.name);
  }
  std::vector<const char*> features;
  for (const std::string& name : names) features.push_back(name.c_str());
  headrace_query* query = nullptr;
  const std::string entity = info.name;
  if (headrace_query_new(reader, entity.c_str(), features.data(), features.size(), &query) != HEADRACE_OK) return;

  std::vector<headrace_value> values(features.size());
  for (int i = 0; i < 4; ++i) {
    const std::string text(static_cast<size_t>(1 + 60 * i), 'p');
    std::vector<headrace_key> keys(info.keys, headrace_key_integer(i));
    if (!keys.empty()) keys[0] = headrace_key_text(text.data(), text.size());
    const headrace_status status = headrace_query_read(query, keys.data(), keys.size(), 1, values.data());
    if (status < HEADRACE_OK) continue;
    size_t bytes = 0;
    for (const headrace_value& value : values) {
      if (value.is_null != 0 || (value.type != HEADRACE_TEXT && value.type != HEADRACE_LIST)) continue;
      for (size_t byte = 0; byte < value.text.size; ++byte) bytes += static_cast<uint8_t>(value.text.bytes[byte]);
    }
    if (bytes == SIZE_MAX) std::abort();
  }
  headrace_query_free(query);
}

void read_all(const std::string& path) {
  headrace_reader* reader = nullptr;
  if (headrace_reader_open(path.c_str(), nullptr, &reader) != HEADRACE_OK) return;
  headrace_entity_info info{};
  info.struct_size = sizeof(info);
  for (size_t e = 0; headrace_reader_entity(reader, e, &info) == HEADRACE_OK && e < 8; ++e)
    read_entity(reader, e, std::min(info.features, size_t{64}), info);
  headrace_reader_close(reader);
}

}  // namespace
}  // namespace headrace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::string sound = headrace::make_sound_file();
  if (size == 0) return 0;
  std::string bytes = sound;
  headrace::change(bytes, {reinterpret_cast<const char*>(data) + 1, size - 1});
  if (data[0] % 2 == 1) headrace::make_check_fit(bytes);
  if (data[0] % 16 == 2) bytes.resize(data[0] * bytes.size() / 256);

  const int file = ::memfd_create("values", MFD_CLOEXEC);
  if (file < 0 || ::write(file, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) std::abort();
  headrace::read_all(fmt::format("/proc/self/fd/{}", file));
  ::close(file);
  return 0;
}
