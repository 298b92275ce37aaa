#include "data/json/json_form.h"
#include "data/json/json_texts.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

enum class Pace { kSlow, kFast };
std::string_view to_string(Pace pace) { return pace == Pace::kSlow ? "slow" : "fast"; }

struct Leg {
  std::string place;
  int64_t km = 0;
  std::optional<EventTime> start;
  friend bool operator==(const Leg&, const Leg&) = default;
};

struct Trip {
  std::vector<Leg> legs;
  Pace pace = Pace::kSlow;
  std::string remark;
  std::vector<std::pair<std::string, Value>> labels;
  std::vector<Trip> parts;
  friend bool operator==(const Trip&, const Trip&) = default;
};

}  // namespace

template <>
struct JsonWords<Pace> {
  static constexpr std::array all = {Pace::kSlow, Pace::kFast};
};

namespace {

template <typename Fields>
void describe(Fields& fields, const Leg*) {
  fields.required("place", &Leg::place, {.text = "where it ends"});
  fields.required("km", &Leg::km, {.minimum = 0});
  fields.required("start", &Leg::start);
  fields.computed("is_far", [](const Leg& leg) { return leg.km > 100; });
}

template <typename Fields>
void describe(Fields& fields, const Trip*) {
  fields.name("trip");
  fields.required("legs", &Trip::legs);
  fields.required("pace", &Trip::pace);
  fields.optional("remark", &Trip::remark);
  fields.required("labels", &Trip::labels);
  fields.optional("parts", &Trip::parts);
}

Trip a_trip() {
  Trip trip;
  trip.legs = {{"Bern", 120, EventTime{0}}, {"Brig", 5, std::nullopt}};
  trip.pace = Pace::kFast;
  trip.labels = {{"x", Value{1.5}}, {"y", Value{Value::List{Value{int64_t{1}}, Value{}}}}};
  trip.parts.resize(1);
  return trip;
}

std::optional<Trip> read_trip(std::string_view text, std::string& problem) {
  const auto document = JsonDocument::parse(text);
  return document ? read_json<Trip>(document->root(), problem) : std::nullopt;
}

std::string problem_of(std::string_view text) {
  std::string problem;
  return read_trip(text, problem) ? "read" : problem;
}

TEST(JsonFormTest, WritesInTheOrderOfTheDescription) {
  EXPECT_EQ(json_document(a_trip()), R"({
  "legs": [
    {
      "place": "Bern",
      "km": 120,
      "start": "1970-01-01T00:00:00Z",
      "is_far": true
    },
    {
      "place": "Brig",
      "km": 5,
      "start": null,
      "is_far": false
    }
  ],
  "pace": "fast",
  "labels": {
    "x": 1.5,
    "y": [
      1,
      null
    ]
  },
  "parts": [
    {
      "legs": [],
      "pace": "slow",
      "labels": {}
    }
  ]
}
)");
}

TEST(JsonFormTest, ReadsWhatItWrote) {
  std::string problem;
  const auto read = read_trip(json_document(a_trip()), problem);
  ASSERT_TRUE(read.has_value()) << problem;
  EXPECT_EQ(*read, a_trip());
}

TEST(JsonFormTest, NamesThePlaceOfWhatDoesNotFit) {
  EXPECT_EQ(problem_of("[]"), "it is not an object");
  EXPECT_EQ(problem_of("{}"), "`legs` is missing");
  EXPECT_EQ(problem_of(R"({"legs": [{"place": "a", "km": 1, "start": null}, {"place": 5}]})"),
            "`legs[1].place` is not a text");
  EXPECT_EQ(problem_of(R"({"legs": [{"place": "a", "km": 1.5, "start": null}]})"), "`legs[0].km` is not an integer");
  EXPECT_EQ(problem_of(R"({"legs": [{"place": "a", "km": 18446744073709551615}]})"), "`legs[0].km` is not an integer");
  EXPECT_EQ(problem_of(R"({"legs": [], "pace": "high"})"), "`pace` cannot be `high`");
  EXPECT_EQ(problem_of(R"({"legs": [], "pace": "slow", "labels": {"x": {}}})"), "`labels.x` is an object");
  EXPECT_EQ(problem_of(R"({"legs": [], "pace": "slow", "labels": {}, "other": 1})"), "read");
}

TEST(JsonFormTest, SchemaNamesEachNamedStructOnce) {
  const std::string schema = to_json(json_schema<std::vector<Trip>>("Trips"));
  EXPECT_NE(schema.find(R"("items": {
    "$ref": "#/$defs/trip"
  })"),
            std::string::npos)
      << schema;
  EXPECT_NE(schema.find(R"("required": [
        "legs",
        "pace",
        "labels"
      ])"),
            std::string::npos)
      << schema;
  EXPECT_EQ(schema.find("\"trip\": {"), schema.rfind("\"trip\": {")) << schema;
}

TEST(JsonWriterTest, TextsAndNumbersOfEveryKind) {
  JsonWriter out(JsonLayout::kLine);
  out.begin_array();
  out.text("a\"\n\x01\xff");
  out.number(5);
  out.number(1e300 * 1e300);
  out.integer(-3);
  out.begin_object();
  out.key("k");
  out.null();
  out.end_object();
  out.end_array();
  EXPECT_EQ(out.take(), "[\"a\\\"\\n\\u0001\xef\xbf\xbd\",5.0,null,-3,{\"k\":null}]");

  JsonWriter ascii(JsonLayout::kIndentedAscii);
  ascii.text("\xc3\xa9");
  EXPECT_EQ(ascii.take(), "\"\\u00e9\"");
}

TEST(JsonNodeTest, RefusesTextsThatNestTooDeep) {
  EXPECT_FALSE(JsonDocument::parse(std::string(100'000, '[')).has_value());
  EXPECT_FALSE(JsonDocument::parse("{").has_value());
  EXPECT_TRUE(JsonDocument::parse("[\"[[[[\"]").has_value());
}

}  // namespace
}  // namespace headrace
