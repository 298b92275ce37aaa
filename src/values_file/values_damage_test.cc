/// Files of values whose bytes are not those that were written, and those that change while they are read.

#include "values_file/values_file.h"

#include "testing/own_folder.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

namespace headrace {
namespace {

constexpr int64_t kAt = 1'700'000'000 * kMicrosPerSecond;
constexpr int kPumps = 4;
constexpr size_t kFeatures = 5;

std::string read_whole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_whole(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

std::vector<ValuesEntity> tanks() {
  ValuesEntity tank{.name = "tank", .keys = {{"tank_id", "", HEADRACE_TEXT}}, .features = {}};
  for (size_t i = 0; i + 1 < kFeatures; ++i) tank.features.push_back({fmt::format("f{}", i), "1.0", HEADRACE_INT64});
  tank.features.push_back({"text", "1.0", HEADRACE_TEXT});
  return {tank};
}

/// Every value of a row tells the same number.
std::vector<TimedValue> row_of(int64_t number) {
  std::vector<TimedValue> row(kFeatures);
  for (TimedValue& value : row) value = {Value{number}, EventTime{number}, HEADRACE_NO_END - 1 - number};
  row.back().value = Value{fmt::format("text of {}", number)};
  return row;
}

std::vector<Value> tank_key(int number) { return {Value{fmt::format("tank {}", number)}}; }

Status put_all(ValuesFile& file, int64_t number) {
  for (int tank = 0; tank < kPumps; ++tank) RETURN_IF_ERROR(file.put(0, tank_key(tank), row_of(number)));
  return {};
}

class TankReader {
 public:
  explicit TankReader(const std::string& path) {
    status = headrace_reader_open(path.c_str(), nullptr, &reader_);
    std::vector<std::string> names;
    const char* const features[kFeatures] = {"f0", "f1", "f2", "f3", "text"};
    if (status == HEADRACE_OK) status = headrace_query_new(reader_, "tank", features, kFeatures, &query_);
  }
  ~TankReader() {
    headrace_query_free(query_);
    headrace_reader_close(reader_);
  }
  TankReader(const TankReader&) = delete;
  TankReader& operator=(const TankReader&) = delete;

  /// The number of a row; nothing: the status says why. A row of several numbers fails the test.
  std::optional<int64_t> number_of(int tank, int64_t at) {
    const std::string name = std::get<std::string>(tank_key(tank)[0].data);
    const headrace_key key = headrace_key_text(name.data(), name.size());
    headrace_value values[kFeatures];
    status = headrace_query_read(query_, &key, 1, at, values);
    if (status != HEADRACE_OK && status != HEADRACE_STALE) return std::nullopt;
    const int64_t number = values[0].integer;
    for (const headrace_value& value : values) {
      EXPECT_EQ(value.event_time_us, number);
      EXPECT_EQ(value.holds_until_us, HEADRACE_NO_END - 1 - number);
      if (value.type != HEADRACE_INT64) continue;
      EXPECT_EQ(value.integer, number);
    }
    const headrace_value& text = values[kFeatures - 1];
    EXPECT_EQ(std::string(text.text.bytes, text.text.size), fmt::format("text of {}", number));
    return number;
  }

  headrace_status status = HEADRACE_OK;

 private:
  headrace_reader* reader_ = nullptr;
  headrace_query* query_ = nullptr;
};

class ValuesDamageTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = own_folder();
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    path_ = folder_ + "/values";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<ValuesFile> published(int64_t number) {
    std::unique_ptr<ValuesFile> file = ValuesFile::open(path_, Duration{1}).value();
    EXPECT_TRUE(file->begin(tanks(), EventTime{kAt}).ok());
    EXPECT_TRUE(file->put_nobody(0, std::vector<TimedValue>(kFeatures)).ok());
    EXPECT_TRUE(put_all(*file, number).ok());
    EXPECT_TRUE(file->publish(EventTime{kAt}).ok());
    return file;
  }

  std::string folder_, path_;
};

TEST_F(ValuesDamageTest, AFileThatIsCutShortIsRefused) {
  published(1);
  const std::string whole = read_whole(path_);
  for (size_t bytes = 8; bytes < whole.size(); bytes += bytes < 1000 ? 11 : 4999) {
    write_whole(path_, whole.substr(0, bytes));
    EXPECT_EQ(TankReader(path_).status, HEADRACE_DAMAGED) << bytes;
  }
  write_whole(path_, whole + '\0');
  EXPECT_EQ(TankReader(path_).status, HEADRACE_DAMAGED);
}

/// Of the words that change, the versions of rows and the index have no check: there, a changed byte can hide a row or bring
/// back the one before. It is no other value.
TEST_F(ValuesDamageTest, AChangedByteIsNeverAnotherValue) {
  published(1);
  const std::string whole = read_whole(path_);
  std::mt19937_64 random(7);
  for (size_t place = 0; place < whole.size(); place += 1 + (place > 400 ? random() % 8 : 0)) {
    if (whole[place] == '\0' && place > 1000 && random() % 64 != 0) continue;  // mostly room that is empty
    std::string changed = whole;
    changed[place] = static_cast<char>(changed[place] ^ (1 << random() % 8));
    write_whole(path_, changed);
    TankReader reader(path_);
    if (reader.status != HEADRACE_OK) continue;
    for (int tank = 0; tank < kPumps; ++tank) {
      const auto number = reader.number_of(tank, kAt);
      EXPECT_EQ(number.value_or(1), 1) << "byte " << place;
    }
    if (testing::Test::HasFailure()) return;
  }
}

TEST_F(ValuesDamageTest, RowsAreWholeWhileTheyChange) {
  const auto file = published(1);
  std::atomic<bool> is_over{false};
  std::atomic<int64_t> reads{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&, i] {
      TankReader reader(path_);
      int64_t last = 0;
      for (int turn = i; !is_over || turn < 100; ++turn) {
        const auto number = reader.number_of(turn % kPumps, kAt);
        EXPECT_TRUE(number || reader.status == HEADRACE_BUSY) << headrace_status_text(reader.status);
        if (turn % kPumps != 0 || !number) continue;
        EXPECT_GE(*number, last);  // never an earlier one
        last = *number;
        ++reads;
      }
    });
  }
  // Texts fill the heap, so that new files take over meanwhile.
  for (int64_t number = 2; number < 20'000 || reads < 1000; ++number) {
    ASSERT_TRUE(put_all(*file, number).ok());
    ASSERT_TRUE(file->publish(EventTime{kAt}).ok());
  }
  is_over = true;
  for (std::thread& thread : threads) thread.join();
}

