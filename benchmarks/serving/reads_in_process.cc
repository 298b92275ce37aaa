/// Random reads of entities in process: libheadrace_reader beside LMDB, over the same values, in turns, in one run.
///
///   reads_in_process FOLDER [ENTITIES] [SECONDS]
///
/// Both have ENTITIES rows of ten values with their times, in files of FOLDER, which is best in memory. Each way is measured
/// for SECONDS by one process, then by two at once, three times in turns; the middle one counts. Prints JSON.

#include "reader/headrace_reader.h"
#include "values_file/values_file.h"

#include <fmt/format.h>
#include <lmdb.h>

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"

namespace headrace {
namespace {

constexpr size_t kFeatures = 10;
constexpr size_t kKeyBytes = 12;
constexpr int kRounds = 3;
constexpr int64_t kReadsBetweenClocks = 4096;
constexpr int64_t kUntilNever = HEADRACE_NO_END;

[[noreturn]] void give_up(const std::string& why) {
  fmt::print(stderr, "reads_in_process: {}\n", why);
  std::exit(3);
}

void require(bool is_fine, const std::string& what) {
  if (!is_fine) give_up(what + " failed");
}

struct StoredValue {
  double value;
  int64_t event_time, holds_until;
};

std::string key_of_entity(size_t entity) { return fmt::format("pump{:08}", entity); }
double value_of_entity(size_t entity, size_t feature) {
  return static_cast<double>(entity) + 0.1 * static_cast<double>(feature);
}

/// An order of entities that the processor cannot foresee.
class Draw {
 public:
  explicit Draw(uint64_t seed) : state_(seed * 2 + 1) {}
  size_t next(size_t below) {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_ % below;
  }

