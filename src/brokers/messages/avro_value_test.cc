#include "brokers/messages/avro_value.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstring>

namespace headrace {
namespace {

/// Bytes as an encoder of Avro writes them.
class Encoded {
 public:
  Encoded& number(int64_t value) {
    uint64_t rest = (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
    for (; rest >= 0x80; rest >>= 7) text += static_cast<char>(rest | 0x80);
    text += static_cast<char>(rest);
    return *this;
  }
  Encoded& word(std::string_view value) {
    number(static_cast<int64_t>(value.size()));
    text += value;
    return *this;
  }
  template <typename T>
  Encoded& raw(T value) {
    char bytes[sizeof value];
    std::memcpy(bytes, &value, sizeof value);
    text.append(bytes, sizeof value);
    return *this;
  }
  std::string text;
};

std::string read_value(const std::string& schema, const std::string& bytes,
                       const std::optional<EpochMember>& epoch = std::nullopt) {
  const auto parsed = AvroSchema::parse(schema, {});
  if (!parsed) return "no schema: " + parsed.error().message();
  std::string out;
  EventLine line(out);
  const Status status = write_avro_value(*parsed, bytes, epoch, line);
  return status.ok() ? out : "error: " + status.error().message();
}

/// A record with one field `x` of a type.
std::string field_value(const std::string& type, const std::string& bytes) {
  return read_value(fmt::format(R"({{"type": "record", "name": "r", "fields": [{{"name": "x", "type": {}}}]}})", type),
                    bytes);
}

TEST(AvroValueTest, EveryTypeIsWrittenExactly) {
  const std::tuple<const char*, std::string, const char*> facts[] = {
      {R"("null")", "", "null"},
      {R"("boolean")", "\x01", "true"},
      {R"("int")", Encoded().number(INT32_MIN).text, "-2147483648"},
      {R"("long")", Encoded().number(INT64_MAX).text, "9223372036854775807"},
      {R"("long")", Encoded().number(INT64_MIN).text, "-9223372036854775808"},
      {R"("float")", Encoded().raw(0.1f).text, "0.10000000149011612"},
      {R"("double")", Encoded().raw(0.1).text, "0.1"},
      {R"("double")", Encoded().raw(-0.0).text, "-0.0"},
      {R"("double")", Encoded().raw(std::numeric_limits<double>::quiet_NaN()).text, "NaN"},
      {R"("string")", Encoded().word("a\"b").text, R"("a\"b")"},
      {R"("bytes")", Encoded().word("\xff").text, R"("/w==")"},
      {R"({"type": "fixed", "name": "f", "size": 2})", "\x01\x02", R"("AQI=")"},
      {R"({"type": "enum", "name": "e", "symbols": ["ON", "OFF"]})", Encoded().number(1).text, R"("OFF")"},
      {R"(["null", "double"])", Encoded().number(0).text, "null"},
      {R"(["null", "double"])", Encoded().number(1).raw(1.5).text, "1.5"},
      {R"({"type": "array", "items": "int"})", Encoded().number(2).number(1).number(2).number(0).text, "[1,2]"},
      {R"({"type": "array", "items": "int"})", Encoded().number(-1).number(1).number(7).number(0).text, "[7]"},
      {R"({"type": "map", "values": "int"})", Encoded().number(1).word("k").number(5).number(0).text, R"({"k":5})"},
      {R"({"type": {"type": "string"}})", Encoded().word("a").text, R"("a")"},
  };
  for (const auto& [type, bytes, json] : facts) {
    EXPECT_EQ(field_value(type, bytes), fmt::format("{{\"x\":{}}}", json)) << type;
  }
}

TEST(AvroValueTest, LogicalTypesSayWhatIsMeant) {
  const std::tuple<const char*, std::string, const char*> facts[] = {
      {R"({"type": "int", "logicalType": "date"})", Encoded().number(19783).text, R"("2024-03-01T00:00:00Z")"},
      {R"({"type": "long", "logicalType": "timestamp-millis"})", Encoded().number(1709251200500).text,
       R"("2024-03-01T00:00:00.500Z")"},
      {R"({"type": "long", "logicalType": "timestamp-micros"})", Encoded().number(1709251200000001).text,
       R"("2024-03-01T00:00:00.000001Z")"},
      {R"({"type": "long", "logicalType": "timestamp-nanos"})", Encoded().number(-1).text,
       R"("1969-12-31T23:59:59.999999999Z")"},
      {R"({"type": "long", "logicalType": "local-timestamp-millis"})", Encoded().number(0).text,
       R"("1970-01-01T00:00:00")"},
      {R"({"type": "long", "logicalType": "timestamp-millis"})", Encoded().number(INT64_MAX).text,
       "9223372036854775807"},
      {R"({"type": "int", "logicalType": "time-millis"})", Encoded().number(3723004).text, R"("01:02:03.004000")"},
      {R"({"type": "long", "logicalType": "time-micros"})", Encoded().number(-1).text, "-1"},
      {R"({"type": "bytes", "logicalType": "decimal", "precision": 5, "scale": 2})", Encoded().word("\x30\x39").text,
       "123.45"},
      {R"({"type": "fixed", "name": "d", "size": 2, "logicalType": "decimal", "precision": 4})", "\xff\xff", "-1"},
      {R"({"type": "bytes", "logicalType": "decimal", "precision": 5, "scale": 2})",
       Encoded().word(std::string(33, '\0')).text, R"("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")"},
      {R"({"type": "fixed", "name": "u", "size": 16, "logicalType": "uuid"})", "0123456789abcdef",
       R"("30313233-3435-3637-3839-616263646566")"},
      // What does not fit its type changes nothing.
      {R"({"type": "string", "logicalType": "date"})", Encoded().word("a").text, R"("a")"},
      {R"({"type": "long", "logicalType": "of-another-program"})", Encoded().number(7).text, "7"},
      {R"({"type": "bytes", "logicalType": "decimal", "scale": -1})", Encoded().word("\x01").text, R"("AQ==")"},
  };
  for (const auto& [type, bytes, json] : facts) {
    EXPECT_EQ(field_value(type, bytes), fmt::format("{{\"x\":{}}}", json)) << type;
  }
}

TEST(AvroValueTest, TheTimeOfAnEventMayBeANumber) {
  const char* const schema =
      R"({"type": "record", "name": "r", "fields": [
          {"name": "at", "type": {"type": "long", "logicalType": "timestamp-micros"}},
          {"name": "seen", "type": {"type": "long", "logicalType": "timestamp-millis"}}]})";
  const std::string bytes = Encoded().number(1500).number(0).text;
  EXPECT_EQ(read_value(schema, bytes, EpochMember{.name = "at", .unit = TimeUnit::kMilliseconds}),
            R"({"at":1.5,"seen":"1970-01-01T00:00:00Z"})");
}

