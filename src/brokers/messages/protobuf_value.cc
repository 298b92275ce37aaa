#include "brokers/messages/protobuf_value.h"

#include <google/protobuf/descriptor.h>

#include <fmt/format.h>

#include <cstdlib>
#include <string>

namespace headrace {
namespace {

namespace pb = google::protobuf;

constexpr std::string_view kWrappers[] = {
    "google.protobuf.DoubleValue", "google.protobuf.FloatValue",  "google.protobuf.Int64Value",
    "google.protobuf.UInt64Value", "google.protobuf.Int32Value",  "google.protobuf.UInt32Value",
    "google.protobuf.BoolValue",   "google.protobuf.StringValue", "google.protobuf.BytesValue",
};

bool is_wrapper(const pb::Descriptor& type) {
  if (type.field_count() != 1 || type.field(0)->is_repeated() || type.field(0)->message_type() != nullptr) return false;
  for (const std::string_view each : kWrappers) {
    if (type.full_name() == each) return true;
  }
  return false;
}

/// The two numbers of a Timestamp or a Duration, where the type is what its name says.
struct SecondsAndNanos {
  int64_t seconds = 0;
  int32_t nanos = 0;
};
std::optional<SecondsAndNanos> seconds_and_nanos(const pb::Message& message) {
  const pb::FieldDescriptor* seconds = message.GetDescriptor()->FindFieldByNumber(1);
  const pb::FieldDescriptor* nanos = message.GetDescriptor()->FindFieldByNumber(2);
  const bool is_sound = seconds != nullptr && nanos != nullptr && !seconds->is_repeated() && !nanos->is_repeated() &&
                        seconds->cpp_type() == pb::FieldDescriptor::CPPTYPE_INT64 &&
                        nanos->cpp_type() == pb::FieldDescriptor::CPPTYPE_INT32;
  if (!is_sound) return std::nullopt;
  const pb::Reflection& reflection = *message.GetReflection();
  return SecondsAndNanos{.seconds = reflection.GetInt64(message, seconds),
                         .nanos = reflection.GetInt32(message, nanos)};
}

/// Each function gives what is wrong, or null.
class ProtobufMessageWriter {
 public:
  ProtobufMessageWriter(const std::optional<EpochMember>& epoch, EventLine& line) : epoch_(epoch), line_(line) {}

  const char* write_fields(const pb::Message& message, int depth);

 private:
  const char* write_message(const pb::Message& message, int depth);
  const char* write_field(const pb::Message& message, const pb::FieldDescriptor& field, int depth);
  const char* write_list(const pb::Message& message, const pb::FieldDescriptor& field, int depth);
  const char* write_entry(const pb::Message& entry, int depth);
  const char* write_one(const pb::Message& message, const pb::FieldDescriptor& field, int index, int depth);
  bool write_time(const pb::Message& message);
  bool write_span(const pb::Message& message);
  const char* write_text(const std::string& text);
  void write_symbol(int number, const pb::EnumDescriptor& type);

