#pragma once

/// A repository of two owners, values that are told beforehand, and requests without a network, for tests of the API.

#include "language/load_repository.h"
#include "serving/api/feature_api.h"

#include <string>
#include <vector>

namespace headrace {

inline constexpr char kServedDefinitions[] = R"(
project: {name: station, defaults: {source: telemetry}}
---
entity: {name: pump, key: pump_id}
---
source: {name: telemetry, entity: pump, event_time: at, columns: {flow: double}, batch: {format: csv, path: a.csv}}
---
source: {name: service, entity: pump, event_time: at, columns: {cost: double}, batch: {format: csv, path: b.csv}}
---
feature: {name: flow_mean, owner: hydraulics, version: "1.0", description: Mean "flow", tags: [live], source_features: [flow], formula: flow, aggregation: mean, window: 1h, filter: flow > 0}
---
feature: {name: flow_double, owner: hydraulics, version: "1.2", description: Twice, source_features: [flow_mean], formula: flow_mean * 2}
---
feature: {name: cost_sum, owner: finance, version: "2.0", description: Cost, source: service, source_features: [cost], formula: cost, aggregation: sum, window: lifetime}
)";

/// Stands for what computes values: remembers what it was asked, and answers each value with its number.
class ToldValues : public LiveValues {
 public:
  ApiOr<ReadAnswer> read(const ReadRequest& request) override {
    last_read = request;
    if (request.as_of && request.as_of->us < 0) {
      return ApiError{.status = 410, .code = "out_of_history", .message = "m", .help = "h", .earliest = EventTime{0}};
    }
    ReadAnswer answer{.as_of = request.as_of.value_or(EventTime{1}), .features = request.features};
    answer.versions = std::vector<std::string>(request.features.size(), "1.0");
    int64_t number = 0;
    for (const EntityKey& entity : request.entities) {
      ReadRow row{.entity = entity};
      for (size_t i = 0; i < request.features.size(); ++i) {
        const bool is_null = ++number % 3 == 0;
        const double age_seconds = static_cast<double>(answer.as_of.us - number) / 1e6;
        row.values.push_back(
            is_null ? ServedValue{.null_reason = "no_events"}
                    : ServedValue{.value = Value{number}, .event_time = EventTime{number}, .age_seconds = age_seconds});
      }
      answer.rows.push_back(std::move(row));
    }
    return answer;
  }
  ApiOr<PushAnswer> push(const PushRequest& request) override {
    last_source = request.source;
    last_form = request.form;
    last_text = request.text;
    last_idempotency_key = request.idempotency_key.value_or("");
    if (request.text == "full") {
      return ApiError{.status = 429, .code = "busy", .message = "m", .help = "h", .retry_after_seconds = 2};
    }
    return PushAnswer{.accepted = 2, .late = 1, .watermark = EventTime{0}, .help = "h"};
  }
  EventTime now() const override { return {0}; }
  std::vector<SourceStatus> sources() override { return statuses; }
  ApiOr<std::string> explain(const ExplainQuestion& question) override {
    last_question = question;
    return std::string("{\"feature\":\"f\"}");
  }
  ApiOr<LeftOutAnswer> left_out(const LeftOutRequest& request) override {
    last_left_out = request;
    return LeftOutAnswer{request.source, {{.reason = "late", .problem = "p", .record = "{}"}}, "1-0"};
  }
  ApiOr<BackupAnswer> backup() override { return BackupAnswer{"folder", 3}; }
  ApiOr<PushPage> pushes(const PushesQuestion& question) override {
    return PushPage{.pushes = {{.position = static_cast<int64_t>(question.from), .events = "{}"}}, .next = 1, .end = 1};
  }
  ApiOr<SourceChange> pause_source(const std::string& source) override { return SourceChange{source, "paused"}; }
  ApiOr<SourceChange> resume_source(const std::string& source, bool skips) override {
    last_skips = skips;
    return SourceChange{source, "running"};
  }
  ApiOr<SourceChange> rewind_source(const RewindRequest& request) override {
    last_rewind = request;
    return SourceChange{.source = request.source, .state = "running", .messages = 3};
  }
  ApiOr<ForgetAnswer> forget_entity(const ForgetRequest& request) override {
    last_forgotten = request;
    return ForgetAnswer{.entities = {"pump"}, .events = 3, .online_store = "none"};
  }
  LiveCosts costs() override {
    if (commits.bucket(0) == 0) commits.observe_us(1);
    return {.commits = &commits, .state_bytes = 7, .unsettled = 1};
  }
  MeterReport meter() override {
    return {.whole = {.cpu_ns = 10, .rows = 4},
            .unattributed = {.cpu_ns = 1},
            .features = {{"flow_mean", "hydraulics", {.cpu_ns = 4, .rows = 3}},
                         {"cost_sum", "finance", {.cpu_ns = 5, .rows = 1}}},
            .sources = {{"telemetry", {.rows = 4}}},
            .nodes = {{MeteredNode::Kind::kSource, 0, {"flow_mean"}, {.rows = 4}}}};
  }
  std::string not_ready_reason() override { return reason; }

  std::vector<SourceStatus> statuses = {{.name = "telemetry", .entity = "pump", .event_time = "at"},
                                        {.name = "service", .entity = "pump", .event_time = "at"}};
  Histogram commits;
  ReadRequest last_read;
  ExplainQuestion last_question;
  LeftOutRequest last_left_out;
  RewindRequest last_rewind;
  bool last_skips = false;
  ForgetRequest last_forgotten;
  std::string last_source, last_text, last_idempotency_key, reason;
  EventsForm last_form = EventsForm::kNdjson;
};

inline std::shared_ptr<const FeatureCatalog> served_catalog() {
  const LoadedRepository loaded = load_repository({{"project.yaml", kServedDefinitions}});
  CHECK(!loaded.diagnostics.has_errors());
  return std::make_shared<const FeatureCatalog>(loaded.repository);
}

struct AskedFor {
  std::string method = "GET", target, body, token, type, host = "localhost:7077";
};

inline HttpResponse ask(FeatureApi& api, const AskedFor& what) {
  const std::string authorization = "Bearer " + what.token;
  std::vector<HttpField> fields = {{"Host", what.host}};
  if (!what.token.empty()) fields.push_back({"authorization", authorization});
  if (!what.type.empty()) fields.push_back({"Content-Type", what.type});
  return api.handle({.method = what.method, .target = what.target, .fields = fields, .body = what.body});
}

/// "404 unknown_path", or 200 with the body.
inline std::string shown(const HttpResponse& response) {
  const std::string status = std::to_string(response.status) + " ";
  if (response.status == 200) return status + response.body;
  const auto document = JsonDocument::parse(response.body);
  CHECK(document.has_value());
  std::string problem;
  const auto error = read_json<ApiError>(document->root(), problem);
  CHECK(error.has_value());
  CHECK(!error->message.empty());
  return status + error->code;
}

/// A path of the route, with a name for its {names}, and the parameters that it must have.
inline std::string target_of(const Route& route) {
  std::string out(route.path);
  while (out.find('{') != std::string::npos) out.replace(out.find('{'), out.find('}') - out.find('{') + 1, "telemetry");
  char mark = '?';
  for (const RouteParameter& each : route.parameters) {
    if (!each.is_required) continue;
    out += mark + std::string(each.name) + "=" + (each.name == "key" ? "pump_id=p1" : "flow_mean");
    mark = '&';
  }
  return out;
}

}  // namespace headrace
