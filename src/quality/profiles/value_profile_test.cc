#include "quality/profiles/value_profile.h"

#include "base/hash.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace headrace {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct Row {
  std::optional<double> value;
  uint64_t entity;
  EventTime time;
};

/// Values over the whole range of doubles, with nulls, zeros of both signs and what is not finite.
std::vector<Row> rows_of(uint64_t seed, size_t count) {
  std::vector<Row> rows;
  for (size_t i = 0; i < count; ++i) {
    const uint64_t word = mix64(seed * 1'000'003 + i);
    Row row{std::nullopt, word % 37, {static_cast<int64_t>(word % 86'400) * kMicrosPerSecond}};
    const double small = static_cast<double>(static_cast<int64_t>(word >> 40)) - 8'000'000.0;
    switch (word % 11) {
      case 0: break;
      case 1: row.value = 0.0; break;
      case 2: row.value = -0.0; break;
      case 3: row.value = kInfinity; break;
      case 4: row.value = std::numeric_limits<double>::quiet_NaN(); break;
      case 5: row.value = std::ldexp(small, static_cast<int>(word >> 8 & 1023) - 512); break;
      case 6: row.value = std::numeric_limits<double>::denorm_min(); break;
      case 7: row.value = -std::numeric_limits<double>::max(); break;
      default: row.value = small;
    }
    rows.push_back(row);
  }
  return rows;
}

std::vector<double> test_edges() { return {-5e6, -1e6, 0, 1e6, 5e6}; }

void take(ValueProfile& profile, const Row& row) {
  if (row.value) {
    profile.take_number(*row.value, row.entity, row.time);
    profile.take_delay(row.time.us % 1000);
  } else {
    profile.take_null(row.entity, row.time);
  }
}

TEST(ValueProfile, OfAnySplitInAnyOrderHasTheSameBytes) {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    const std::vector<Row> rows = rows_of(seed, 400);
    ValueProfile whole(ProfiledKind::kNumber, test_edges());
    for (const Row& row : rows) take(whole, row);

    // Rows are dealt to parts at random, and the parts are merged pairwise, the last to the first.
    const size_t parts_count = 2 + seed % 9;
    std::vector<ValueProfile> parts(parts_count, ValueProfile(ProfiledKind::kNumber, test_edges()));
    for (size_t i = rows.size(); i-- > 0;) take(parts[mix64(seed + 31 * i) % parts_count], rows[i]);
    while (parts.size() > 1) {
      const size_t into = mix64(parts.size() + seed) % (parts.size() - 1);
      parts[into].merge(parts.back());
      parts.pop_back();
    }
    EXPECT_EQ(parts[0].to_bytes(), whole.to_bytes()) << "seed " << seed;
  }
}

TEST(ValueProfile, OfTextsLikewise) {
  ValueProfile whole(ProfiledKind::kText);
  ValueProfile first(ProfiledKind::kText);
  ValueProfile second(ProfiledKind::kText);
  for (int i = 0; i < 500; ++i) {
    const std::string text = "value " + std::to_string(mix64(static_cast<uint64_t>(i)) % 60);
    whole.take_text(text, static_cast<uint64_t>(i), {i});
    (i % 3 == 0 ? first : second).take_text(text, static_cast<uint64_t>(i), {i});
  }
  second.merge(first);
  EXPECT_EQ(second.to_bytes(), whole.to_bytes());
  EXPECT_FALSE(whole.has_kept_all());
  EXPECT_NEAR(static_cast<double>(whole.distinct()), 60, 6);
}

TEST(ValueProfile, CountsWhatThereIs) {
  ValueProfile profile(ProfiledKind::kNumber, {0, 1, 2});
  for (const double value : {0.0, -0.0, 0.5, 1.0, 2.0, 3.0, -1.0}) profile.take_number(value, 1, {5});
  profile.take_number(kInfinity, 2, {7});
  profile.take_null(3, {3});
  EXPECT_EQ(profile.rows(), 9);
  EXPECT_EQ(profile.nulls(), 1);
  EXPECT_EQ(profile.not_finite(), 1);
  EXPECT_EQ(profile.zeros(), 2);
  EXPECT_EQ(profile.counts(), (std::vector<int64_t>{1, 3, 2, 1}));
  EXPECT_EQ(profile.min(), -1.0);
  EXPECT_EQ(profile.max(), 3.0);
  EXPECT_DOUBLE_EQ(*profile.mean(), 5.5 / 7);
  EXPECT_EQ(profile.oldest(), EventTime{3});
  EXPECT_EQ(profile.newest(), EventTime{7});
  EXPECT_EQ(profile.entities(), 3);
  EXPECT_EQ(profile.distinct(), 6);
  EXPECT_TRUE(profile.has_kept_all());
}

TEST(ValueProfile, HasExactMomentsWhereDoublesCancel) {
  ValueProfile profile(ProfiledKind::kNumber);
  for (const double value : {1e300, 1.0, -1e300, 3.0}) profile.take_number(value, 1, {});
  EXPECT_EQ(profile.mean(), 1.0);
  ValueProfile near(ProfiledKind::kNumber);
  for (const double value : {1e9 + 1, 1e9 + 2, 1e9 + 3}) near.take_number(value, 1, {});
  EXPECT_DOUBLE_EQ(*near.variance(), 2.0 / 3);
  EXPECT_FALSE(ValueProfile(ProfiledKind::kNumber).mean().has_value());
}

/// The fullest there can be: all bins, all kept texts at their longest.
TEST(ValueProfile, IsAtMostEightKibibytes) {
  std::vector<double> edges;
  for (size_t i = 0; i <= ValueProfile::kBinsMax; ++i) edges.push_back(static_cast<double>(i));
  ValueProfile numbers(ProfiledKind::kNumber, edges);
  for (const Row& row : rows_of(3, 5000)) take(numbers, row);
  EXPECT_LE(numbers.to_bytes().size(), ValueProfile::kBytesMax);
  ValueProfile texts(ProfiledKind::kText);
  for (uint64_t i = 0; i < 1000; ++i) texts.take_text(std::string(100, 'x') + std::to_string(i), i, {});
  for (uint64_t i = 0; i < 1000; ++i) texts.take_text(std::to_string(i) + std::string(100, 'x'), i, {});
  EXPECT_LE(texts.to_bytes().size(), ValueProfile::kBytesMax);
}

TEST(ValueProfile, ComesBackFromItsBytes) {
  ValueProfile profile(ProfiledKind::kNumber, test_edges());
  for (const Row& row : rows_of(7, 300)) take(profile, row);
  const std::string bytes = profile.to_bytes();
  const Result<ValueProfile> back = ValueProfile::from_bytes(bytes);
  ASSERT_TRUE(back.ok()) << back.error().message();
  EXPECT_EQ(back->to_bytes(), bytes);
  EXPECT_EQ(back->mean(), profile.mean());
}

/// Any changed byte, any cut, and bytes with a right checksum that no rows can give.
TEST(ValueProfile, RefusesHostileBytes) {
  ValueProfile profile(ProfiledKind::kNumber, test_edges());
  for (const Row& row : rows_of(9, 50)) take(profile, row);
  const std::string bytes = profile.to_bytes();
  for (size_t i = 0; i < bytes.size(); i += 3) {
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 0x40);
    EXPECT_FALSE(ValueProfile::from_bytes(changed).ok()) << i;
    EXPECT_FALSE(ValueProfile::from_bytes(std::string_view(bytes).substr(0, i)).ok()) << i;
  }
  int accepted = 0;
  for (size_t i = 16; i + 8 < bytes.size(); ++i) {
    std::string changed = bytes.substr(0, bytes.size() - 8);
    changed[i] = static_cast<char>(changed[i] ^ 0x80);
    const uint64_t checksum = hash_bytes(changed);
    changed.append(reinterpret_cast<const char*>(&checksum), sizeof checksum);
    const Result<ValueProfile> read = ValueProfile::from_bytes(changed);
    if (!read) continue;
    // What can be read can be worked with.
    ++accepted;
    ValueProfile sum = *read;
    sum.merge(*read);
    sum.variance();
    sum.distinct();
  }
  EXPECT_GT(accepted, 0);
  std::string long_one = bytes + std::string(ValueProfile::kBytesMax, '\0');
  EXPECT_FALSE(ValueProfile::from_bytes(long_one).ok());
}

TEST(FrozenEdges, CutIntoPartsOfEqualNumbers) {
  std::vector<double> values;
  for (int i = 3200; i >= 0; --i) values.push_back(i);
  const std::vector<double> edges = frozen_edges(values);
  EXPECT_EQ(edges.size(), ValueProfile::kBinsMax + 1);
  EXPECT_EQ(edges[1], 100);
  EXPECT_EQ(frozen_edges({2, 2, 2}), (std::vector<double>{2}));
  EXPECT_TRUE(frozen_edges({kInfinity}).empty());
}

}  // namespace
}  // namespace headrace
