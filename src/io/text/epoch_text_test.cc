#include "io/text/epoch_text.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

namespace headrace {
namespace {

std::string epoch(std::string_view text, TimeUnit unit, char decimal = '.') {
  const auto time = fine_time_of_epoch(text, unit, decimal);
  return time ? fmt::format("{} {}{}", time->floored.us, time->nanoseconds, time->has_more ? "+" : "") : "none";
}

TEST(EpochText, EveryDigitCounts) {
  EXPECT_EQ(epoch("1", TimeUnit::kSeconds), "1000000 0");
  EXPECT_EQ(epoch("-1", TimeUnit::kNanoseconds), "-1 999");
  EXPECT_EQ(epoch("253402300799", TimeUnit::kSeconds), "253402300799000000 0");
  EXPECT_EQ(epoch("253402300800", TimeUnit::kSeconds), "none");
  EXPECT_EQ(epoch("-9223372036854775808", TimeUnit::kMilliseconds), "none");
  EXPECT_EQ(epoch("1487249458.633", TimeUnit::kSeconds), "1487249458633000 0");
  EXPECT_EQ(epoch("1487249458,633", TimeUnit::kSeconds, ','), "1487249458633000 0");
  EXPECT_EQ(epoch("1487249458633.25", TimeUnit::kMilliseconds), "1487249458633250 0");
  EXPECT_EQ(epoch("0.0000014", TimeUnit::kSeconds), "1 400");
  EXPECT_EQ(epoch("-0.0000014", TimeUnit::kSeconds), "-2 600");
  EXPECT_EQ(epoch("1.00000000000001", TimeUnit::kSeconds), "1000000 0+");
  EXPECT_EQ(epoch("-1.0000000000001", TimeUnit::kSeconds), "-1000001 999+");
  EXPECT_EQ(epoch("1.5e9", TimeUnit::kSeconds), "1500000000000000 0");
  EXPECT_EQ(epoch("1.5E+3", TimeUnit::kNanoseconds), "1 500");
  EXPECT_EQ(epoch("0", TimeUnit::kSeconds), "0 0");
  for (const char* text : {"", ".", "-", "1.2.3", "1e", "0x10", "now", "1e99999", "1,5"}) {
    EXPECT_EQ(epoch(text, TimeUnit::kSeconds), "none") << text;
  }
}

}  // namespace
}  // namespace headrace
