#pragma once

/// For tests of the offline store only: a small store `out` in files that can crash, and what its readers see.

#include "io/offline/offline_sink.h"
#include "testing/faulty_file_system.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace headrace {

using Files = std::map<std::string, std::string>;

inline constexpr int64_t kFirstDay = 19783;  // 2024-03-01

/// One feature `f` of the entity `pump`, as CSV, so that a test can read the files.
inline OfflineRequest make_request(const std::string& digest = "d1", const std::string& version = "1.0") {
  OfflineRequest request;
  request.entity = "pump";
  request.keys = {{"pump_id", ScalarType::kInt64}};
  request.features = {{"f", version, digest, {ScalarType::kDouble}}};
  request.meanings = {"meaning " + digest};
  request.inputs = {{"in.parquet", 10, 20}};
  request.table.format = TableFormat::kCsv;
  return request;
}

/// One row for pump 7 at noon of each day.
inline Batch noon_rows(const std::vector<int64_t>& days, double value) {
  std::vector<int64_t> keys(days.size(), 7), times;
  for (int64_t day : days) times.push_back((kFirstDay + day) * kMicrosPerDay + kMicrosPerDay / 2);
  return {static_cast<int64_t>(days.size()),
          {make_column(ScalarType::kInt64, std::move(keys)), make_column(ScalarType::kTimestamp, std::move(times)),
           make_column(std::vector<double>(days.size(), value))}};
}

struct Backfill {
  OfflineRequest request = make_request();
  std::vector<int64_t> days;
  double value = 0;
};

/// The same where days may be lost.
inline Backfill replacing(Backfill backfill) {
  backfill.request.replaces = true;
  return backfill;
}

inline Result<OfflineSink::Written> run(FileSystem& files, const Backfill& backfill, int threads = 1) {
  ASSIGN_OR_RETURN(const auto store, OfflineStore::open(files, "out", "0.1.0"));
  RETURN_IF_ERROR(store->check_versions(backfill.request));
  RETURN_IF_ERROR(store->check_range(backfill.request));
  OfflineSink sink(*store, backfill.request, threads);
  RETURN_IF_ERROR(sink.write(noon_rows(backfill.days, backfill.value)));
  return sink.finish();
}

inline std::string file_of_day(int64_t day) { return "pump/day=" + format_day(kFirstDay + day) + "/part-0.csv"; }

/// The values of `f` by day, as a reader sees them who follows the manifest. Each file must have the listed size.
inline Result<std::map<std::string, std::string>> read_values(FileSystem& files) {
  ASSIGN_OR_RETURN(const Manifest manifest, load_manifest(files, "out"));
  std::map<std::string, std::string> values;
  for (const ManifestEntity& entity : manifest.entities) {
    for (const ManifestPartition& partition : entity.partitions) {
      ASSIGN_OR_RETURN(const std::string text, files.read_file("out/" + partition.file));
      EXPECT_EQ(static_cast<int64_t>(text.size()), partition.bytes) << partition.file;
      const size_t comma = text.rfind(',');
      values[partition.day] = text.substr(comma + 1, text.size() - comma - 2);
    }
  }
  return values;
}

using Values = std::map<std::string, std::string>;

inline void put(FileSystem& files, const std::string& path, std::string_view bytes) {
  ASSERT_TRUE(files.make_folders(folder_of(path)).ok());
  ASSERT_TRUE(files.remove_all(path).ok());
  ASSERT_TRUE(write_file_atomically(files, path, bytes).ok());
}

}  // namespace headrace
