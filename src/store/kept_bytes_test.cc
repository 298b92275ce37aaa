#include "store/kept_bytes.h"

#include "store/rocks_event_log.h"
#include "testing/own_folder.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace headrace {
namespace {

TEST(KeptBytesTest, CountsWhatEachSourceKeeps) {
  const std::filesystem::path folder = own_folder();
  std::filesystem::remove_all(folder);
  const int64_t day = kMicrosPerDay;
  const auto push = [](const std::string& source, int64_t now, size_t bytes) {
    return LoggedPush{.source = source, .now_us = now, .records = std::string(bytes, 'x')};
  };
  const std::vector<LoggedPush> pushes = {push("a", 10 * day, 100), push("b", 10 * day + 5, 10),
                                          push("a", 11 * day, 300), push("a", 11 * day + 7, 50)};
  const auto of = [&](const EventLog& log, const std::string& source) { return log.kept().at(source); };
  {
    const auto log = open_rocks_event_log(folder).value();
    ASSERT_TRUE(log->append(pushes));
    EXPECT_EQ(of(*log, "a").pushes, 3);
    EXPECT_EQ(of(*log, "a").bytes, stored_bytes(pushes[0]) + stored_bytes(pushes[2]) + stored_bytes(pushes[3]));
    EXPECT_EQ(of(*log, "a").first_us, 10 * day);
    ASSERT_TRUE(log->save({4, 3, 2, {}}));
    EXPECT_EQ(of(*log, "a").pushes, 2);
    EXPECT_EQ(of(*log, "a").first_us, 11 * day);
    EXPECT_EQ(of(*log, "a").forgotten, 1);
    EXPECT_EQ(of(*log, "b").bytes, 0);
    EXPECT_EQ(of(*log, "b").forgotten, 1);

    // A push that is rewritten keeps its place and has other bytes.
    ASSERT_TRUE(log->rewrite(2, [&](const LoggedPush& old) -> Result<std::optional<LoggedPush>> {
      if (old.records.size() != 300) return std::optional<LoggedPush>();
      LoggedPush other = old;
      other.records = "x";
      return std::optional(other);
    }));
    EXPECT_EQ(of(*log, "a").bytes, stored_bytes(pushes[2]) - 299 + stored_bytes(pushes[3]));
    EXPECT_EQ(of(*log, "a").pushes, 2);
  }
  const auto log = open_rocks_event_log(folder).value();
  EXPECT_EQ(of(*log, "a").bytes, stored_bytes(pushes[2]) - 299 + stored_bytes(pushes[3]));
  EXPECT_EQ(of(*log, "a").forgotten, 1);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace headrace
