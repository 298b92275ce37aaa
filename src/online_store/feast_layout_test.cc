/// The bytes are those of Feast 0.67 itself; tests/beam/redis_layout.py holds the generated Beam pipeline to the same.

#include "online_store/feast_layout.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

std::string hex(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const char byte : bytes) {
    out += kDigits[static_cast<unsigned char>(byte) >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

std::string value_hex(Value value, ScalarType type, bool is_list = false) {
  return hex(feast_value(value, Type{type, is_list}));
}

TEST(FeastLayout, KeysAreInOrderOfTheirNames) {
  EXPECT_EQ(hex(*feast_entity_key({"id"}, {Value{"a"}}, "proj")),
            "010000000200000002000000696402000000010000006170726f6a");
  EXPECT_EQ(
      hex(*feast_entity_key({"site_id", "pump"}, {Value{int64_t{7}}, Value{"\xc3\xa9"}}, "proj")),
      "02000000020000000400000070756d700200000007000000736974655f69640200000002000000c3a904000000080000000700000000"
      "00000070726f6a");
  EXPECT_EQ(hex(*feast_entity_key({"b", "a"}, {Value{"x"}, Value{int64_t{-5}}}, "proj")),
            "020000000200000001000000610200000001000000620400000008000000fbffffffffffffff02000000010000007870726f6a");
}

TEST(FeastLayout, OnlyTextsAndIntegersAreKeys) {
  EXPECT_FALSE(feast_entity_key({"id"}, {Value{true}}, "proj"));
  EXPECT_FALSE(feast_entity_key({"id"}, {Value{EventTime{5}}}, "proj"));
}

TEST(FeastLayout, FieldsAreHashes) {
  EXPECT_EQ(hex(feast_value_field("pump", "flow")), "23f0288e");
  EXPECT_EQ(hex(feast_value_field("view", "\xc3\xa9")), "632b00a8");
  EXPECT_EQ(feast_time_field("pump"), "_ts:pump");
}

TEST(FeastLayout, Timestamps) {
  const std::vector<std::pair<int64_t, std::string>> times = {
      {0, ""}, {1709291640123456, "08f8f086af06108094ef3a"}, {-1, "08ffffffffffffffffff0110988cebdc03"}};
  for (const auto& [us, bytes] : times) {
    EXPECT_EQ(hex(feast_timestamp({us})), bytes);
    EXPECT_EQ(time_of_feast_timestamp(feast_timestamp({us})), EventTime{us});
  }
  for (const int64_t us : {kTimestampMicrosMin, kTimestampMicrosMax}) {
    EXPECT_EQ(time_of_feast_timestamp(feast_timestamp({us})), EventTime{us});
  }
  for (const std::string_view bad : {"x", "\x08", "\x08\xff\xff", "\x0a\x01x"}) {
    EXPECT_EQ(time_of_feast_timestamp(bad), std::nullopt);
  }
}

TEST(FeastLayout, Scalars) {
  EXPECT_EQ(value_hex(Value{1.5}, ScalarType::kDouble), "29000000000000f83f");
  EXPECT_EQ(value_hex(Value{0.0}, ScalarType::kDouble), "290000000000000000");
  EXPECT_EQ(value_hex(Value{int64_t{-3}}, ScalarType::kInt64), "20fdffffffffffffffff01");
  EXPECT_EQ(value_hex(Value{false}, ScalarType::kBool), "3800");
  EXPECT_EQ(value_hex(Value{""}, ScalarType::kString), "1200");
  EXPECT_EQ(value_hex(Value{"\xc3\xa9"}, ScalarType::kString), "1202c3a9");
  EXPECT_EQ(value_hex(Value{EventTime{1500000}}, ScalarType::kTimestamp), "4001");
  EXPECT_EQ(value_hex(Value{}, ScalarType::kDouble), "");
}

TEST(FeastLayout, Lists) {
  const auto list = [](std::vector<Value> items, ScalarType type) {
    return value_hex(Value{Value::List(std::move(items))}, type, true);
  };
  EXPECT_EQ(list({Value{1.0}, Value{2.5}}, ScalarType::kDouble), "7a120a10000000000000f03f0000000000000440");
  EXPECT_EQ(list({}, ScalarType::kInt64), "7200");
  EXPECT_EQ(list({Value{"a"}, Value{""}}, ScalarType::kString), "62050a01610a00");
  EXPECT_EQ(list({Value{int64_t{1}}, Value{int64_t{-2}}}, ScalarType::kInt64), "720d0a0b01feffffffffffffffff01");
  EXPECT_EQ(list({Value{true}, Value{false}}, ScalarType::kBool), "8a01040a020100");
  EXPECT_EQ(list({Value{EventTime{5000000}}}, ScalarType::kTimestamp), "9201030a0105");
}

}  // namespace
}  // namespace headrace
