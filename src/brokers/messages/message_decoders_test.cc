#include "brokers/messages/message_decoders.h"

#include "base/base64.h"

#include <google/protobuf/compiler/parser.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/text_format.h>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <map>

namespace headrace {
namespace {

namespace pb = google::protobuf;

constexpr const char* kTelemetry = R"(
syntax = "proto3";
package station;
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";
import "google/protobuf/duration.proto";
enum State { UNKNOWN = 0; RUNNING = 1; }
message Other { string text = 1; }
message Telemetry {
  message Place { string site = 1; int32 floor = 2; }
  string pump_id = 1;
  google.protobuf.Timestamp at = 2;
  double flow = 3;
  float pressure = 4;
  int64 count = 5;
  uint64 total = 6;
  bool is_on = 7;
  bytes raw = 8;
  State state = 9;
  optional double head = 10;
  google.protobuf.DoubleValue level = 11;
  google.protobuf.Duration took = 12;
  repeated int32 codes = 13;
  map<string, int32> counts = 14;
  Place place = 15;
  oneof which { string name = 16; int32 number = 17; }
  sfixed32 tick = 18;
}
)";

pb::FileDescriptorProto parsed_file(const std::string& text, const std::string& name) {
  pb::FileDescriptorProto file;
  pb::io::ArrayInputStream stream(text.data(), static_cast<int>(text.size()));
  pb::io::Tokenizer tokenizer(&stream, nullptr);
  EXPECT_TRUE(pb::compiler::Parser().Parse(&tokenizer, &file));
  file.set_name(name);
  return file;
}

std::string descriptor_set(bool has_imports) {
  pb::FileDescriptorSet files;
  for (const char* name :
       {"google/protobuf/timestamp.proto", "google/protobuf/wrappers.proto", "google/protobuf/duration.proto"}) {
    if (has_imports) pb::DescriptorPool::generated_pool()->FindFileByName(name)->CopyTo(files.add_file());
  }
  *files.add_file() = parsed_file(kTelemetry, "telemetry.proto");
  return files.SerializeAsString();
}

/// A message on the wire, from the text form.
std::string encoded(const std::string& type, const std::string& text) {
  pb::DescriptorPool pool(pb::DescriptorPool::generated_pool());
  const pb::FileDescriptor* file = pool.BuildFile(parsed_file(kTelemetry, "telemetry.proto"));
  EXPECT_NE(file, nullptr);
  pb::DynamicMessageFactory factory(&pool);
  const std::unique_ptr<pb::Message> message(factory.GetPrototype(pool.FindMessageTypeByName(type))->New());
  EXPECT_TRUE(pb::TextFormat::ParseFromString(text, message.get())) << text;
  return message->SerializeAsString();
}

std::string decoded(MessageDecoder& decoder, const std::string& message) {
  std::string line = "before ";
  const Status status = decoder.decode(message, line);
  EXPECT_TRUE(line.starts_with("before "));
  line.erase(0, 7);
  if (status.ok()) return line;
  EXPECT_EQ(line, "");
  return "error: " + status.error().message();
}

std::unique_ptr<MessageDecoder> telemetry_decoder(bool is_framed = false) {
  auto decoder = make_protobuf_decoder({.descriptors = descriptor_set(true),
                                        .shown = "telemetry.desc",
                                        .message = "station.Telemetry",
                                        .is_framed = is_framed},
                                       std::nullopt);
  EXPECT_TRUE(decoder) << decoder.error().message();
  return *std::move(decoder);
}

TEST(ProtobufDecoderTest, EveryTypeIsWrittenExactly) {
  const auto decoder = telemetry_decoder();
  const std::string message = encoded("station.Telemetry", R"(
      pump_id: "p1" at {seconds: 1709251200 nanos: 1} flow: -0.0 pressure: 0.1 count: -9223372036854775808
      total: 18446744073709551615 is_on: true raw: "\xff" state: RUNNING head: 0 level {value: 2.5}
      took {seconds: -1 nanos: -500000000} codes: [1, 2] counts {key: "a" value: 3} place {site: "north" floor: 2}
      number: 0 tick: -5)");
  EXPECT_EQ(
      decoded(*decoder, message),
      R"({"pump_id":"p1","at":"2024-03-01T00:00:00.000000001Z","flow":-0.0,"pressure":0.10000000149011612,)"
      R"("count":-9223372036854775808,"total":18446744073709551615,"is_on":true,"raw":"/w==","state":"RUNNING",)"
      R"("head":0.0,"level":2.5,"took":"-1.5s","codes":[1,2],"counts":{"a":3},"place":{"site":"north","floor":2},)"
      R"("number":0,"tick":-5})");
}

TEST(ProtobufDecoderTest, WhatIsNotSetIsADefaultOrNothing) {
  EXPECT_EQ(decoded(*telemetry_decoder(), ""),
            R"({"pump_id":"","flow":0.0,"pressure":0.0,"count":0,"total":0,"is_on":false,"raw":"","state":"UNKNOWN",)"
            R"("tick":0})");
}

TEST(ProtobufDecoderTest, NumbersWithoutNamesStayNumbers) {
  const auto decoder = telemetry_decoder();
  // Field 9 is 77; a field 100 is not known.
  EXPECT_NE(decoded(*decoder, "\x48\x4d\xa0\x06\x01").find("\"state\":77,"), std::string::npos);
  const std::string beyond = encoded("station.Telemetry", "at {seconds: 999999999999} took {seconds: 1 nanos: -1}");
  EXPECT_NE(decoded(*decoder, beyond).find(R"("at":{"seconds":999999999999,"nanos":0})"), std::string::npos);
  EXPECT_NE(decoded(*decoder, beyond).find(R"("took":{"seconds":1,"nanos":-1})"), std::string::npos);
}

TEST(ProtobufDecoderTest, HostileBytesEndInAnError) {
  const auto decoder = telemetry_decoder();
  for (const std::string& message : {std::string("\x0a\x05p1"), std::string("\x0a\x01\xff"), std::string("\xff\xff")}) {
    EXPECT_EQ(decoded(*decoder, message), "error: is no message station.Telemetry");
  }
}

TEST(ProtobufDecoderTest, AFrameSaysWhichMessageOfAFile) {
  const auto decoder = telemetry_decoder(/*is_framed=*/true);
  const std::string head("\0\0\0\0\x07", 5);
  const std::string body = encoded("station.Telemetry", "pump_id: \"p1\"");
  EXPECT_NE(decoded(*decoder, head + "\x02\x02" + body).find("\"pump_id\":\"p1\""), std::string::npos);
  EXPECT_EQ(decoded(*decoder, head + std::string(1, '\0') + body),
            "error: is of the type [0] of its file, and station.Telemetry is [1]");
  EXPECT_EQ(decoded(*decoder, "{}"), "error: has no frame of a schema registry: it does not begin with a byte 0");
}

TEST(ProtobufDecoderTest, AFileThatCannotBeUsedIsRefused) {
  const std::tuple<std::string, const char*, const char*> facts[] = {
      {"", "station.Telemetry", "t.desc: is no set of descriptors"},
      {"nonsense", "station.Telemetry", "t.desc: is no set of descriptors"},
      {descriptor_set(false), "station.Telemetri", "t.desc has no message `station.Telemetri`"},
  };
  for (const auto& [bytes, message, problem] : facts) {
    const auto decoder =
        make_protobuf_decoder({.descriptors = bytes, .shown = "t.desc", .message = message}, std::nullopt);
    ASSERT_FALSE(decoder);
    EXPECT_EQ(decoder.error().message(), problem);
  }
}

/// A registry that answers with JSON by path, and counts.
struct Answers {
  std::map<std::string, nlohmann::json> schemas;
  int asked = 0;
  bool is_away = false;

