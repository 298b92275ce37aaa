#include "engine/steps/events_that_count.h"

#include <gtest/gtest.h>

#include <string>

namespace headrace {
namespace {

IdentifiedRow row(int64_t time, uint32_t key, std::string_view id, bool is_deleted = false) {
  return {time, key, id.empty() ? EventId{} : event_id_of(id), is_deleted};
}

/// One letter for each row: c counts, s superseded, d deleted.
std::string fates(const std::vector<IdentifiedRow>& rows, bool is_first_kept = false) {
  std::string out;
  for (const RowFate fate : row_fates(rows, is_first_kept)) out += "csd"[static_cast<size_t>(fate)];
  return out;
}

TEST(EventsThatCountTest, TheLastRowStandsForAnEvent) {
  EXPECT_EQ(fates({}), "");
  EXPECT_EQ(fates({row(1, 0, "a")}), "c");
  EXPECT_EQ(fates({row(1, 0, "a"), row(1, 0, "a")}), "sc");
  EXPECT_EQ(fates({row(1, 0, "a"), row(1, 0, "b"), row(1, 0, "a"), row(1, 0, "a")}), "scsc");
}

TEST(EventsThatCountTest, OrTheFirst) {
  EXPECT_EQ(fates({row(1, 0, "a"), row(1, 0, "b"), row(1, 0, "a"), row(1, 0, "a")}, true), "ccss");
}

TEST(EventsThatCountTest, TimeKeyAndIdMakeAnEvent) {
  EXPECT_EQ(fates({row(1, 0, "a"), row(2, 0, "a")}), "cc");
  EXPECT_EQ(fates({row(1, 0, "a"), row(1, 1, "a")}), "cc");
  EXPECT_EQ(fates({row(1, 0, "a"), row(1, 0, "b")}), "cc");
}

TEST(EventsThatCountTest, ANullIdIsNobodys) {
  EXPECT_EQ(fates({row(1, 0, ""), row(1, 0, ""), row(1, 0, "", true)}), "ccd");
  EXPECT_EQ(fates({row(1, 0, ""), row(1, 0, "")}, true), "cc");
}

TEST(EventsThatCountTest, TheStandingRowSaysWhetherAnEventIsDeleted) {
  EXPECT_EQ(fates({row(1, 0, "a", true)}), "d");
  EXPECT_EQ(fates({row(1, 0, "a"), row(1, 0, "a", true)}), "sd");
  EXPECT_EQ(fates({row(1, 0, "a", true), row(1, 0, "a")}), "sc");
}

}  // namespace
}  // namespace headrace