 private:
  uint64_t state_;
};

struct Bench {
  std::string folder;
  size_t entities = 1'000'000;
  int64_t seconds = 3;
  std::string keys;  // of all entities, one after the other
  const char* key(size_t entity) const { return keys.data() + entity * kKeyBytes; }
  std::string values_path() const { return folder + "/reads.values"; }
  std::string lmdb_path() const { return folder + "/reads.lmdb"; }
};

std::unique_ptr<ValuesFile> fill_values_file(const Bench& bench) {
  auto file = ValuesFile::open(bench.values_path(), Duration{100'000});
  if (!file) give_up(file.error().message());
  ValuesEntity pump{.name = "pump", .keys = {{"pump_id", "", HEADRACE_TEXT}}, .features = {}};
  for (size_t f = 0; f < kFeatures; ++f) pump.features.push_back({fmt::format("f{}", f), "1.0", HEADRACE_DOUBLE});
  const EventTime now{system_clock().now_us()};
  require((*file)->begin({pump}, now).ok(), "begin");
  require((*file)->put_nobody(0, std::vector<TimedValue>(kFeatures)).ok(), "put");
  std::vector<TimedValue> row(kFeatures);
  for (size_t entity = 0; entity < bench.entities; ++entity) {
    for (size_t f = 0; f < kFeatures; ++f) row[f] = {Value{value_of_entity(entity, f)}, now, kUntilNever};
    require((*file)->put(0, std::vector<Value>{Value{key_of_entity(entity)}}, row).ok(), "put");
  }
  require((*file)->publish(now).ok(), "publish");
  return *std::move(file);
}

MDB_env* open_lmdb(const Bench& bench, unsigned flags) {
  MDB_env* env = nullptr;
  require(mdb_env_create(&env) == 0 && mdb_env_set_mapsize(env, size_t{8} << 30) == 0, "mdb_env_create");
  require(mdb_env_open(env, bench.lmdb_path().c_str(), flags | MDB_NOSUBDIR, 0640) == 0, "mdb_env_open");
  return env;
}

void fill_lmdb(const Bench& bench) {
  MDB_env* const env = open_lmdb(bench, MDB_NOSYNC | MDB_WRITEMAP);
  MDB_txn* txn = nullptr;
  MDB_dbi dbi = 0;
  require(mdb_txn_begin(env, nullptr, 0, &txn) == 0 && mdb_dbi_open(txn, nullptr, 0, &dbi) == 0, "mdb_dbi_open");
  const int64_t now = system_clock().now_us();
  for (size_t entity = 0; entity < bench.entities; ++entity) {
    StoredValue row[kFeatures];
    for (size_t f = 0; f < kFeatures; ++f) row[f] = {value_of_entity(entity, f), now, kUntilNever};
    MDB_val key{kKeyBytes, const_cast<char*>(bench.key(entity))};
    MDB_val value{sizeof(row), row};
    require(mdb_put(txn, dbi, &key, &value, MDB_APPEND) == 0, "mdb_put");
  }
  require(mdb_txn_commit(txn) == 0, "mdb_txn_commit");
  mdb_env_close(env);
}

/// Reads until the time is over; gives how many. `read` gives the first value of an entity.
template <typename Read>
int64_t count_reads(const Bench& bench, uint64_t seed, Read read) {
  Draw draw(seed);
  double sum = 0;
  int64_t reads = 0;
  const int64_t end = system_clock().elapsed_us() + bench.seconds * 1'000'000;
  while (system_clock().elapsed_us() < end) {
    for (int64_t i = 0; i < kReadsBetweenClocks; ++i) {
      const size_t entity = draw.next(bench.entities);
      const double value = read(bench.key(entity));
      require(value == value_of_entity(entity, 0), "a read");
      sum += value;
    }
    reads += kReadsBetweenClocks;
  }
  require(sum > 0, "reading");
  return reads;
}

int64_t read_values_file(const Bench& bench, uint64_t seed, size_t features) {
  const headrace_reader_options options{sizeof(options), int64_t{3600} * 1'000'000};  // nobody keeps it up to date here
  headrace_reader* reader = nullptr;
  headrace_query* query = nullptr;
  const char* const names[kFeatures] = {"f0", "f1", "f2", "f3", "f4", "f5", "f6", "f7", "f8", "f9"};
  require(headrace_reader_open(bench.values_path().c_str(), &options, &reader) == HEADRACE_OK, "open");
  require(headrace_query_new(reader, "pump", names, features, &query) == HEADRACE_OK, "query");
  headrace_value values[kFeatures];
  const int64_t reads = count_reads(bench, seed, [&](const char* name) {
    const headrace_key key = headrace_key_text(name, kKeyBytes);
    require(headrace_query_read(query, &key, 1, HEADRACE_NOW, values) == HEADRACE_OK, "read");
    return values[0].number;
  });
  headrace_query_free(query);
  headrace_reader_close(reader);
  return reads;
}

/// `is_fresh`: each read sees what was committed before it, as those of the other do.
int64_t read_lmdb(const Bench& bench, uint64_t seed, bool is_fresh) {
  MDB_env* const env = open_lmdb(bench, MDB_RDONLY);
  MDB_txn* txn = nullptr;
  MDB_dbi dbi = 0;
  require(mdb_txn_begin(env, nullptr, MDB_RDONLY, &txn) == 0 && mdb_dbi_open(txn, nullptr, 0, &dbi) == 0,
          "mdb_dbi_open");
  StoredValue row[kFeatures];
  const int64_t reads = count_reads(bench, seed, [&](const char* name) {
    if (is_fresh) {
      mdb_txn_reset(txn);
      require(mdb_txn_renew(txn) == 0, "mdb_txn_renew");
    }
    MDB_val key{kKeyBytes, const_cast<char*>(name)};
    MDB_val value{};
    require(mdb_get(txn, dbi, &key, &value) == 0 && value.mv_size == sizeof(row), "mdb_get");
    std::memcpy(row, value.mv_data, sizeof(row));
    return row[0].value;
  });
  mdb_txn_abort(txn);
  mdb_env_close(env);
  return reads;
}

struct Rates {
  double a_second = 0;
  double a_cpu_second = 0;  // of one processor, user and system; holds on a machine with neighbours too
};

/// Of several processes at once.
Rates rates_of(const Bench& bench, int processes, const std::function<int64_t(uint64_t seed)>& read) {
  struct Counts {
    std::atomic<int64_t> reads, cpu_us;
  };
  auto* const counts =
      static_cast<Counts*>(::mmap(nullptr, sizeof(Counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  require(counts != MAP_FAILED, "mmap");
  std::vector<pid_t> children;
  for (int i = 0; i < processes; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      counts->reads += read(static_cast<uint64_t>(i) + 17);
      rusage used{};
      require(::getrusage(RUSAGE_SELF, &used) == 0, "getrusage");
      for (const timeval& time : {used.ru_utime, used.ru_stime})
        counts->cpu_us += time.tv_sec * 1'000'000 + time.tv_usec;
      ::_exit(0);
    }
    children.push_back(child);
  }

  for (const pid_t child : children) {
    int status = 0;
    require(::waitpid(child, &status, 0) == child && status == 0, "a reader");
  }
  const auto reads = static_cast<double>(counts->reads);
  const Rates rates{reads / static_cast<double>(bench.seconds), reads / static_cast<double>(counts->cpu_us) * 1e6};
  ::munmap(counts, sizeof(Counts));
  return rates;
}

/// The middle one.
double middle(const std::vector<Rates>& rates, double Rates::* of) {
  std::vector<double> each;
  for (const Rates& one : rates) each.push_back(one.*of);
  std::ranges::sort(each);
  return each[each.size() / 2];
}

struct Way {
  std::string name;
  int processes;
  std::function<int64_t(uint64_t)> read;
  std::vector<Rates> rates;
};

int run(int argc, char** argv) {
  if (argc < 2) give_up("usage: reads_in_process FOLDER [ENTITIES] [SECONDS]");
  Bench bench{.folder = argv[1]};
  if (argc > 2) bench.entities = std::strtoull(argv[2], nullptr, 10);
  if (argc > 3) bench.seconds = std::strtoll(argv[3], nullptr, 10);
  for (size_t entity = 0; entity < bench.entities; ++entity) bench.keys += key_of_entity(entity);
  const auto file = fill_values_file(bench);
  fill_lmdb(bench);

  std::vector<Way> ways;
  for (const int processes : {1, 2}) {
    ways.push_back({"headrace, 10 values", processes, [&](uint64_t s) { return read_values_file(bench, s, 10); }, {}});
    ways.push_back({"headrace, 1 value", processes, [&](uint64_t s) { return read_values_file(bench, s, 1); }, {}});
    ways.push_back({"LMDB, 10 values", processes, [&](uint64_t s) { return read_lmdb(bench, s, true); }, {}});
    ways.push_back(
        {"LMDB, 10 values, one snapshot", processes, [&](uint64_t s) { return read_lmdb(bench, s, false); }, {}});
  }
  for (int round = 0; round < kRounds; ++round) {
    for (Way& way : ways) way.rates.push_back(rates_of(bench, way.processes, way.read));
  }

  fmt::print("{{\"entities\": {}, \"values_file_bytes\": {}, \"rows\": [\n", bench.entities, file->file_bytes());
  for (const Way& way : ways) {
    fmt::print(
        "  {{\"way\": \"{}\", \"processes\": {}, \"reads_per_second\": {:.0f}, \"reads_per_cpu_second\": {:.0f}}}{}\n",
        way.name, way.processes, middle(way.rates, &Rates::a_second), middle(way.rates, &Rates::a_cpu_second),
        &way != &ways.back() ? "," : "");
  }
  fmt::print("]}}\n");
  for (const std::string& path :
       {bench.values_path(), bench.values_path() + ".lock", bench.lmdb_path(), bench.lmdb_path() + "-lock"})
    ::unlink(path.c_str());
  return 0;
}

}  // namespace
}  // namespace headrace

int main(int argc, char** argv) { return headrace::run(argc, argv); }