TEST_F(ValuesDamageTest, AWriterThatIsKilledLeavesAllRowsWhole) {
  std::mt19937_64 random(11);
  int64_t newest = 0;
  for (int round = 0; round < 30; ++round) {
    const pid_t writer = ::fork();
    ASSERT_GE(writer, 0);
    if (writer == 0) {
      std::unique_ptr<ValuesFile> file = published(newest + 1);
      for (int64_t number = newest + 2;; ++number) {
        if (!put_all(*file, number).ok() || !file->publish(EventTime{kAt}).ok()) ::_exit(1);
      }
    }

    // Once it has begun, it is killed after so many reads.
    std::optional<TankReader> reader;
    int64_t left = static_cast<int64_t>(random() % 20'000);
    while (left > 0 && ::waitpid(writer, nullptr, WNOHANG) == 0) {
      if (!reader || reader->status != HEADRACE_OK) reader.emplace(path_);
      if (reader->status != HEADRACE_OK) continue;
      reader->number_of(static_cast<int>(left % kPumps), kAt);
      --left;
    }
    EXPECT_EQ(left, 0) << "the writer ended by itself";
    ::kill(writer, SIGKILL);
    ::waitpid(writer, nullptr, 0);

    TankReader after(path_);
    ASSERT_EQ(after.status, HEADRACE_OK);
    for (int tank = 0; tank < kPumps; ++tank) {
      const auto number = after.number_of(tank, kAt);
      ASSERT_TRUE(number.has_value()) << headrace_status_text(after.status);
      newest = std::max(newest, *number);
    }
    ASSERT_FALSE(testing::Test::HasFailure()) << "round " << round;
  }
}

}  // namespace
}  // namespace headrace
