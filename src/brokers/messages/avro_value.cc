#include "brokers/messages/avro_value.h"

#include "brokers/messages/confluent_frame.h"
#include "brokers/messages/decimal_text.h"
#include "data/time.h"

#include <fmt/format.h>

#include <bit>
#include <cstring>
#include <limits>

namespace headrace {
namespace {

constexpr int64_t kNanosPerSecond = 1'000'000'000;
constexpr size_t kDecimalBytesMax = 32;

/// Reads from the front of the bytes. Each function gives what is wrong, or null.
class AvroValueReader {
 public:
  AvroValueReader(const AvroSchema& schema, std::string_view bytes, const std::optional<EpochMember>& epoch,
                  EventLine& line)
      : schema_(schema), rest_(bytes), epoch_(epoch), line_(line) {}

  const char* read(uint32_t index, int depth);
  size_t left() const { return rest_.size(); }

 private:
  static constexpr const char* kCutOff = "is cut off";

  const char* take_long(int64_t* value);
  const char* take_bytes(std::string_view* value);
  const char* take_fixed(size_t size, std::string_view* value);
  template <typename Float>
  const char* read_float();
  const char* read_integer(const AvroType& type);
  const char* read_text();
  const char* read_record(const AvroType& type, int depth);
  const char* read_items(const AvroType& type, int depth);
  const char* take_block(int64_t* count);
  void write_instant(int64_t count, int64_t per_second, bool has_zone);
  void write_time_of_day(int64_t count, int64_t per_second);
  void write_bytes(const AvroType& type, std::string_view value);