  AskRegistry ask() {
    return [this](const std::string& path) -> Result<RegistryReply> {
      ++asked;
      if (is_away) return Error::unavailable("the schema registry is away");
      const auto found = schemas.find(path);
      if (found == schemas.end()) return RegistryReply{404, R"({"error_code": 40403, "message": "Schema not found"})"};
      return RegistryReply{200, found->second.dump()};
    };
  }
};

TEST(RegisteredProtobufDecoderTest, TypesComeAsDescriptorsOrAsText) {
  Answers answers;
  const std::string serialized = parsed_file(kTelemetry, "telemetry.proto").SerializeAsString();
  answers.schemas["/schemas/ids/7?format=serialized"] = {{"schema", to_base64(serialized)}, {"schemaType", "PROTOBUF"}};
  answers.schemas["/schemas/ids/8?format=serialized"] = {{"schema", kTelemetry}, {"schemaType", "PROTOBUF"}};
  answers.schemas["/schemas/ids/9?format=serialized"] = {
      {"schema", "syntax = \"proto3\"; import \"place.proto\"; message M { site.Place place = 1; }"},
      {"schemaType", "PROTOBUF"},
      {"references", {{{"name", "place.proto"}, {"subject", "place"}, {"version", 1}}}}};
  answers.schemas["/subjects/place/versions/1?format=serialized"] = {
      {"schema", "syntax = \"proto3\"; package site; message Place { int32 floor = 1; }"}, {"schemaType", "PROTOBUF"}};
  answers.schemas["/schemas/ids/10?format=serialized"] = {{"schema", "syntax = \"proto3\"; message {"},
                                                          {"schemaType", "PROTOBUF"}};
  answers.schemas["/schemas/ids/11?format=serialized"] = {{"schema", "\"string\""}};
  const auto decoder = make_registered_protobuf_decoder(answers.ask(), std::nullopt, system_clock());
  const std::string body = encoded("station.Telemetry", "pump_id: \"p1\"");
  for (const char* id : {"\x07", "\x08"}) {
    const std::string message = std::string("\0\0\0\0", 4) + id + "\x02\x02" + body;
    EXPECT_NE(decoded(*decoder, message).find("\"pump_id\":\"p1\""), std::string::npos);
  }
  EXPECT_EQ(decoded(*decoder, std::string("\0\0\0\0\x09\0\x0a\x02\x08\x05", 10)), R"({"place":{"floor":5}})");
  EXPECT_EQ(decoded(*decoder, std::string("\0\0\0\0\x09\x02\x04", 7)),
            "error: is of the type [2], which schema 9 has not");
  EXPECT_EQ(decoded(*decoder, std::string("\0\0\0\0\x0a\0", 6)),
            "error: schema 10 of the registry cannot be used: line 1, column 28: Expected message name.");
  EXPECT_EQ(decoded(*decoder, std::string("\0\0\0\0\x0b\0", 6)),
            "error: schema 11 of the registry is AVRO, and `format` is protobuf");
}

TEST(RegisteredAvroDecoderTest, EachMessageHasItsWritersSchema) {
  Answers answers;
  const char* const first = R"({"type": "record", "name": "t", "fields": [{"name": "flow", "type": "int"}]})";
  const char* const second =
      R"({"type": "record", "name": "t", "fields": [{"name": "flow", "type": "string"}, {"name": "more", "type": "null"}]})";
  answers.schemas["/schemas/ids/1"] = {{"schema", first}};
  answers.schemas["/schemas/ids/2"] = {{"schema", second}, {"schemaType", "AVRO"}};
  answers.schemas["/schemas/ids/3"] = {{"schema", "{}"}};
  answers.is_away = true;
  const auto decoder = make_registered_avro_decoder(answers.ask(), std::nullopt, system_clock());
  const std::string one("\0\0\0\0\x01\x06", 6), two("\0\0\0\0\x02\x02x", 7);
  std::string line;
  const Status away = decoder->decode(one, line);
  ASSERT_FALSE(away.ok());
  EXPECT_EQ(away.error().kind(), ErrorKind::kUnavailable);
  answers.is_away = false;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(decoded(*decoder, one), R"({"flow":3})");
    EXPECT_EQ(decoded(*decoder, two), R"({"flow":"x","more":null})");
  }
  EXPECT_EQ(answers.asked, 3);
  EXPECT_EQ(decoded(*decoder, std::string("\0\0\0\0\x02\x06", 6)),
            "error: is no value of schema 2: at byte 1 of 1 it is cut off");
  EXPECT_EQ(decoded(*decoder, std::string("\0\0\0\0\x03\x06", 6)),
            "error: schema 3 of the registry cannot be used: it has something that is no type: {}");
  EXPECT_EQ(decoded(*decoder, std::string("\0\0\0\0\x04\x06", 6)), "error: the schema registry has no schema 4");
}

TEST(FramedJsonDecoderTest, TakesTheFrameAway) {
  const auto decoder = make_framed_json_decoder();
  EXPECT_EQ(decoded(*decoder, std::string("\0\0\0\0\x01{\n}", 8)), "{ }");
  EXPECT_EQ(decoded(*decoder, "{}"), "error: has no frame of a schema registry: it does not begin with a byte 0");
}

TEST(PlainAvroDecoderTest, ASchemaThatIsNoneIsRefused) {
  const auto decoder = make_plain_avro_decoder("{", "t.avsc", std::nullopt);
  ASSERT_FALSE(decoder);
  EXPECT_EQ(decoder.error().message(), "t.avsc is no schema of Avro: it is not valid JSON");
}

}  // namespace
}  // namespace headrace
