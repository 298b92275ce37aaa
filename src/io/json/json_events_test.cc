#include "io/json/json_events.h"

#include "engine/stream/undecoded_message.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

PlanSource pumps() {
  PlanSource source;
  source.name = "telemetry";
  source.event_time = "at";
  source.columns = {{"flow", ScalarType::kDouble}, {"mode", ScalarType::kString}};
  return source;
}

SourceRequest request_of_pumps(ScalarType key) {
  SourceRequest request;
  request.source = "telemetry";
  request.columns = {"pump", "at", "flow", "mode"};
  request.types = {key, ScalarType::kTimestamp, ScalarType::kDouble, ScalarType::kString};
  request.key_count = 1;
  return request;
}

std::vector<std::string> rows_of(const DecodedEvents& events) {
  std::vector<std::string> rows;
  for (const Batch& batch : events.batches) {
    for (int64_t row = 0; row < batch.rows; ++row) {
      std::string line;
      for (const Column& column : batch.columns) line += to_json(column.value_at(row)) + " ";
      rows.push_back(line);
    }
  }
  return rows;
}

TEST(RecordsTest, AreLinesOrTheItemsOfAnArray) {
  using Records = std::vector<std::string_view>;
  EXPECT_EQ(records_of("{\"a\": 1}\n\n  {\"a\": 2}\r\n").value(), (Records{"{\"a\": 1}", "{\"a\": 2}"}));
  EXPECT_EQ(records_of(" [{\"a\": [1, 2]}, {\"b\": \"],{\\\"\"}] ").value(),
            (Records{"{\"a\": [1, 2]}", "{\"b\": \"],{\\\"\"}"}));
  EXPECT_EQ(records_of("[]").value(), Records{});
  EXPECT_EQ(records_of("").value(), Records{});
  EXPECT_FALSE(records_of("[{\"a\": 1}").ok());
  EXPECT_FALSE(records_of("[1] 2").ok());
}

TEST(JsonEventsTest, AMessageThatCouldNotBeDecodedHasItsReason) {
  const PlanSource source = pumps();
  const SourceRequest request = request_of_pumps(ScalarType::kString);
  JsonEvents reader(source, request, "a topic");
  const std::string line = to_line({.reason = "is cut off", .bytes = "\xff"});
  const std::vector<std::string_view> records = {line, "[\"not decoded\"]"};
  const DecodedEvents events = reader.decode(records).value();
  ASSERT_EQ(events.problems.size(), 2u);
  EXPECT_EQ(events.problems[0].problem, "is cut off");
  EXPECT_EQ(events.problems[0].value, "");
  EXPECT_EQ(events.problems[0].record, line);
  EXPECT_EQ(events.problems[1].problem, "is not a JSON object");
  EXPECT_EQ(events.unreadable, 2);
}

TEST(JsonEventsTest, NumbersHaveAPointWhateverTheFilesHave) {
  PlanSource source = pumps();
  source.batch = BatchLocation{.format = FileFormat::kCsv, .path = "pumps.csv", .span = {}};
  source.batch->text.decimal = ',';
  const SourceRequest request = request_of_pumps(ScalarType::kString);
  JsonEvents reader(source, request, "a push");
  const std::vector<std::string_view> records = {R"({"pump": "p1", "at": "2024-03-01T00:00:00Z", "flow": 3.5})"};
  EXPECT_EQ(rows_of(reader.decode(records).value()),
            (std::vector<std::string>{"\"p1\" \"2024-03-01T00:00:00Z\" 3.5 null "}));
}

TEST(JsonEventsTest, AreReadAsThoseOfAFile) {
  const PlanSource source = pumps();
  const SourceRequest request = request_of_pumps(ScalarType::kString);
  JsonEvents reader(source, request, "a push");
  const std::vector<std::string_view> records = {
      R"({"pump": "p1", "at": "2024-03-01T00:00:00Z", "flow": 3.5, "mode": "run", "more": {}})",
      R"({"pump": "p2", "at": "2024-03-01T00:00:01Z", "flow": "high"})",
      R"({"at": "2024-03-01T00:00:02Z"})",
      R"({"pump": "p3", "at": "today"})",
      R"({"pump": )",
      R"({"mode": null, "at": "2024-03-01T00:00:05Z", "pump": "p4"})",
  };
  const DecodedEvents events = reader.decode(records).value();
  EXPECT_EQ(rows_of(events), (std::vector<std::string>{"\"p1\" \"2024-03-01T00:00:00Z\" 3.5 \"run\" ",
                                                       "\"p2\" \"2024-03-01T00:00:01Z\" null null ",
                                                       "\"p4\" \"2024-03-01T00:00:05Z\" null null "}));
  EXPECT_EQ(events.records, (std::vector<int64_t>{0, 1, 5}));
  EXPECT_EQ(events.unreadable, 3);
  ASSERT_EQ(events.problems.size(), 4u);
  EXPECT_TRUE(events.problems[0].is_cell);
  EXPECT_EQ(events.problems[0].column, "flow");
  EXPECT_EQ(events.problems[0].record, records[1]);
  EXPECT_EQ(events.problems[3].row, 5);
}

TEST(JsonEventsTest, TakeTheTypeOfAKeyFromTheFirstRecordThatHasIt) {
  const PlanSource source = pumps();
  const SourceRequest request = request_of_pumps(ScalarType::kNull);
  JsonEvents reader(source, request, "a push");
  const std::vector<std::string_view> none = {R"({"at": "2024-03-01T00:00:00Z"})"};
  EXPECT_EQ(reader.decode(none).value().unreadable, 1);
  const std::vector<std::string_view> number = {R"({"pump": 7, "at": "2024-03-01T00:00:00Z"})"};
  EXPECT_EQ(reader.decode(number).value().batches.at(0).columns[0].type.scalar, ScalarType::kInt64);
  const std::vector<std::string_view> text = {R"({"pump": "7", "at": "2024-03-01T00:00:00Z"})"};
  EXPECT_EQ(reader.decode(text).value().unreadable, 1);
}

}  // namespace
}  // namespace headrace
