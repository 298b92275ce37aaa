#include "session/jobs/dataset_job.h"

#include "base/file_system.h"
#include "session/new_repository/new_repository.h"
#include "testing/own_folder.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace headrace {
namespace {

/// A new repository, its events, and observations of which some have no key, no time or an unknown key.
class DatasetInMemory : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = own_folder();
    std::filesystem::remove_all(folder_);
    ASSERT_TRUE(create_repository(folder_).ok());
    observations_ = folder_ + "/labels.csv";
    const char* text =
        "pump_id,event_time,label\n"
        "p1,2024-03-01T12:00:00Z,1\np2,2024-03-01T12:00:00Z,2\n,2024-03-01T12:00:00Z,3\np1,,4\n"
        "p9,2024-03-01T12:00:00Z,5\np1,2024-03-01T12:00:00Z,6\np1,2020-01-01T00:00:00Z,7\n";
    ASSERT_TRUE(write_file_atomically(real_file_system(), observations_, text).ok());
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  Result<DatasetColumns> run_in_memory(const DatasetJob& job) {
    ASSIGN_OR_RETURN(const Session session, Session::open(folder_));
    ASSIGN_OR_RETURN(const ObservationTable table, read_observations(observations_, {}));
    JobProgress progress;
    return run_dataset_in_memory(session, table, job, progress);
  }

  std::string folder_;
  std::string observations_;
};

TEST_F(DatasetInMemory, HasTheValuesOfTheFile) {
  DatasetJob job;
  job.wants_checksum = true;
  const Result<DatasetColumns> columns = run_in_memory(job);
  ASSERT_TRUE(columns.ok()) << columns.error().message();
  job.observations = observations_;
  job.output = "null:";
  const Result<Session> session = Session::open(folder_);
  JobProgress progress;
  const Result<DatasetReport> report = run_dataset(*session, job, progress);
  ASSERT_TRUE(report.ok()) << report.error().message();
  ASSERT_TRUE(columns->report.checksum && report->checksum);
  EXPECT_EQ(columns->report.checksum->hash, report->checksum->hash);
  EXPECT_EQ(columns->report.features, report->features);
  EXPECT_EQ(columns->report.rows, 7);
  EXPECT_EQ(columns->report.incomplete_rows, report->incomplete_rows);
  EXPECT_TRUE(columns->report.output.empty());
  EXPECT_EQ(columns->report.bytes, 0);
}

TEST_F(DatasetInMemory, KeepsTheOrderAndTheGapsOfObservations) {
  DatasetJob job;
  job.features = {"pump_efficiency_24h"};
  const Result<DatasetColumns> columns = run_in_memory(job);
  ASSERT_TRUE(columns.ok()) << columns.error().message();
  ASSERT_EQ(columns->features.size(), 1U);
  const Column& values = columns->features[0].values;
  ASSERT_EQ(values.length, 7);
  EXPECT_NEAR(values.doubles()[0], 0.733364232402655, 1e-12);
  EXPECT_EQ(values.doubles()[5], values.doubles()[0]);  // asked twice
  for (const int64_t row : {2, 3, 4, 6}) EXPECT_FALSE(values.is_valid(row)) << row;
}

TEST_F(DatasetInMemory, WhatIsMissingIsToldByName) {
  DatasetJob job;
  job.time_column = "when";
  const Result<DatasetColumns> no_time = run_in_memory(job);
  ASSERT_FALSE(no_time.ok());
  EXPECT_NE(no_time.error().message().find("`when`"), std::string::npos) << no_time.error().message();
  job = {};
  job.features = {"pump_efficency_24h"};
  const Result<DatasetColumns> no_feature = run_in_memory(job);
  ASSERT_FALSE(no_feature.ok());
  EXPECT_NE(no_feature.error().help().find("pump_efficiency_24h"), std::string::npos) << no_feature.error().help();
}

}  // namespace
}  // namespace headrace
