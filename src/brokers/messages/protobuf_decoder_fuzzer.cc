/// A length in two bytes, a file of descriptors so long, then bytes as a message of its first type; or as a message of a known
/// type where there is no such file. What is made of them keeps these laws:
///   - it ends, without a crash and in bounded memory;
///   - it is nothing, or one line of UTF-8 that is an object;
///   - texts of schemas end in types or an Error.

#include "base/check.h"
#include "base/utf8.h"
#include "brokers/messages/protobuf_types.h"
#include "brokers/messages/protobuf_value.h"

#include <string>
#include <string_view>

namespace headrace {
namespace {

constexpr const char* kKnown = R"(syntax = "proto3"; import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto"; message Known { string a = 1; google.protobuf.Timestamp b = 2; double c = 3;
repeated Known d = 4; map<int32, Known> e = 5; google.protobuf.StringValue f = 6; enum G { H = 0; } G i = 7;
oneof j { bytes k = 8; uint64 l = 9; } repeated sint32 m = 10; optional float n = 11; })";

void decode_as_first(ProtobufTypes& types, std::string_view bytes) {
  const google::protobuf::Descriptor* const type = types.at({0});
  if (type == nullptr) return;
  const auto message = types.make(*type);
  if (!message->ParsePartialFromArray(bytes.data(), static_cast<int>(bytes.size()))) return;
  std::string out;
  EventLine line(out);
  if (!write_protobuf_message(*message, std::nullopt, line).ok()) return;
  CHECK(out.front() == '{' && out.back() == '}');
  CHECK(out.find('\n') == std::string::npos && is_valid_utf8(out));
}

void check_protobuf_input(std::string_view input) {
  if (input.size() < 2) return;
  static ProtobufTypes known = ProtobufTypes::of_schema({.type = "PROTOBUF", .text = kKnown, .parts = {}}).value();
  decode_as_first(known, input.substr(2));

  const size_t length = static_cast<size_t>(static_cast<uint8_t>(input[0])) << 8 | static_cast<uint8_t>(input[1]);
  if (length > input.size() - 2) return;
  const std::string_view file = input.substr(2, length), bytes = input.substr(2 + length);
  auto given = ProtobufTypes::of_descriptor_set(file);
  if (given) decode_as_first(*given, bytes);
  auto text = ProtobufTypes::of_schema({.type = "PROTOBUF", .text = std::string(file), .parts = {}});
  if (text) decode_as_first(*text, bytes);
}

}  // namespace
}  // namespace headrace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  headrace::check_protobuf_input({reinterpret_cast<const char*>(data), size});
  return 0;
}
