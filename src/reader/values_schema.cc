#include "reader/values_schema.h"

#include <cstring>

namespace headrace {
namespace {

void append_number(size_t number, std::string& out) {
  const auto small = static_cast<uint32_t>(number);
  out.append(reinterpret_cast<const char*>(&small), sizeof(small));
}

void append_text(std::string_view text, std::string& out) {
  append_number(text.size(), out);
  out += text;
}

void append_columns(const std::vector<ValuesColumn>& columns, std::string& out) {
  append_number(columns.size(), out);
  for (const ValuesColumn& column : columns) {
    append_text(column.name, out);
    append_text(column.version, out);
    append_number(static_cast<size_t>(column.type), out);
  }
}

/// Reads on from place to place; after the first failure everything fails.
class SchemaBytes {
 public:
  explicit SchemaBytes(std::string_view bytes) : rest_(bytes) {}

  bool read(uint32_t& number) {
    if (rest_.size() < sizeof(number)) return false;
    std::memcpy(&number, rest_.data(), sizeof(number));
    rest_.remove_prefix(sizeof(number));
    return true;
  }

  bool read(std::string& text) {
    uint32_t size = 0;
    if (!read(size) || rest_.size() < size) return false;
    text.assign(rest_.data(), size);
    rest_.remove_prefix(size);
    // Programs in C see names up to a 0.
    return text.find('\0') == std::string::npos;
  }

  bool read(std::vector<ValuesColumn>& columns) {
    constexpr size_t kColumnBytesMin = 3 * sizeof(uint32_t);
    uint32_t count = 0;
    if (!read(count) || count > rest_.size() / kColumnBytesMin) return false;
    columns.resize(count);
    for (ValuesColumn& column : columns) {
      uint32_t type = 0;
      if (!read(column.name) || !read(column.version) || !read(type) || type > HEADRACE_LIST) return false;
      column.type = static_cast<headrace_type>(type);
    }
    return true;
  }

  bool is_over() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

}  // namespace

std::string write_values_schema(const std::vector<ValuesEntity>& entities) {
  std::string out;
  for (const ValuesEntity& entity : entities) {
    append_text(entity.name, out);
    append_columns(entity.keys, out);
    append_columns(entity.features, out);
  }
  return out;
}

std::optional<std::vector<ValuesEntity>> read_values_schema(std::string_view bytes, uint64_t entities) {
  SchemaBytes rest(bytes);
  std::vector<ValuesEntity> read;
  for (uint64_t i = 0; i < entities; ++i) {
    ValuesEntity& entity = read.emplace_back();
    if (!rest.read(entity.name) || !rest.read(entity.keys) || !rest.read(entity.features)) return std::nullopt;
  }
  if (!rest.is_over()) return std::nullopt;
  return read;
}

}  // namespace headrace
