#include "store/acknowledged_count.h"

#include "testing/faulty_file_system.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

constexpr char kFile[] = "store/acknowledged";

TEST(AcknowledgedCount, GivesTheHighestNumberBack) {
  FaultyFileSystem files;
  ASSERT_TRUE(files.make_folders("store"));
  EXPECT_EQ(AcknowledgedCount(files, "store").read().value(), 0U);
  AcknowledgedCount count(files, "store");
  ASSERT_TRUE(count.begin(7));
  EXPECT_EQ(count.read().value(), 7U);
  for (uint64_t number = 8; number < 10'000; ++number) ASSERT_TRUE(count.raise(number));
  EXPECT_EQ(AcknowledgedCount(files, "store").read().value(), 9'999U);
  EXPECT_LT(files.all_files().at(kFile).size(), 100'000U) << "the file begins anew now and then";
}

/// Whatever is wrong in the file, it never says more than was acknowledged.
TEST(AcknowledgedCount, SaysNothingOfWhatIsDamagedOrCutOff) {
  FaultyFileSystem whole;
  ASSERT_TRUE(whole.make_folders("store"));
  {
    AcknowledgedCount count(whole, "store");
    ASSERT_TRUE(count.begin(1));
    for (uint64_t number = 2; number <= 5; ++number) ASSERT_TRUE(count.raise(number));
  }
  const std::string text = whole.all_files().at(kFile);
  ASSERT_EQ(text.size(), 80U);
  const auto read = [](const std::string& bytes) {
    FaultyFileSystem files;
    EXPECT_TRUE(files.make_folders("store"));
    EXPECT_TRUE(write_file_atomically(files, kFile, bytes));
    return AcknowledgedCount(files, "store").read().value();
  };
  for (size_t size = 0; size <= text.size(); ++size) EXPECT_EQ(read(text.substr(0, size)), size / 16);
  for (size_t at = 0; at < text.size(); ++at) {
    std::string damaged = text;
    damaged[at] ^= 0x40;
    EXPECT_EQ(read(damaged), at < 64 ? 5U : 4U);
  }
}

TEST(AcknowledgedCount, SurvivesACrashAtAnyMoment) {
  for (const Loss loss : kLosses) {
    for (int64_t change = 1; change < 40; ++change) {
      FaultyFileSystem files;
      ASSERT_TRUE(files.make_folders("store"));
      ASSERT_TRUE(files.sync_folder(".") && files.sync_folder("store"));
      files.crash_at(change + files.changes());
      uint64_t raised = 0;
      {
        AcknowledgedCount count(files, "store");
        if (count.begin(1).ok()) raised = 1;
        for (uint64_t number = 2; raised + 1 == number && number < 9; ++number)
          raised += count.raise(number).ok() ? 1 : 0;
      }
      files.restart(loss);
      const uint64_t found = AcknowledgedCount(files, "store").read().value();
      EXPECT_LE(found, raised + 1);
      if (loss == Loss::kNothing) {
        EXPECT_GE(found, raised) << "a kill loses nothing";
      }
      ASSERT_TRUE(AcknowledgedCount(files, "store").begin(20)) << "also where a draft is left";
    }
  }
}

}  // namespace
}  // namespace headrace