  const std::optional<EpochMember>& epoch_;
  EventLine& line_;
};

bool ProtobufMessageWriter::write_time(const pb::Message& message) {
  const std::optional<SecondsAndNanos> time = seconds_and_nanos(message);
  const bool is_sound = time && time->nanos >= 0 && time->nanos < 1'000'000'000;
  return is_sound && line_.instant(time->seconds, time->nanos, /*has_zone=*/true);
}

bool ProtobufMessageWriter::write_span(const pb::Message& message) {
  const std::optional<SecondsAndNanos> span = seconds_and_nanos(message);
  if (!span || span->nanos <= -1'000'000'000 || span->nanos >= 1'000'000'000) return false;
  const bool is_negative = span->seconds < 0 || span->nanos < 0;
  if ((span->seconds < 0 && span->nanos > 0) || (span->seconds > 0 && span->nanos < 0)) return false;
  const uint64_t seconds =
      span->seconds < 0 ? 0 - static_cast<uint64_t>(span->seconds) : static_cast<uint64_t>(span->seconds);
  std::string text = fmt::format("{}{}", is_negative ? "-" : "", seconds);
  if (span->nanos != 0) {
    text += fmt::format(".{:09}", std::abs(span->nanos));
    text.resize(text.find_last_not_of('0') + 1);
  }
  line_.text(text + "s");
  return true;
}

const char* ProtobufMessageWriter::write_text(const std::string& text) {
  return line_.text(text) ? nullptr : "has a string that is not UTF-8";
}

void ProtobufMessageWriter::write_symbol(int number, const pb::EnumDescriptor& type) {
  const pb::EnumValueDescriptor* const value = type.FindValueByNumber(number);
  if (value == nullptr) return line_.integer(number);
  line_.text(value->name());
}

const char* ProtobufMessageWriter::write_message(const pb::Message& message, int depth) {
  const pb::Descriptor& type = *message.GetDescriptor();
  if (type.full_name() == "google.protobuf.Timestamp" && write_time(message)) return nullptr;
  if (type.full_name() == "google.protobuf.Duration" && write_span(message)) return nullptr;
  if (is_wrapper(type)) return write_one(message, *type.field(0), -1, depth + 1);
  return write_fields(message, depth + 1);
}

/// A value of a field; `index` is its place in a list, or -1.
const char* ProtobufMessageWriter::write_one(const pb::Message& message, const pb::FieldDescriptor& field, int index,
                                             int depth) {
  const pb::Reflection& of = *message.GetReflection();
  const bool is_item = index >= 0;
  std::string scratch;
  if (line_.is_too_long()) return "has more than 16 MB as JSON";
  switch (field.cpp_type()) {
    case pb::FieldDescriptor::CPPTYPE_INT32:
      line_.integer(is_item ? of.GetRepeatedInt32(message, &field, index) : of.GetInt32(message, &field));
      return nullptr;
    case pb::FieldDescriptor::CPPTYPE_INT64:
      line_.integer(is_item ? of.GetRepeatedInt64(message, &field, index) : of.GetInt64(message, &field));
      return nullptr;
    case pb::FieldDescriptor::CPPTYPE_UINT32:
      line_.natural(is_item ? of.GetRepeatedUInt32(message, &field, index) : of.GetUInt32(message, &field));
      return nullptr;
    case pb::FieldDescriptor::CPPTYPE_UINT64:
      line_.natural(is_item ? of.GetRepeatedUInt64(message, &field, index) : of.GetUInt64(message, &field));
      return nullptr;
    case pb::FieldDescriptor::CPPTYPE_FLOAT:
      line_.number(is_item ? of.GetRepeatedFloat(message, &field, index) : of.GetFloat(message, &field));
      return nullptr;
    case pb::FieldDescriptor::CPPTYPE_DOUBLE:
      line_.number(is_item ? of.GetRepeatedDouble(message, &field, index) : of.GetDouble(message, &field));
      return nullptr;
    case pb::FieldDescriptor::CPPTYPE_BOOL:
      line_.boolean(is_item ? of.GetRepeatedBool(message, &field, index) : of.GetBool(message, &field));
      return nullptr;
    case pb::FieldDescriptor::CPPTYPE_ENUM:
      write_symbol(is_item ? of.GetRepeatedEnumValue(message, &field, index) : of.GetEnumValue(message, &field),
                   *field.enum_type());
      return nullptr;

    // What has a length.
    case pb::FieldDescriptor::CPPTYPE_STRING: {
      const std::string& text = is_item ? of.GetRepeatedStringReference(message, &field, index, &scratch)
                                        : of.GetStringReference(message, &field, &scratch);
      if (field.type() != pb::FieldDescriptor::TYPE_BYTES) return write_text(text);
      line_.bytes(text);
      return nullptr;
    }
    case pb::FieldDescriptor::CPPTYPE_MESSAGE:
      return write_message(is_item ? of.GetRepeatedMessage(message, &field, index) : of.GetMessage(message, &field),
                           depth);
  }
  return nullptr;
}

/// Keys of a map are texts, integers or booleans; as names of members they stand in quotes.
const char* ProtobufMessageWriter::write_entry(const pb::Message& entry, int depth) {
  const pb::FieldDescriptor& key = *entry.GetDescriptor()->map_key();
  const bool is_text = key.cpp_type() == pb::FieldDescriptor::CPPTYPE_STRING;
  if (!is_text) line_.raw("\"");
  if (const char* problem = write_one(entry, key, -1, depth)) return problem;
  line_.raw(is_text ? ":" : "\":");
  return write_one(entry, *entry.GetDescriptor()->map_value(), -1, depth);
}

const char* ProtobufMessageWriter::write_list(const pb::Message& message, const pb::FieldDescriptor& field, int depth) {
  const pb::Reflection& reflection = *message.GetReflection();
  const int count = reflection.FieldSize(message, &field);
  line_.raw(field.is_map() ? "{" : "[");
  for (int i = 0; i < count; ++i) {
    if (i > 0) line_.raw(",");
    const char* problem = field.is_map() ? write_entry(reflection.GetRepeatedMessage(message, &field, i), depth)
                                         : write_one(message, field, i, depth);
    if (problem != nullptr) return problem;
  }
  line_.raw(field.is_map() ? "}" : "]");
  return nullptr;
}

const char* ProtobufMessageWriter::write_field(const pb::Message& message, const pb::FieldDescriptor& field,
                                               int depth) {
  line_.text(field.name());
  line_.raw(":");
  return field.is_repeated() ? write_list(message, field, depth) : write_one(message, field, -1, depth);
}

const char* ProtobufMessageWriter::write_fields(const pb::Message& message, int depth) {
  if (depth > EventLine::kDepthMax) return "nests too deeply";
  const pb::Descriptor& type = *message.GetDescriptor();
  const pb::Reflection& reflection = *message.GetReflection();
  line_.raw("{");
  bool is_first = true;
  for (int i = 0; i < type.field_count(); ++i) {
    const pb::FieldDescriptor& field = *type.field(i);
    const bool is_there = field.is_repeated()    ? reflection.FieldSize(message, &field) > 0
                          : field.has_presence() ? reflection.HasField(message, &field)
                                                 : true;
    if (!is_there) continue;
    if (!is_first) line_.raw(",");
    is_first = false;
    if (depth == 0 && epoch_ && field.name() == epoch_->name) line_.set_unit(epoch_->unit);
    if (const char* problem = write_field(message, field, depth)) return problem;
    if (depth == 0) line_.set_unit(std::nullopt);
  }
  line_.raw("}");
  return nullptr;
}

}  // namespace

Status write_protobuf_message(const pb::Message& message, const std::optional<EpochMember>& epoch, EventLine& line) {
  if (const char* problem = ProtobufMessageWriter(epoch, line).write_fields(message, 0)) {
    return Error::data(fmt::format("it {}", problem));
  }
  return {};
}

}  // namespace headrace
