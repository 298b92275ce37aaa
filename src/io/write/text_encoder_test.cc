#include "io/write/text_encoder.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

namespace headrace {
namespace {

std::string double_text(double value) {
  std::string text;
  append_double(text, value);
  return text;
}

TEST(AppendDoubleTest, IsFormatDouble) {
  for (double value : {0.0,
                       1.0,
                       -1.0,
                       5.0,
                       0.1,
                       100.0,
                       123456789.125,
                       1e15,
                       9999999999999998.0,
                       1e16,
                       1.5e16,
                       1e22,
                       1e100,
                       0.001,
                       0.0001,
                       0.00012,
                       0.00001,
                       1.25e-5,
                       5e-324,
                       std::numeric_limits<double>::max(),
                       -0.5,
                       -1234.5e-9,
                       1.0 / 3.0,
                       2.0 / 3.0 * 1e9}) {
    EXPECT_EQ(double_text(value), format_double(value));
  }
  uint64_t bits = 7;
  for (int i = 0; i < 100'000; ++i) {
    bits = bits * 6364136223846793005ULL + 1442695040888963407ULL;
    const auto value = std::bit_cast<double>(bits);
    if (std::isfinite(value)) {
      ASSERT_EQ(double_text(value), format_double(value)) << i;
    }
  }
}

TEST(AppendTimestampTest, IsToString) {
  for (int64_t us : {int64_t{0}, int64_t{1}, int64_t{-1}, kMicrosPerDay, -kMicrosPerDay, int64_t{1'709'251'200'000'000},
                     kTimestampMicrosMin, kTimestampMicrosMax, int64_t{951'782'400'250'000}}) {
    std::string text;
    append_timestamp(text, us);
    EXPECT_EQ(text, to_string(EventTime{us}));
  }
}

}  // namespace
}  // namespace headrace