TEST(AvroValueTest, TypesAreFoundByTheirNames) {
  const char* const schema = R"({"type": "record", "name": "a.tree", "fields": [
      {"name": "kind", "type": {"type": "enum", "name": "kind", "symbols": ["X"]}},
      {"name": "again", "type": "a.kind"},
      {"name": "next", "type": ["null", "tree"]}]})";
  const std::string leaf = Encoded().number(0).number(0).number(0).text;
  EXPECT_EQ(read_value(schema, Encoded().number(0).number(0).number(1).text + leaf),
            R"({"kind":"X","again":"X","next":{"kind":"X","again":"X","next":null}})");
}

TEST(AvroValueTest, SchemasMayReferToOthers) {
  const std::vector<std::string> references = {R"({"type": "enum", "name": "common.Unit", "symbols": ["BAR"]})"};
  const auto schema = AvroSchema::parse(
      R"({"type": "record", "name": "r", "namespace": "station", "fields": [{"name": "u", "type": "common.Unit"}]})",
      references);
  ASSERT_TRUE(schema) << schema.error().message();
  std::string out;
  EventLine line(out);
  ASSERT_TRUE(write_avro_value(*schema, std::string(1, '\0'), std::nullopt, line).ok());
  EXPECT_EQ(out, R"({"u":"BAR"})");
}

