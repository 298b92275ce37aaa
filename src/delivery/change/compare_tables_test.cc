#include "delivery/change/compare_tables.h"

#include "testing/own_folder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace headrace {
namespace {

class CompareFiles : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& text) {
    const std::string path = folder_ + "/" + name;
    std::ofstream(path) << text;
    return path;
  }
  TablesReport compared(const std::string& before, const std::string& now, double tolerance = 0.0) {
    CompareTables request;
    request.before = write("before.csv", before);
    request.now = write("now.csv", now);
    request.tolerance = tolerance;
    const auto report = compare_tables(request);
    EXPECT_TRUE(report.ok()) << (report.ok() ? "" : report.error().message());
    return report.ok() ? *report : TablesReport{};
  }

  const std::string folder_ = own_folder();
};

const std::string kRows =
    "pump_id,event_time,low,mode\n"
    "p1,2024-03-01T00:00:00Z,1.5,run\n"
    "p2,2024-03-01T00:00:00Z,2.5,run\n"
    "p1,2024-03-01T01:00:00Z,,idle\n";

TEST_F(CompareFiles, OrderOfRowsIsNoDifference) {
  const TablesReport report = compared(kRows,
                                       "pump_id,event_time,mode,low\n"
                                       "p1,2024-03-01T01:00:00Z,idle,\n"
                                       "p2,2024-03-01T00:00:00Z,run,2.5\n"
                                       "p1,2024-03-01T00:00:00Z,run,1.5\n");
  EXPECT_TRUE(report.is_equal()) << to_text(report);
  EXPECT_EQ(report.tables[0].values.rows, 3);
}

TEST_F(CompareFiles, ShowsValuesRowsAndColumnsThatDiffer) {
  const TablesReport report = compared(kRows,
                                       "pump_id,event_time,low,other\n"
                                       "p1,2024-03-01T00:00:00Z,1.6,1\n"
                                       "p1,2024-03-01T01:00:00Z,7,1\n"
                                       "p3,2024-03-01T00:00:00Z,1,1\n");
  EXPECT_FALSE(report.is_equal());
  const TableDifference& table = report.tables[0];
  EXPECT_EQ(table.before_only, 1);
  EXPECT_EQ(table.now_only, 1);
  EXPECT_EQ(table.rows_in_one, (std::vector<std::string>{"p2 at 2024-03-01T00:00:00Z, before only",
                                                         "p3 at 2024-03-01T00:00:00Z, now only"}));
  EXPECT_EQ(table.columns_before_only, (std::vector<std::string>{"mode"}));
  EXPECT_EQ(table.columns_now_only, (std::vector<std::string>{"other"}));
  ASSERT_EQ(table.values.features.size(), 1u);
  EXPECT_EQ(table.values.features[0].differing, 2);
  EXPECT_EQ(table.values.features[0].null_before_only, 1);
  EXPECT_NEAR(table.values.features[0].absolute_max, 0.1, 1e-12);
}

TEST_F(CompareFiles, IntegersAndDoublesAreNumbers) {
  const std::string before = "id,event_time,x\n1,2024-03-01,2\n2,2024-03-01,3\n";
  const std::string now = "id,event_time,x\n1,2024-03-01,2.0\n2,2024-03-01,3.0000001\n";
  EXPECT_EQ(compared(before, now).tables[0].values.features[0].differing, 1);
  EXPECT_TRUE(compared(before, now, 1e-6).is_equal());
}

TEST_F(CompareFiles, WhatIsNoTableOfFeaturesIsAnError) {
  CompareTables request;
  request.before = request.now = write("x.csv", "a,b\n1,2\n");
  EXPECT_FALSE(compare_tables(request).ok());
  request.now = folder_ + "/nosuch.csv";
  EXPECT_FALSE(compare_tables(request).ok());
}

}  // namespace
}  // namespace headrace
