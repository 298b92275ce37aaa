#include "io/arrow/from_arrow.h"

#include "io/source_testing.h"

#include <arrow/extension/uuid.h>

namespace headrace {
namespace {

struct Outcome {
  std::string values;  // JSON, or the error
  std::string help;
  std::string bad_cells;
  int64_t rounded = 0;
  std::vector<int64_t> tie_orders;
  Column column;
};

Outcome convert(const std::shared_ptr<arrow::DataType>& type, const std::string& json, const WantedColumn& wanted) {
  const auto array = arrow::json::ArrayFromJSONString(type, json).ValueOrDie();
  const ColumnPlace place{"f.parquet", "x"};
  Outcome outcome;
  const auto conversion = decide_conversion(*type, wanted, place);
  if (!conversion.ok()) return {conversion.error().message(), conversion.error().help()};
  auto converted = convert_array(*conversion, array, place, 100);
  if (!converted.ok()) return {converted.error().message(), converted.error().help()};
  for (int64_t i = 0; i < converted->column.length; ++i) {
    outcome.values += (i == 0 ? "" : ", ") + to_json(converted->column.value_at(i));
  }
  for (const BadCell& cell : converted->bad_cells) {
    outcome.bad_cells += fmt::format("{}: {} {}; ", cell.row, cell.value, cell.problem);
  }
  outcome.rounded = converted->rounded_times;
  outcome.tie_orders = converted->tie_orders;
  EXPECT_EQ(converted->column.type.scalar, conversion->type);
  outcome.column = converted->column;
  return outcome;
}

constexpr WantedColumn kInt64{ScalarType::kInt64, std::nullopt};
constexpr WantedColumn kDouble{ScalarType::kDouble, std::nullopt};
constexpr WantedColumn kString{ScalarType::kString, std::nullopt};
constexpr WantedColumn kBool{ScalarType::kBool, std::nullopt};
constexpr WantedColumn kTimestamp{ScalarType::kTimestamp, std::nullopt};
constexpr WantedColumn kKey{ScalarType::kNull, std::nullopt};

TEST(FromArrow, IntegersWiden) {
  EXPECT_EQ(convert(arrow::int8(), "[-128, null, 127]", kInt64).values, "-128, null, 127");
  EXPECT_EQ(convert(arrow::int16(), "[-32768]", kInt64).values, "-32768");
  EXPECT_EQ(convert(arrow::int32(), "[-2147483648, null]", kInt64).values, "-2147483648, null");
  EXPECT_EQ(convert(arrow::uint8(), "[255]", kInt64).values, "255");
  EXPECT_EQ(convert(arrow::uint16(), "[65535]", kInt64).values, "65535");
  EXPECT_EQ(convert(arrow::uint32(), "[4294967295]", kInt64).values, "4294967295");
  EXPECT_EQ(convert(arrow::int64(), "[9223372036854775807]", kInt64).values, "9223372036854775807");
  EXPECT_EQ(convert(arrow::uint64(), "[null, 9223372036854775807]", kInt64).values, "null, 9223372036854775807");
}

TEST(FromArrow, UnsignedPastInt64IsAnErrorWithItsRow) {
  const Outcome outcome = convert(arrow::uint64(), "[1, 9223372036854775808]", kInt64);
  EXPECT_EQ(outcome.values,
            "`f.parquet`, column `x`, row 102: 9223372036854775808 cannot become an int64 without loss");
  EXPECT_EQ(outcome.help, "declare the column as double, or change the file");
}

TEST(FromArrow, NumbersBecomeDoubles) {
  EXPECT_EQ(convert(arrow::float32(), "[0.5, null]", kDouble).values, "0.5, null");
  EXPECT_EQ(convert(arrow::float16(), "[1.5]", kDouble).values, "1.5");
  EXPECT_EQ(convert(arrow::int32(), "[-7]", kDouble).values, "-7.0");
  EXPECT_EQ(convert(arrow::uint32(), "[4294967295]", kDouble).values, "4294967295.0");
  EXPECT_EQ(convert(arrow::int64(), "[9007199254740992, -9007199254740992, 9007199254740994]", kDouble).values,
            "9007199254740992.0, -9007199254740992.0, 9007199254740994.0");
}

TEST(FromArrow, IntegersThatADoubleDoesNotHoldAreErrors) {
  const Outcome outcome = convert(arrow::int64(), "[0, null, 9007199254740993]", kDouble);
  EXPECT_EQ(outcome.values, "`f.parquet`, column `x`, row 103: 9007199254740993 cannot become a double without loss");
  EXPECT_EQ(outcome.help, "declare the column as int64, or round it in the file");
  EXPECT_EQ(convert(arrow::int64(), "[9223372036854775807]", kDouble).values,
            "`f.parquet`, column `x`, row 101: 9223372036854775807 cannot become a double without loss");
  EXPECT_EQ(convert(arrow::uint64(), "[18446744073709551615]", kDouble).values,
            "`f.parquet`, column `x`, row 101: 18446744073709551615 cannot become a double without loss");
}

TEST(FromArrow, DecimalsOnlyWithoutLoss) {
  EXPECT_EQ(convert(arrow::decimal128(10, 2), R"(["0.10", null, "-123.45"])", kDouble).values, "0.1, null, -123.45");
  EXPECT_EQ(convert(arrow::decimal256(40, 2), R"(["1.25"])", kDouble).values, "1.25");
  EXPECT_EQ(convert(arrow::decimal128(20, 0), R"(["12345678901234567"])", kInt64).values, "12345678901234567");
  EXPECT_EQ(convert(arrow::decimal128(30, 10), R"(["12345678901234567890.0123456789"])", kDouble).values,
            "`f.parquet`, column `x`, row 101: 12345678901234567890.0123456789 cannot become a double without loss");
  EXPECT_EQ(convert(arrow::decimal128(20, 0), R"(["9223372036854775808"])", kInt64).values,
            "`f.parquet`, column `x`, row 101: 9223372036854775808 cannot become an int64 without loss");
}

TEST(FromArrow, DecimalsAreTheDoubleThatPrintsTheSame) {
  const auto spark = arrow::decimal128(38, 18);
  EXPECT_EQ(
      convert(spark, R"(["19.990000000000000000", "-0.100000000000000000", "0.000000000000000000"])", kDouble).values,
      "19.99, -0.1, 0.0");
  EXPECT_EQ(convert(spark, R"(["1234567.890123456700000000"])", kDouble).values, "1234567.8901234567");
  EXPECT_EQ(convert(spark, R"(["0.000000000000000001"])", kDouble).values, "1e-18");
  EXPECT_EQ(convert(arrow::decimal256(76, 60), fmt::format("[\"0.1{}\"]", std::string(59, '0')), kDouble).values,
            "0.1");
  const Outcome lost = convert(spark, R"(["1.234567890123456789"])", kDouble);
  EXPECT_EQ(lost.values, "`f.parquet`, column `x`, row 101: 1.234567890123456789 cannot become a double without loss");
  EXPECT_EQ(lost.help, "declare it as `x: string` to keep every digit, or change it in the file");
  EXPECT_EQ(convert(spark, R"(["1.234567890123456789", "-0.500000000000000000", null])", kString).values,
            R"("1.234567890123456789", "-0.500000000000000000", null)");
  EXPECT_EQ(convert(arrow::decimal128(10, 2), R"(["-3.00", "0.00", "120.00"])", kInt64).values, "-3, 0, 120");
  EXPECT_EQ(convert(arrow::decimal128(10, 2), R"(["3.50"])", kInt64).values,
            "`f.parquet`, column `x`, row 101: 3.50 cannot become an int64 without loss");
}

TEST(FromArrow, WholeDoublesAreIntegers) {
  const Outcome outcome = convert(arrow::float64(), "[-7, null, 1.5, NaN, 9007199254740993, 1e19]", kInt64);
  EXPECT_EQ(outcome.values, "-7, null, null, null, 9007199254740992, null");
  EXPECT_EQ(outcome.bad_cells, "2: 1.5 is not an int64; 5: 1e+19 is not an int64; ");
  EXPECT_EQ(convert(arrow::float32(), "[2, null]", kKey).values, "2, null");
  EXPECT_EQ(convert(arrow::float16(), "[3]", kInt64).values, "3");
}

TEST(FromArrow, UuidsAreText) {
  const auto array = arrow::json::ArrayFromJSONString(arrow::fixed_size_binary(16), R"(["0123456789abcdef", null])");
  const auto uuids = arrow::ExtensionType::WrapArray(arrow::extension::uuid(), *array);
  for (const WantedColumn& wanted : {kString, kKey}) {
    const auto conversion = decide_conversion(*arrow::extension::uuid(), wanted, {"f", "x"});
    ASSERT_TRUE(conversion.ok());
    const auto converted = convert_array(*conversion, uuids, {"f", "x"}, 0);
    EXPECT_EQ(converted->column.string_at(0), "30313233-3435-3637-3839-616263646566");
    EXPECT_FALSE(converted->column.is_valid(1));
  }
  EXPECT_EQ(convert(arrow::fixed_size_binary(16), "[null]", kString).help, "write it as text, or as a UUID");
}

TEST(FromArrow, TextOfAnyLayout) {
  for (const auto& type :
       {arrow::utf8(), arrow::large_utf8(), arrow::binary(), arrow::large_binary(), arrow::utf8_view()}) {
    EXPECT_EQ(convert(type, R"(["é", null, "", "a longer text than fits into a view"])", kString).values,
              "\"é\", null, \"\", \"a longer text than fits into a view\"");
  }
}

TEST(FromArrow, BytesThatAreNotUtf8AreBadCells) {
  arrow::BinaryBuilder builder;
  for (const char* text : {"ok", "\xff", "\u00e9", "\xc3"}) ASSERT_TRUE(builder.Append(text).ok());
  ASSERT_TRUE(builder.AppendNull().ok());
  const auto all = builder.Finish().ValueOrDie();
  const ColumnPlace place{"f.parquet", "x"};
  for (const auto& array : {all, all->Slice(1)}) {
    const int64_t skipped = all->length() - array->length();
    const auto converted = convert_array(*decide_conversion(*arrow::binary(), kString, place), array, place, 0);
    ASSERT_TRUE(converted.ok());
    ASSERT_EQ(converted->bad_cells.size(), 2u);
    EXPECT_EQ(converted->bad_cells[0].row, 1 - skipped);
    EXPECT_EQ(converted->bad_cells[1].row, 3 - skipped);
    EXPECT_EQ(converted->bad_cells[1].problem, "is not UTF-8");
    EXPECT_EQ(converted->column.string_at(2 - skipped), "\u00e9");
    EXPECT_FALSE(converted->column.is_valid(1 - skipped));
    EXPECT_FALSE(converted->column.is_valid(4 - skipped));
  }
}

TEST(FromArrow, DictionariesAreDecoded) {
  const auto dictionary = arrow::dictionary(arrow::int8(), arrow::utf8());
  EXPECT_EQ(convert(dictionary, R"(["b", null, "a", "b"])", kString).values, R"("b", null, "a", "b")");
  EXPECT_EQ(convert(arrow::dictionary(arrow::int8(), arrow::int32()), "[3, 3]", kDouble).values, "3.0, 3.0");
  EXPECT_EQ(convert(dictionary, R"(["2024-03-01", "no"])", kTimestamp).bad_cells, "1: no is not a timestamp; ");
}

TEST(FromArrow, TimesOfAnyUnit) {
  EXPECT_EQ(convert(arrow::timestamp(arrow::TimeUnit::SECOND), "[-1, null]", kTimestamp).values,
            R"("1969-12-31T23:59:59Z", null)");
  EXPECT_EQ(convert(arrow::timestamp(arrow::TimeUnit::MILLI, "Europe/Berlin"), "[1]", kTimestamp).values,
            R"("1970-01-01T00:00:00.001000Z")");
  EXPECT_EQ(convert(arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"), "[1]", kTimestamp).values,
            R"("1970-01-01T00:00:00.000001Z")");
  const Outcome nanos = convert(arrow::timestamp(arrow::TimeUnit::NANO), "[-1, 1000, 1999, null]", kTimestamp);
  EXPECT_EQ(nanos.values,
            R"("1969-12-31T23:59:59.999999Z", "1970-01-01T00:00:00.000001Z", "1970-01-01T00:00:00.000001Z", null)");
  EXPECT_EQ(nanos.rounded, 2);
  EXPECT_EQ(nanos.tie_orders, (std::vector<int64_t>{999, 0, 999, 0}));

  const WantedColumn event_time{ScalarType::kTimestamp, std::nullopt, TimeRounding::kUp};
  for (const auto& [type, json] :
       {std::pair{arrow::timestamp(arrow::TimeUnit::NANO), std::string("[-1, 1000, 1999, 1001, null]")},
        std::pair{arrow::utf8(), std::string(R"(["1969-12-31T23:59:59.999999999Z", "1970-01-01T00:00:00.000001",
          "1970-01-01 00:00:00.000001999", "1970-01-01T00:00:00.000001001Z", null])")},
        std::pair{arrow::dictionary(arrow::int8(), arrow::utf8()),
                  std::string(R"(["1969-12-31T23:59:59.999999999Z", "1970-01-01T00:00:00.000001",
          "1970-01-01 00:00:00.000001999", "1970-01-01T00:00:00.000001001Z", null])")}}) {
    const Outcome up = convert(type, json, event_time);
    EXPECT_EQ(up.values, R"("1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000001Z", "1970-01-01T00:00:00.000002Z", )"
                         R"("1970-01-01T00:00:00.000002Z", null)");
    EXPECT_EQ(up.tie_orders, (std::vector<int64_t>{-1, 0, -1, -999, 0})) << type->ToString();
    EXPECT_EQ(up.rounded, 3);
  }
}

TEST(FromArrow, DatesAreMidnight) {
  EXPECT_EQ(convert(arrow::date32(), "[-1]", kTimestamp).values, R"("1969-12-31T00:00:00Z")");
  EXPECT_EQ(convert(arrow::date64(), "[86400000]", kTimestamp).values, R"("1970-01-02T00:00:00Z")");
  EXPECT_EQ(convert(arrow::date32(), "[0]", kKey).values, R"("1970-01-01T00:00:00Z")");
}

TEST(FromArrow, IntegersAreTimesWithAUnitOnly) {
  const WantedColumn millis{ScalarType::kTimestamp, TimeUnit::kMilliseconds};
  EXPECT_EQ(convert(arrow::int64(), "[1500, null]", millis).values, R"("1970-01-01T00:00:01.500000Z", null)");
  EXPECT_EQ(convert(arrow::uint32(), "[1500]", {ScalarType::kTimestamp, TimeUnit::kSeconds}).values,
            R"("1970-01-01T00:25:00Z")");
  EXPECT_EQ(convert(arrow::int64(), "[1999]", {ScalarType::kTimestamp, TimeUnit::kNanoseconds}).rounded, 1);
  const WantedColumn seconds{ScalarType::kTimestamp, TimeUnit::kSeconds, TimeRounding::kUp};
  EXPECT_EQ(convert(arrow::float64(), "[1487249458.633, 1487249458.634, null]", seconds).values,
            R"("2017-02-16T12:50:58.633000Z", "2017-02-16T12:50:58.634000Z", null)");
  const Outcome outcome = convert(arrow::int64(), "[1]", kTimestamp);
  EXPECT_EQ(outcome.values, "`f.parquet`: column `x` is declared as timestamp, but the file holds int64");
  EXPECT_EQ(
      outcome.help,
      "say what the numbers count with `unit: s`, `ms`, `us` or `ns` in the source (for its event time), or declare "
      "another column of the source as int64");
  EXPECT_EQ(convert(arrow::utf8(), "[\"1\"]", millis).help, "remove `unit` from the source: it is for numbers only");
}

TEST(FromArrow, TextIsReadAsTime) {
  const Outcome outcome = convert(arrow::utf8(), R"(["2024-03-01T01:00:00+01:00", "soon", null])", kTimestamp);
  EXPECT_EQ(outcome.values, R"("2024-03-01T00:00:00Z", null, null)");
  EXPECT_EQ(outcome.bad_cells, "1: soon is not a timestamp; ");
}

TEST(FromArrow, TimesOutsideTheCalendarAreBadCells) {
  const auto seconds = arrow::timestamp(arrow::TimeUnit::SECOND);
  const Outcome outcome = convert(seconds, "[253402300799, 253402300800, 9223372036854775807, null]", kTimestamp);
  EXPECT_EQ(outcome.values, R"("9999-12-31T23:59:59Z", null, null, null)");
  EXPECT_EQ(outcome.bad_cells,
            "1: 253402300800 is outside the years 1 to 9999; "
            "2: 9223372036854775807 is outside the years 1 to 9999; ");
  EXPECT_EQ(convert(arrow::timestamp(arrow::TimeUnit::MICRO), "[1, 9223372036854775807]", kTimestamp).bad_cells,
            "1: 9223372036854775807 is outside the years 1 to 9999; ");
  EXPECT_EQ(convert(arrow::uint64(), "[18446744073709551615]", {ScalarType::kTimestamp, TimeUnit::kSeconds}).values,
            "null");
}

TEST(FromArrow, KeysTakeTheFilesType) {
  EXPECT_EQ(convert(arrow::int16(), "[1]", kKey).column.type.scalar, ScalarType::kInt64);
  EXPECT_EQ(convert(arrow::boolean(), "[true]", kKey).column.type.scalar, ScalarType::kBool);
  EXPECT_EQ(convert(arrow::large_utf8(), "[\"a\"]", kKey).column.type.scalar, ScalarType::kString);
  EXPECT_EQ(convert(arrow::timestamp(arrow::TimeUnit::MILLI), "[1]", kKey).column.type.scalar, ScalarType::kTimestamp);
  EXPECT_EQ(convert(arrow::float64(), "[1.0]", kKey).column.type.scalar, ScalarType::kInt64);
  const Outcome outcome = convert(arrow::list(arrow::int64()), "[[1]]", kKey);
  EXPECT_EQ(outcome.values,
            "`f.parquet`: the key column `x` holds list<item: int64>, and a key is int64, string, bool or timestamp");
  EXPECT_EQ(outcome.help, "write the key as an integer or as text, or choose another column");
}

TEST(FromArrow, TypesThatDoNotFitAreNamed) {
  const Outcome outcome = convert(arrow::utf8(), "[\"1\"]", kDouble);
  EXPECT_EQ(outcome.values, "`f.parquet`: column `x` is declared as double, but the file holds string");
  EXPECT_EQ(outcome.help, "declare it as `x: string`, or change the file");
  EXPECT_EQ(convert(arrow::int8(), "[1]", kBool).help, "declare it as `x: int64`, or change the file");
  EXPECT_EQ(convert(arrow::boolean(), "[true]", kString).help, "declare it as `x: bool`, or change the file");
  const Outcome list = convert(arrow::list(arrow::int64()), "[[1]]", kInt64);
  EXPECT_EQ(list.values, "`f.parquet`: column `x` is declared as int64, but the file holds list<item: int64>");
  EXPECT_EQ(list.help, "choose another column");
}

TEST(FromArrow, AnAllNullColumnIsOfAnyType) {
  for (const WantedColumn& wanted : {kInt64, kDouble, kString, kBool, kTimestamp}) {
    EXPECT_EQ(convert(arrow::null(), "[null, null]", wanted).values, "null, null");
  }
}

TEST(FromArrow, EqualLayoutsAreShared) {
  const auto array = arrow::json::ArrayFromJSONString(arrow::float64(), "[1, null, 3, 4]").ValueOrDie()->Slice(1);
  const auto conversion = decide_conversion(*array->type(), kDouble, {"f", "x"});
  const auto converted = convert_array(*conversion, array, {"f", "x"}, 0);
  EXPECT_EQ(converted->column.doubles(), static_cast<const arrow::DoubleArray&>(*array).raw_values());
  EXPECT_FALSE(converted->column.is_valid(0));
  EXPECT_EQ(converted->column.doubles()[2], 4.0);
}

TEST(FromArrow, SlicesKeepTheirNulls) {
  const auto whole = arrow::json::ArrayFromJSONString(arrow::int32(), "[1, null, 3, null, 5]").ValueOrDie();
  for (const int64_t start : {1, 2, 3}) {
    const auto array = whole->Slice(start);
    const auto conversion = decide_conversion(*array->type(), kInt64, {"f", "x"});
    const auto converted = convert_array(*conversion, array, {"f", "x"}, 0);
    for (int64_t i = 0; i < array->length(); ++i) EXPECT_EQ(converted->column.is_valid(i), array->IsValid(i));
  }
}

TEST(FromArrow, NotANumberIsLeftToTheEngine) {
  const Outcome outcome = convert(arrow::float32(), "[NaN, -0.0]", kDouble);
  EXPECT_TRUE(std::isnan(outcome.column.doubles()[0]));
  EXPECT_TRUE(std::signbit(outcome.column.doubles()[1]));
}

}  // namespace
}  // namespace headrace