TEST(AvroValueTest, HostileBytesEndInAnError) {
  const std::tuple<const char*, std::string, const char*> facts[] = {
      {R"("double")", "1234", "at byte 0 of 4 it is cut off"},
      {R"("string")", Encoded().number(INT64_MAX).text, "at byte 10 of 10 it is cut off"},
      {R"("string")", Encoded().number(-1).text, "at byte 1 of 1 it has a length below 0"},
      {R"("string")", Encoded().word("\xff").text, "at byte 2 of 2 it has a string that is not UTF-8"},
      {R"("long")", std::string(11, '\xff'), "at byte 0 of 11 it has an integer of more than 64 bits"},
      {R"("long")", "\xff", "at byte 0 of 1 it is cut off"},
      {R"("int")", Encoded().number(int64_t{INT32_MAX} + 1).text, "at byte 5 of 5 it has an int of more than 32 bits"},
      {R"("boolean")", "\x02", "at byte 1 of 1 it has a boolean that is neither 0 nor 1"},
      {R"(["null"])", Encoded().number(1).text, "at byte 1 of 1 it has a union without such a branch"},
      {R"(["null"])", Encoded().number(-1).text, "at byte 1 of 1 it has a union without such a branch"},
      {R"({"type": "enum", "name": "e", "symbols": []})", Encoded().number(0).text,
       "at byte 1 of 1 it has an enum without such a symbol"},
      {R"({"type": "array", "items": "null"})", Encoded().number(INT64_MAX).text,
       "at byte 10 of 10 it has more than 16 MB as JSON"},
      {R"({"type": "array", "items": "null"})", Encoded().number(INT64_MIN).text,
       "at byte 10 of 10 it has a block of too many items"},
      {R"({"type": "array", "items": "null"})", Encoded().number(-1).number(100).text, "at byte 3 of 3 it is cut off"},
      {R"("null")", "x", "1 of its 1 bytes are behind the end of one"},
  };
  for (const auto& [type, bytes, problem] : facts) {
    EXPECT_EQ(field_value(type, bytes), std::string("error: ") + problem) << type;
  }
  EXPECT_EQ(read_value(R"({"type": "record", "name": "r", "fields": [{"name": "r", "type": "r"}]})", ""),
            "error: at byte 0 of 0 it nests too deeply");
  EXPECT_EQ(read_value(R"("long")", Encoded().number(1).text), "error: it is no record");
}

TEST(AvroValueTest, RecordsWithoutBytesDoNotMultiply) {
  std::string schema = R"({"type": "record", "name": "r0", "fields": []})";
  for (int i = 1; i < 20; ++i) {
    const std::string part = fmt::format("r{}", i - 1);
    schema = fmt::format(R"({{"type": "record", "name": "r{}", "fields": [{{"name": "a", "type": {}}},)", i, schema);
    for (const char* name : {"b", "c", "d", "e"})
      schema += fmt::format(R"({{"name": "{}", "type": "{}"}},)", name, part);
    schema.back() = ']';
    schema += "}";
  }
  EXPECT_EQ(read_value(schema, ""), "error: at byte 0 of 0 it has more than 16 MB as JSON");
}

TEST(AvroSchemaTest, TellsWhatIsWrong) {
  const std::pair<std::string, const char*> facts[] = {
      {"{", "it is not valid JSON"},
      {"1", "it has something that is no type: 1"},
      {R"("telemetry")", "it has no type `telemetry`"},
      {R"({"type": "record", "fields": []})", R"(it has a type without a name: {"type":"record","fields":[]})"},
      {R"({"type": "record", "name": "r"})", R"(it has a record without `fields`: {"type":"record","name":"r"})"},
      {R"({"type": "record", "name": "r", "fields": [{"name": "x", "type": "int"}, {"name": "x", "type": "int"}]})",
       "it has the field `x` twice"},
      {R"([{"type": "fixed", "name": "f", "size": 1}, {"type": "fixed", "name": "f", "size": 1}])",
       "it defines the type `f` twice"},
      {R"({"type": "fixed", "name": "f", "size": -1})",
       R"(it has a fixed without a size: {"type":"fixed","name":"f","size":-1})"},
      {R"([["null"]])", "it has a union in a union"},
      {R"({"type": "array"})", R"(it has a type without `items`: {"type":"array"})"},
      {std::string(1'000'000, '['), "it nests too deeply"},
      {std::string(AvroSchema::kTextBytesMax + 1, ' '), "it has more than 4 MB"},
  };
  for (const auto& [text, problem] : facts) {
    const auto schema = AvroSchema::parse(text, {});
    ASSERT_FALSE(schema) << text;
    EXPECT_EQ(schema.error().message(), problem);
  }
}

}  // namespace
}  // namespace headrace
