#include "quality/profiles/profile_set.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

ProfileSet some_set() {
  ProfileSet set;
  for (const char* feature : {"a", "b"}) {
    for (int64_t day = -1; day < 5; ++day) {
      ValueProfile profile(ProfiledKind::kNumber, {0, 1});
      profile.take_number(0.5, 1, {day * kMicrosPerDay});
      set.put({"pump", feature, "digest", day}, profile);
    }
  }
  return set;
}

TEST(ProfileSet, ComesBackFromItsBytes) {
  const std::string bytes = some_set().to_bytes();
  const Result<ProfileSet> back = ProfileSet::from_bytes(bytes);
  ASSERT_TRUE(back.ok()) << back.error().message();
  EXPECT_EQ(back->to_bytes(), bytes);
  EXPECT_EQ(back->days_of("pump", "a", "digest").size(), 6U);
  EXPECT_EQ(back->days_of("pump", "a", "other").size(), 0U);
  EXPECT_EQ(back->edges_of("pump", "b", "digest"), (std::vector<double>{0, 1}));
}

TEST(ProfileSet, RefusesBytesThatHaveChanged) {
  const std::string bytes = some_set().to_bytes();
  for (size_t i = 0; i < bytes.size(); i += 101) {
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] + 1);
    EXPECT_FALSE(ProfileSet::from_bytes(changed).ok()) << i;
    EXPECT_FALSE(ProfileSet::from_bytes(std::string_view(bytes).substr(0, i)).ok()) << i;
  }
}

TEST(ProfileSet, ReplacesDays) {
  ProfileSet set = some_set();
  set.remove_days("pump", 0, 3);
  EXPECT_EQ(set.days_of("pump", "a", "digest").size(), 2U);
  set.remove_days("site", INT64_MIN, INT64_MAX);
  EXPECT_EQ(set.profiles().size(), 4U);
}

}  // namespace
}  // namespace headrace
