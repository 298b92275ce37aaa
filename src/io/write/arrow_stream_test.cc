#include "io/write/arrow_stream.h"

#include <gtest/gtest.h>

#include <limits>

namespace headrace {
namespace {

std::string stream_of_three() {
  ColumnBuilder texts({ScalarType::kString});
  texts.append_string("p \"1\"");
  texts.append_null();
  texts.append_string("ü");
  const std::vector<Column> columns = {std::move(texts).finish(),
                                       make_column(ScalarType::kInt64, {1, -2, std::numeric_limits<int64_t>::max()}),
                                       make_column({0.1, std::numeric_limits<double>::quiet_NaN(), 1e300}),
                                       make_column(ScalarType::kTimestamp, {0, 1, 1'700'000'000'000'000})};
  return arrow_of_columns({"pump_id", "n", "flow", "at"}, columns).value();
}

TEST(ArrowStream, ComesBackAsLines) {
  EXPECT_EQ(json_lines_of_arrow(stream_of_three()).value(),
            "{\"pump_id\":\"p \\\"1\\\"\",\"n\":1,\"flow\":0.1,\"at\":\"1970-01-01T00:00:00Z\"}\n"
            "{\"pump_id\":null,\"n\":-2,\"flow\":null,\"at\":\"1970-01-01T00:00:00.000001Z\"}\n"
            "{\"pump_id\":\"ü\",\"n\":9223372036854775807,\"flow\":1e+300,\"at\":\"2023-11-14T22:13:20Z\"}\n");
}

TEST(ArrowStream, RefusesWhatIsNone) {
  for (const std::string& text :
       {std::string(), std::string("{}"), std::string(100, '\0'), std::string("ARROW1\0\0", 8)}) {
    EXPECT_FALSE(json_lines_of_arrow(text).ok());
  }
  const std::string whole = stream_of_three();
  EXPECT_EQ(json_lines_of_arrow(whole, {.text_bytes_max = 100}).error().kind(), ErrorKind::kData);
}

/// Each byte in turn: an error, or rows; never a crash.
TEST(ArrowStream, StandsDamage) {
  const std::string whole = stream_of_three();
  for (size_t i = 0; i < whole.size(); ++i) {
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x55);
    const auto lines = json_lines_of_arrow(damaged, {.memory_bytes_max = 1 << 20});
    EXPECT_TRUE(lines.ok() || !lines.error().message().empty());
    EXPECT_TRUE(json_lines_of_arrow(whole.substr(0, i)).ok() || i < whole.size());
  }
}

}  // namespace
}  // namespace headrace
