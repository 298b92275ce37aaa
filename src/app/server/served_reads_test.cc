/// What a server reads is what the definitions say that hold, however often the same was asked before.

#include "app/server/served_features.h"
#include "testing/memory_event_log.h"
#include "testing/stopped_clock.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace headrace {
namespace {

Session served_session(std::string_view aggregation, std::string_view version) {
  const std::string text = fmt::format(
      R"yaml(
project: {{name: pumps}}
---
entity: {{name: pump, key: pump_id}}
---
entity: {{name: site, key: site_id}}
---
source: {{name: telemetry, entity: pump, event_time: at, columns: {{pump_id: string, flow: double}}}}
---
source: {{name: visits, entity: site, event_time: at, columns: {{site_id: string, hours: double}}}}
---
feature: {{name: flow_now, description: d, aggregation: {}, window: 1h, source_features: [flow], owner: t, version: "{}"}}
---
feature: {{name: flow_max, description: d, aggregation: max, window: 1h, source_features: [flow], owner: t, version: "1.0"}}
---
feature: {{name: hours_sum, description: d, aggregation: sum, window: lifetime, source: visits, source_features: [hours], owner: t, version: "3.0"}}
)yaml",
      aggregation, version);
  Session session = Session::of_texts({{"project.yaml", text}}, ".");
  EXPECT_FALSE(session.diagnostics().has_errors());
  return session;
}

class ServedReadsTest : public testing::Test {
 protected:
  void SetUp() override {
    clock_.now = 3600 * kMicrosPerSecond;
    LiveOptions options;
    options.clock = &clock_;
    options.log = &log_;
    const Session session = served_session("mean", "1.0");
    Result<LiveBeginning> beginning = LiveBeginning::find(session, options);
    ASSERT_TRUE(beginning.ok());
    Result<std::shared_ptr<ServedFeatures>> served =
        ServedFeatures::open(session, options, *std::move(beginning), "backups");
    ASSERT_TRUE(served.ok()) << served.error().message();
    served_ = *served;
    push("telemetry", R"({"pump_id": "p1", "at": "1970-01-01T00:59:00Z", "flow": 2.0})"
                      "\n"
                      R"({"pump_id": "p1", "at": "1970-01-01T00:59:30Z", "flow": 4.0})");
    push("visits", R"({"site_id": "s1", "at": "1970-01-01T00:59:00Z", "hours": 1.5})");
  }
  void push(std::string_view source, std::string_view events) {
    const ApiOr<PushAnswer> pushed = served_->push({.source = source, .text = events});
    ASSERT_TRUE(std::holds_alternative<PushAnswer>(pushed));
  }

  /// "flow_now 1.0 = 3.0, ..", of one entity with both keys.
  std::string values_of(const SharedTexts& features) {
    const ReadRequest request{
        .features = features,
        .entities = {{{"pump_id", Value{std::string("p1")}}, {"site_id", Value{std::string("s1")}}}}};
    const ApiOr<ReadAnswer> read = served_->read(request);
    if (const auto* error = std::get_if<ApiError>(&read)) return error->code;
    const auto& answer = std::get<ReadAnswer>(read);
    std::string out;
    for (size_t i = 0; i < features.size(); ++i) {
      out += fmt::format("{}{} {} = {}", i == 0 ? "" : ", ", answer.features[i], answer.versions[i],
                         to_json(answer.rows[0].values[i].value));
    }
    return out;
  }

  StoppedClock clock_;
  MemoryEventLog log_;
  std::shared_ptr<ServedFeatures> served_;
};

TEST_F(ServedReadsTest, AListOfSeveralEntitiesGoesToItsPlaces) {
  const SharedTexts features = {"flow_max", "hours_sum", "flow_now"};
  EXPECT_EQ(values_of(features), "flow_max 1.0 = 4.0, hours_sum 3.0 = 1.5, flow_now 1.0 = 3.0");
  EXPECT_EQ(values_of(features), "flow_max 1.0 = 4.0, hours_sum 3.0 = 1.5, flow_now 1.0 = 3.0");
  EXPECT_EQ(values_of({"flow_now", "flow_max"}), "flow_now 1.0 = 3.0, flow_max 1.0 = 4.0");
}

TEST_F(ServedReadsTest, ListsAreFoundAnewInOtherDefinitions) {
  const SharedTexts features = {"flow_now", "flow_max"};
  EXPECT_EQ(values_of(features), "flow_now 1.0 = 3.0, flow_max 1.0 = 4.0");
  ASSERT_TRUE(served_->reload(served_session("sum", "2.0")).ok());
  EXPECT_EQ(values_of(features), "flow_now 2.0 = 6.0, flow_max 1.0 = 4.0");
  ASSERT_TRUE(served_->reload(served_session("mean", "1.0")).ok());
  EXPECT_EQ(values_of(features), "flow_now 1.0 = 3.0, flow_max 1.0 = 4.0");
}

TEST_F(ServedReadsTest, MoreListsThanAreKept) {
  const SharedTexts first = {"flow_now"};
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(values_of({"flow_max", "flow_now"}), "flow_max 1.0 = 4.0, flow_now 1.0 = 3.0");
    ASSERT_EQ(values_of({"hours_sum"}), "hours_sum 3.0 = 1.5");
    ASSERT_EQ(values_of(first), "flow_now 1.0 = 3.0");
  }
  EXPECT_EQ(values_of({"unknown"}), "not_found");
}

}  // namespace
}  // namespace headrace
