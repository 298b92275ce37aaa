/// What a writer puts into a file of values is what readers get out of it, or they say why not.

#include "values_file/values_file.h"

#include "testing/own_folder.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <limits>
#include <random>

namespace headrace {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kHour = 3600 * kMicrosPerSecond;
constexpr int64_t kNow = 470'000 * kHour;

class ValuesFileTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = own_folder();
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    path_ = folder_ + "/values";
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::unique_ptr<ValuesFile> open() { return ValuesFile::open(path_, Duration{100'000}).value(); }

  static std::vector<ValuesEntity> pumps() {
    return {{.name = "pump",
             .keys = {{.name = "pump_id", .version = "", .type = HEADRACE_TEXT}},
             .features = {{"flow", "1.0", HEADRACE_DOUBLE},
                          {"readings", "1.1", HEADRACE_INT64},
                          {"state", "2.0", HEADRACE_TEXT},
                          {"is_open", "1.0", HEADRACE_BOOL},
                          {"since", "1.0", HEADRACE_TIME},
                          {"recent", "1.0", HEADRACE_LIST}}},
            {.name = "site",
             .keys = {{.name = "country", .version = "", .type = HEADRACE_UNDECLARED},
                      {.name = "number", .version = "", .type = HEADRACE_INT64}},
             .features = {{"pumps", "1.0", HEADRACE_INT64}}}};
  }

  static std::vector<TimedValue> values_of(double flow, const std::string& state, int64_t until = HEADRACE_NO_END) {
    const EventTime at{kNow - kHour};
    return {{Value{flow}, at, until},
            {Value{int64_t{7}}, at, HEADRACE_NO_END},
            {Value{state}, at, HEADRACE_NO_END},
            {Value{true}, at, HEADRACE_NO_END},
            {Value{at}, at, HEADRACE_NO_END},
            {Value{Value::List{Value{1.5}, Value{}, Value{std::string("a\"b")}}}, at, HEADRACE_NO_END}};
  }

  static std::vector<TimedValue> nobody() {
    std::vector<TimedValue> values(6);
    values[1].value = Value{int64_t{0}};
    return values;
  }

  /// With one pump and one site.
  std::unique_ptr<ValuesFile> published() {
    std::unique_ptr<ValuesFile> file = open();
    EXPECT_TRUE(file->begin(pumps(), EventTime{kNow}).ok());
    EXPECT_TRUE(file->put_nobody(0, nobody()).ok());
    EXPECT_TRUE(file->put_nobody(1, std::vector<TimedValue>(1)).ok());
    EXPECT_TRUE(file->put(0, std::vector<Value>{Value{std::string("p1")}}, values_of(2.5, "open")).ok());
    const std::vector<Value> site = {Value{std::string("NL")}, Value{int64_t{-3}}};
    EXPECT_TRUE(file->put(1, site, std::vector<TimedValue>{{Value{int64_t{12}}, EventTime{kNow}, kNow + kHour}}).ok());
    file->set_watermark(1, EventTime{kNow - 5});
    EXPECT_TRUE(file->publish(EventTime{kNow}).ok());
    return file;
  }

  std::string folder_, path_;
};

/// A query with its reader.
class OpenQuery {
 public:
  OpenQuery(const std::string& path, const char* entity, std::vector<const char*> features) : values(features.size()) {
    status = headrace_reader_open(path.c_str(), nullptr, &reader);
    if (status == HEADRACE_OK) status = headrace_query_new(reader, entity, features.data(), features.size(), &query);
  }
  ~OpenQuery() {
    headrace_query_free(query);
    headrace_reader_close(reader);
  }
  OpenQuery(const OpenQuery&) = delete;
  OpenQuery& operator=(const OpenQuery&) = delete;

  headrace_status read(const std::string& key, int64_t at = kNow) {
    const headrace_key keys[] = {headrace_key_text(key.data(), key.size())};
    return headrace_query_read(query, keys, 1, at, values.data());
  }

  headrace_reader* reader = nullptr;
  headrace_query* query = nullptr;
  headrace_status status = HEADRACE_OK;
  std::vector<headrace_value> values;
};

std::string text_of(const headrace_value& value) { return {value.text.bytes, value.text.size}; }

TEST_F(ValuesFileTest, ValuesOfAllTypesComeBack) {
  const auto file = published();
  OpenQuery pump(path_, "pump", {"recent", "flow", "readings", "state", "is_open", "since"});
  ASSERT_EQ(pump.status, HEADRACE_OK);
  ASSERT_EQ(pump.read("p1"), HEADRACE_OK);
  EXPECT_EQ(text_of(pump.values[0]), "[1.5, null, \"a\\\"b\"]");
  EXPECT_EQ(pump.values[1].number, 2.5);
  EXPECT_EQ(pump.values[2].integer, 7);
  EXPECT_EQ(text_of(pump.values[3]), "open");
  EXPECT_EQ(pump.values[4].integer, 1);
  EXPECT_EQ(pump.values[5].integer, kNow - kHour);
  for (const headrace_value& value : pump.values) {
    EXPECT_EQ(value.state, HEADRACE_HOLDS);
    EXPECT_EQ(value.is_null, 0);
    EXPECT_EQ(value.event_time_us, kNow - kHour);
    EXPECT_EQ(value.holds_until_us, HEADRACE_NO_END);
  }

  EXPECT_EQ(pump.read("p2"), HEADRACE_NO_EVENTS);
  EXPECT_EQ(pump.values[1].is_null, 1);
  EXPECT_EQ(pump.values[2].integer, 0);
  EXPECT_EQ(pump.values[2].event_time_us, HEADRACE_NO_TIME);
}

TEST_F(ValuesFileTest, KeysOfSeveralColumns) {
  const auto file = published();
  OpenQuery site(path_, "site", {"pumps"});
  ASSERT_EQ(site.status, HEADRACE_OK);
  headrace_key keys[] = {headrace_key_text("NL", 2), headrace_key_integer(-3)};
  EXPECT_EQ(headrace_query_read(site.query, keys, 2, kNow, site.values.data()), HEADRACE_OK);
  EXPECT_EQ(site.values[0].integer, 12);
  keys[1].integer = 3;
  EXPECT_EQ(headrace_query_read(site.query, keys, 2, kNow, site.values.data()), HEADRACE_NO_EVENTS);
  EXPECT_EQ(headrace_query_read(site.query, keys, 1, kNow, site.values.data()), HEADRACE_WRONG_KEY);
  keys[1] = headrace_key_text("3", 1);
  EXPECT_EQ(headrace_query_read(site.query, keys, 2, kNow, site.values.data()), HEADRACE_WRONG_KEY);
  keys[0].type = HEADRACE_DOUBLE;
  EXPECT_EQ(headrace_query_read(site.query, keys, 2, kNow, site.values.data()), HEADRACE_WRONG_KEY);
}

TEST_F(ValuesFileTest, AValueHoldsUntilItsEnd) {
  const auto file = published();
  OpenQuery site(path_, "site", {"pumps"});
  const headrace_key keys[] = {headrace_key_text("NL", 2), headrace_key_integer(-3)};
  const auto read = [&](int64_t at) { return headrace_query_read(site.query, keys, 2, at, site.values.data()); };
  ASSERT_TRUE(file->publish(EventTime{kNow + kHour - 1}).ok());
  EXPECT_EQ(read(kNow + kHour - 1), HEADRACE_OK);
  EXPECT_EQ(read(kNow + kHour), HEADRACE_EXPIRED);
  EXPECT_EQ(site.values[0].state, HEADRACE_IS_OVER);
  EXPECT_EQ(site.values[0].integer, 12);
  EXPECT_EQ(site.values[0].holds_until_us, kNow + kHour);
  // A clock that is behind the server's does not bring it back.
  ASSERT_TRUE(file->publish(EventTime{kNow + kHour}).ok());
  EXPECT_EQ(read(kNow + kHour - 1), HEADRACE_EXPIRED);
}

TEST_F(ValuesFileTest, WithoutAWordOfTheServerValuesAreStale) {
  const auto file = published();
  OpenQuery pump(path_, "pump", {"flow"});
  EXPECT_EQ(pump.read("p1", kNow + 2'000'000), HEADRACE_OK);
  EXPECT_EQ(pump.read("p1", kNow + 2'000'001), HEADRACE_STALE);
  EXPECT_EQ(pump.values[0].state, HEADRACE_IS_STALE);
  EXPECT_EQ(pump.values[0].number, 2.5);
  EXPECT_EQ(pump.read("p2", kNow + 2'000'001), HEADRACE_STALE);
  EXPECT_EQ(pump.read("p1", kNow - 2'000'000), HEADRACE_OK);
  EXPECT_EQ(pump.read("p1", kNow - 2'000'001), HEADRACE_STALE);  // of another clock
  for (const int64_t at : {std::numeric_limits<int64_t>::min() + 1, int64_t{0}, std::numeric_limits<int64_t>::max()})
    EXPECT_EQ(pump.read("p1", at), HEADRACE_STALE) << at;
  EXPECT_EQ(pump.read("p1", HEADRACE_NOW), HEADRACE_STALE);
  ASSERT_TRUE(file->publish(EventTime{kNow + 2'000'001}).ok());
  EXPECT_EQ(pump.read("p1", kNow + 2'000'001), HEADRACE_OK);

  const headrace_reader_options options{sizeof(options), 10};
  headrace_reader* reader = nullptr;
  ASSERT_EQ(headrace_reader_open(path_.c_str(), &options, &reader), HEADRACE_OK);
  headrace_reader_close(reader);
}

TEST_F(ValuesFileTest, ALockKeepsAnotherWriterAway) {
  auto file = published();
  const auto other = ValuesFile::open(path_, Duration{1});
  ASSERT_FALSE(other.ok());
  EXPECT_EQ(other.error().kind(), ErrorKind::kUnavailable);
  file.reset();
  EXPECT_TRUE(ValuesFile::open(path_, Duration{1}).ok());
}

TEST_F(ValuesFileTest, ItGrowsUnderTheEyesOfReaders) {
  const auto file = published();
  OpenQuery pump(path_, "pump", {"flow", "state"});
  ASSERT_EQ(pump.read("p1"), HEADRACE_OK);
  const int64_t bytes = file->file_bytes();
  const auto name = [](int i) { return fmt::format("pump {:>{}}", i, i % 2 == 0 ? 5 : 80); };
  for (int i = 0; i < 3000; ++i)
    ASSERT_TRUE(file->put(0, std::vector<Value>{Value{name(i)}}, values_of(i, fmt::format("state {}", i))).ok());
  ASSERT_TRUE(file->publish(EventTime{kNow + 1}).ok());
  EXPECT_GT(file->file_bytes(), 8 * bytes);
  EXPECT_EQ(file->rows(), 3002);
  ASSERT_EQ(headrace_reader_take_newest(pump.reader), HEADRACE_OK);
  for (int i = 0; i < 3000; ++i) {
    ASSERT_EQ(pump.read(name(i)), HEADRACE_OK) << i;
    EXPECT_EQ(pump.values[0].number, i);
    EXPECT_EQ(text_of(pump.values[1]), fmt::format("state {}", i));
  }
  ASSERT_EQ(pump.read("p1"), HEADRACE_OK);
  EXPECT_EQ(text_of(pump.values[1]), "open");
  EXPECT_EQ(pump.read("pump 3000"), HEADRACE_NO_EVENTS);
  OpenQuery site(path_, "site", {"pumps"});
  headrace_entity_info info{};
  info.struct_size = sizeof(info);
  ASSERT_EQ(headrace_reader_entity(site.reader, 1, &info), HEADRACE_OK);
  EXPECT_EQ(info.watermark_us, kNow - 5);
}

TEST_F(ValuesFileTest, TextsThatChangeAreMovedIntoANewFile) {
  const auto file = published();
  OpenQuery pump(path_, "pump", {"state"});
  const std::string long_text(1000, 'x');
  for (int i = 0; i < 1000; ++i) {
    const std::string text = fmt::format("{}{}", i % 3 == 0 ? "" : long_text, i);
    ASSERT_TRUE(file->put(0, std::vector<Value>{Value{std::string("p1")}}, values_of(i, text)).ok());
    if (i % 50 == 0) headrace_reader_take_newest(pump.reader);
    const headrace_status status = pump.read("p1");
    ASSERT_EQ(status, HEADRACE_OK);
  }
  EXPECT_LT(file->file_bytes(), int64_t{1} << 20);
  for (const std::string& text : {std::string(), std::string(1 << 21, 'y'), std::string("open")}) {
    ASSERT_TRUE(file->put(0, std::vector<Value>{Value{std::string("p1")}}, values_of(1, text)).ok());
    ASSERT_EQ(headrace_reader_take_newest(pump.reader), HEADRACE_OK);
    ASSERT_EQ(pump.read("p1"), HEADRACE_OK);
    EXPECT_EQ(text_of(pump.values[0]), text);
  }
}

TEST_F(ValuesFileTest, ReadersFollowToOtherFeatures) {
  const auto file = published();
  OpenQuery kept(path_, "pump", {"readings"});
  OpenQuery changed(path_, "pump", {"flow"});
  OpenQuery gone(path_, "site", {"pumps"});
  std::vector<ValuesEntity> other = {pumps()[0]};
  other[0].features = {{"readings", "1.1", HEADRACE_INT64}, {"flow", "1.2", HEADRACE_DOUBLE}};
  ASSERT_TRUE(file->begin(other, EventTime{kNow}).ok());
  const std::vector<TimedValue> values = {{Value{int64_t{8}}, {}, HEADRACE_NO_END}, {}};
  ASSERT_TRUE(file->put_nobody(0, std::vector<TimedValue>(2)).ok());
  ASSERT_TRUE(file->put(0, std::vector<Value>{Value{std::string("p1")}}, values).ok());
  EXPECT_EQ(kept.read("p1"), HEADRACE_OK);
  EXPECT_EQ(kept.values[0].integer, 7);  // until it is filled
  ASSERT_TRUE(file->publish(EventTime{kNow}).ok());

  EXPECT_EQ(kept.read("p1"), HEADRACE_OK);
  EXPECT_EQ(kept.values[0].integer, 8);
  EXPECT_EQ(changed.read("p1"), HEADRACE_CHANGED);
  EXPECT_EQ(changed.read("p1"), HEADRACE_CHANGED);
  EXPECT_EQ(gone.read("NL"), HEADRACE_CHANGED);
  headrace_column_info info{};
  info.struct_size = sizeof(info);
  EXPECT_EQ(headrace_query_feature(changed.query, 0, &info), HEADRACE_OK);
  EXPECT_STREQ(info.version, "1.0");
  OpenQuery anew(path_, "pump", {"flow"});
  EXPECT_EQ(anew.read("p1"), HEADRACE_OK);
}

TEST_F(ValuesFileTest, TheNextServerTakesOver) {
  auto file = published();
  OpenQuery pump(path_, "pump", {"flow"});
  file.reset();
  EXPECT_EQ(pump.read("p1"), HEADRACE_OK);
  std::ofstream(path_ + ".new1") << "of a server that was killed";
  file = open();
  ASSERT_TRUE(file->begin(pumps(), EventTime{kNow}).ok());
  ASSERT_TRUE(file->put_nobody(0, nobody()).ok());
  ASSERT_TRUE(file->put(0, std::vector<Value>{Value{std::string("p1")}}, values_of(3.5, "shut")).ok());
  EXPECT_EQ(pump.read("p1"), HEADRACE_OK);
  EXPECT_EQ(pump.values[0].number, 2.5);
  ASSERT_TRUE(file->publish(EventTime{kNow}).ok());
  EXPECT_EQ(pump.read("p1"), HEADRACE_OK);
  EXPECT_EQ(pump.values[0].number, 3.5);
  EXPECT_FALSE(fs::exists(path_ + ".new0") || fs::exists(path_ + ".new1"));
}

TEST_F(ValuesFileTest, WhatSomebodyRemovedIsMadeAgain) {
  const auto file = published();
  OpenQuery pump(path_, "pump", {"flow"});
  fs::remove(path_);
  ASSERT_TRUE(file->publish(EventTime{kNow + 1}).ok());
  ASSERT_TRUE(file->put(0, std::vector<Value>{Value{std::string("p1")}}, values_of(4.5, "shut")).ok());
  EXPECT_EQ(pump.read("p1"), HEADRACE_OK);
  EXPECT_EQ(pump.values[0].number, 4.5);
  OpenQuery anew(path_, "pump", {"flow"});
  EXPECT_EQ(anew.read("p1"), HEADRACE_OK);
}

TEST_F(ValuesFileTest, OnlyFilesOfValuesAreReplaced) {
  for (const std::string& text : {std::string(), std::string("precious"), std::string(5000, 'p')}) {
    std::ofstream(path_) << text;
    const auto file = ValuesFile::open(path_, Duration{1});
    ASSERT_FALSE(file.ok());
    EXPECT_EQ(file.error().kind(), ErrorKind::kConflict);
    fs::remove(path_);
  }
  std::ofstream(folder_ + "/precious") << "precious";
  fs::create_symlink(folder_ + "/precious", path_);
  EXPECT_FALSE(ValuesFile::open(path_, Duration{1}).ok());
  fs::remove(path_);
  fs::create_directory(path_);
  EXPECT_FALSE(ValuesFile::open(path_, Duration{1}).ok());
  EXPECT_FALSE(ValuesFile::open(folder_ + "/nowhere/values", Duration{1}).ok());
}

TEST_F(ValuesFileTest, OthersMayNotRead) {
  const auto file = published();
  struct stat info{};
  ASSERT_EQ(::stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0137, 0u);  // at most the owner writes and the group reads
}

TEST_F(ValuesFileTest, OtherFilesAreRefused) {
  headrace_reader* reader = nullptr;
  const auto open_at = [&](const std::string& path) { return headrace_reader_open(path.c_str(), nullptr, &reader); };
  EXPECT_EQ(open_at(path_), HEADRACE_NO_FILE);
  EXPECT_EQ(open_at(folder_), HEADRACE_NO_ACCESS);
  EXPECT_EQ(open_at("/dev/zero"), HEADRACE_NO_ACCESS);
  ASSERT_EQ(::mkfifo((folder_ + "/pipe").c_str(), 0600), 0);
  EXPECT_EQ(open_at(folder_ + "/pipe"), HEADRACE_NO_ACCESS);
  for (const size_t bytes : {0, 7, 100, 200, 5000}) {
    std::ofstream(path_) << std::string(bytes, 'x');
    EXPECT_EQ(open_at(path_), HEADRACE_FOREIGN_FILE) << bytes;
  }
  EXPECT_EQ(reader, nullptr);
}

TEST_F(ValuesFileTest, ArgumentsThatAreNone) {
  const auto file = published();
  headrace_reader* reader = nullptr;
  EXPECT_EQ(headrace_reader_open(nullptr, nullptr, &reader), HEADRACE_WRONG_ARGUMENT);
  EXPECT_EQ(headrace_reader_open(path_.c_str(), nullptr, nullptr), HEADRACE_WRONG_ARGUMENT);
  headrace_reader_options options{};
  EXPECT_EQ(headrace_reader_open(path_.c_str(), &options, &reader), HEADRACE_WRONG_ARGUMENT);
  options = {sizeof(options), -1};
  EXPECT_EQ(headrace_reader_open(path_.c_str(), &options, &reader), HEADRACE_WRONG_ARGUMENT);
  headrace_reader_close(nullptr);
  headrace_query_free(nullptr);
  headrace_query* query = nullptr;
  const char* const features[] = {"flow", nullptr};
  EXPECT_EQ(headrace_query_new(nullptr, "pump", features, 1, &query), HEADRACE_WRONG_ARGUMENT);
  ASSERT_EQ(headrace_reader_open(path_.c_str(), nullptr, &reader), HEADRACE_OK);
  EXPECT_EQ(headrace_query_new(reader, "pump", features, 2, &query), HEADRACE_WRONG_ARGUMENT);
  EXPECT_EQ(headrace_query_new(reader, "pumps", features, 1, &query), HEADRACE_NO_NAME);
  EXPECT_EQ(query, nullptr);
  ASSERT_EQ(headrace_query_new(reader, "pump", nullptr, 0, &query), HEADRACE_OK);
  EXPECT_EQ(headrace_query_read(query, nullptr, 1, kNow, nullptr), HEADRACE_WRONG_ARGUMENT);
  headrace_key key = headrace_key_text(nullptr, 3);
  EXPECT_EQ(headrace_query_read(query, &key, 1, kNow, nullptr), HEADRACE_WRONG_ARGUMENT);
  key = headrace_key_text("p1", 2);
  EXPECT_EQ(headrace_query_read(query, &key, 1, kNow, nullptr), HEADRACE_OK);
  headrace_file_info info{};
  EXPECT_EQ(headrace_reader_file(reader, &info), HEADRACE_WRONG_ARGUMENT);
  headrace_column_info column{};
  column.struct_size = sizeof(column);
  EXPECT_EQ(headrace_reader_key(reader, 1, 2, &column), HEADRACE_NO_NAME);
  EXPECT_EQ(headrace_reader_feature(reader, 2, 0, &column), HEADRACE_NO_NAME);
  ASSERT_EQ(headrace_reader_feature(reader, 0, 5, &column), HEADRACE_OK);
  EXPECT_STREQ(column.name, "recent");
  headrace_query_free(query);
  headrace_reader_close(reader);
  for (int status = -12; status <= 4; ++status)
    EXPECT_GT(std::string(headrace_status_text(static_cast<headrace_status>(status))).size(), 10u);
}

}  // namespace
}  // namespace headrace