  const AvroSchema& schema_;
  std::string_view rest_;
  const std::optional<EpochMember>& epoch_;
  EventLine& line_;
};

const char* AvroValueReader::take_long(int64_t* value) {
  const std::optional<uint64_t> taken = take_varint(rest_);
  if (!taken) return rest_.size() < 10 ? kCutOff : "has an integer of more than 64 bits";
  *value = unzigzag(*taken);
  return nullptr;
}

const char* AvroValueReader::take_fixed(size_t size, std::string_view* value) {
  if (size > rest_.size()) return kCutOff;
  *value = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return nullptr;
}

const char* AvroValueReader::take_bytes(std::string_view* value) {
  int64_t size = 0;
  if (const char* problem = take_long(&size)) return problem;
  if (size < 0) return "has a length below 0";
  return take_fixed(static_cast<size_t>(size), value);
}

/// Little-endian, as this machine is.
template <typename Float>
const char* AvroValueReader::read_float() {
  static_assert(std::endian::native == std::endian::little);
  std::string_view bytes;
  if (const char* problem = take_fixed(sizeof(Float), &bytes)) return problem;
  Float value = 0;
  std::memcpy(&value, bytes.data(), sizeof value);
  line_.number(value);
  return nullptr;
}

void AvroValueReader::write_instant(int64_t count, int64_t per_second, bool has_zone) {
  const int64_t seconds = floor_divide(count, per_second);
  const auto nanoseconds = static_cast<int32_t>((count - seconds * per_second) * (kNanosPerSecond / per_second));
  if (!line_.instant(seconds, nanoseconds, has_zone)) line_.integer(count);
}

void AvroValueReader::write_time_of_day(int64_t count, int64_t per_second) {
  if (count < 0 || count >= 86'400 * per_second) return line_.integer(count);
  const int64_t seconds = count / per_second;
  const int64_t micros = count % per_second * (kMicrosPerSecond / per_second);
  line_.raw(fmt::format("\"{:02}:{:02}:{:02}.{:06}\"", seconds / 3600, seconds / 60 % 60, seconds % 60, micros));
}

const char* AvroValueReader::read_integer(const AvroType& type) {
  constexpr int64_t kMillis = 1'000, kMicros = 1'000'000;
  int64_t value = 0;
  if (const char* problem = take_long(&value)) return problem;
  const bool is_int = value >= std::numeric_limits<int32_t>::min() && value <= std::numeric_limits<int32_t>::max();
  if (type.kind == AvroKind::kInt && !is_int) return "has an int of more than 32 bits";
  switch (type.logical) {
    case AvroLogical::kDate:
      if (!line_.instant(value * 86'400, 0, /*has_zone=*/true)) line_.integer(value);
      break;
    case AvroLogical::kTimeMillis: write_time_of_day(value, kMillis); break;
    case AvroLogical::kTimeMicros: write_time_of_day(value, kMicros); break;
    case AvroLogical::kTimestampMillis: write_instant(value, kMillis, /*has_zone=*/true); break;
    case AvroLogical::kTimestampMicros: write_instant(value, kMicros, /*has_zone=*/true); break;
    case AvroLogical::kTimestampNanos: write_instant(value, kNanosPerSecond, /*has_zone=*/true); break;
    case AvroLogical::kLocalTimestampMillis: write_instant(value, kMillis, /*has_zone=*/false); break;
    case AvroLogical::kLocalTimestampMicros: write_instant(value, kMicros, /*has_zone=*/false); break;
    case AvroLogical::kLocalTimestampNanos: write_instant(value, kNanosPerSecond, /*has_zone=*/false); break;
    case AvroLogical::kNone:
    case AvroLogical::kDecimal:
    case AvroLogical::kUuid: line_.integer(value); break;
  }
  return nullptr;
}

void AvroValueReader::write_bytes(const AvroType& type, std::string_view value) {
  if (type.logical == AvroLogical::kDecimal && !value.empty() && value.size() <= kDecimalBytesMax) {
    line_.raw(decimal_text(value, type.scale));
  } else if (type.logical == AvroLogical::kUuid) {
    std::string text;
    for (size_t i = 0; i < value.size(); ++i) {
      if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
      text += fmt::format("{:02x}", static_cast<uint8_t>(value[i]));
    }
    line_.text(text);
  } else {
    line_.bytes(value);
  }
}

const char* AvroValueReader::read_text() {
  std::string_view text;
  if (const char* problem = take_bytes(&text)) return problem;
  return line_.text(text) ? nullptr : "has a string that is not UTF-8";
}

const char* AvroValueReader::read_record(const AvroType& type, int depth) {
  line_.raw("{");
  bool is_first = true;
  for (const AvroField& field : type.fields) {
    if (!is_first) line_.raw(",");
    is_first = false;
    line_.raw(field.key);
    if (depth == 0 && epoch_ && field.name == epoch_->name) line_.set_unit(epoch_->unit);
    if (const char* problem = read(field.type, depth + 1)) return problem;
    if (depth == 0) line_.set_unit(std::nullopt);
  }
  line_.raw("}");
  return nullptr;
}

/// How many items follow; 0: there are no more blocks. A count below 0 has the block's size behind it.
const char* AvroValueReader::take_block(int64_t* count) {
  if (const char* problem = take_long(count)) return problem;
  if (*count >= 0) return nullptr;
  if (*count == std::numeric_limits<int64_t>::min()) return "has a block of too many items";
  *count = -*count;
  int64_t size = 0;
  if (const char* problem = take_long(&size)) return problem;
  return size < 0 || static_cast<size_t>(size) > rest_.size() ? kCutOff : nullptr;
}

const char* AvroValueReader::read_items(const AvroType& type, int depth) {
  const bool is_map = type.kind == AvroKind::kMap;
  line_.raw(is_map ? "{" : "[");
  bool is_first = true;
  int64_t count = 0;
  for (;;) {
    if (const char* problem = take_block(&count)) return problem;
    if (count == 0) break;
    for (; count > 0; --count) {
      if (!is_first) line_.raw(",");
      is_first = false;
      if (is_map) {
        if (const char* problem = read_text()) return problem;
        line_.raw(":");
      }
      if (const char* problem = read(type.parts.front(), depth + 1)) return problem;
    }
  }
  line_.raw(is_map ? "}" : "]");
  return nullptr;
}

const char* AvroValueReader::read(uint32_t index, int depth) {
  if (depth > EventLine::kDepthMax) return "nests too deeply";
  // Values may have no bytes at all, so that only this bounds their number.
  if (line_.is_too_long()) return "has more than 16 MB as JSON";
  const AvroType& type = schema_.type(index);
  int64_t number = 0;
  std::string_view bytes;
  switch (type.kind) {
    case AvroKind::kNull: line_.null(); return nullptr;
    case AvroKind::kBoolean:
      if (const char* problem = take_fixed(1, &bytes)) return problem;
      if (bytes[0] != 0 && bytes[0] != 1) return "has a boolean that is neither 0 nor 1";
      line_.boolean(bytes[0] == 1);
      return nullptr;
    case AvroKind::kInt:
    case AvroKind::kLong: return read_integer(type);
    case AvroKind::kFloat: return read_float<float>();
    case AvroKind::kDouble: return read_float<double>();
    case AvroKind::kString: return read_text();
    case AvroKind::kBytes:
      if (const char* problem = take_bytes(&bytes)) return problem;
      write_bytes(type, bytes);
      return nullptr;
    case AvroKind::kFixed:
      if (const char* problem = take_fixed(static_cast<size_t>(type.size), &bytes)) return problem;
      write_bytes(type, bytes);
      return nullptr;

    // What has others in it.
    case AvroKind::kRecord: return read_record(type, depth);
    case AvroKind::kArray:
    case AvroKind::kMap: return read_items(type, depth);
    case AvroKind::kEnum:
      if (const char* problem = take_long(&number)) return problem;
      if (number < 0 || static_cast<size_t>(number) >= type.symbols.size()) return "has an enum without such a symbol";
      line_.raw(type.symbols[static_cast<size_t>(number)]);
      return nullptr;
    case AvroKind::kUnion:
      if (const char* problem = take_long(&number)) return problem;
      if (number < 0 || static_cast<size_t>(number) >= type.parts.size()) return "has a union without such a branch";
      return read(type.parts[static_cast<size_t>(number)], depth);
  }
  return nullptr;
}

}  // namespace

Status write_avro_value(const AvroSchema& schema, std::string_view bytes, const std::optional<EpochMember>& epoch,
                        EventLine& line) {
  AvroValueReader reader(schema, bytes, epoch, line);
  if (const char* problem = reader.read(schema.root(), 0)) {
    return Error::data(fmt::format("at byte {} of {} it {}", bytes.size() - reader.left(), bytes.size(), problem));
  }
  if (reader.left() > 0) {
    return Error::data(fmt::format("{} of its {} bytes are behind the end of one", reader.left(), bytes.size()));
  }
  if (!line.is_object()) return Error::data("it is no record");
  return {};
}

}  // namespace headrace
