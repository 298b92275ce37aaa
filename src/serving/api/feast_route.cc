/// What Feast's feature server answers, so that its clients can read from this one: a request by columns of entities,
/// an answer by columns of values.

#include "serving/api/routes.h"

#include <fmt/format.h>

#include <algorithm>

namespace headrace {
namespace {

struct FeastRequest {
  std::vector<std::string> features;  // "view:feature"
  std::vector<std::pair<std::string, std::vector<Value>>> entities;
  bool full_feature_names = false;
  std::optional<std::string> feature_service;
};

template <typename Fields>
void describe(Fields& fields, const FeastRequest*) {
  fields.name("FeastRequest", "what a client of Feast's feature server sends");
  fields.is_open();
  fields.optional("features", &FeastRequest::features,
                  {.text = "as VIEW:FEATURE; what stands before the colon is not looked at"});
  fields.required("entities", &FeastRequest::entities, {.text = "of each key column the values, one an entity"});
  fields.optional("full_feature_names", &FeastRequest::full_feature_names, {.text = "answer with VIEW__FEATURE"});
  fields.optional("feature_service", &FeastRequest::feature_service, {.text = "not known here: name features"});
}

struct FeastColumn {
  std::vector<Value> values;
  std::vector<std::string> statuses;
  std::vector<EventTime> event_timestamps;
};

template <typename Fields>
void describe(Fields& fields, const FeastColumn*) {
  fields.name("FeastColumn", "a feature, or a key column, of all entities");
  fields.required("values", &FeastColumn::values);
  fields.required("statuses", &FeastColumn::statuses, {.text = "PRESENT, NULL_VALUE or NOT_FOUND"});
  fields.required("event_timestamps", &FeastColumn::event_timestamps,
                  {.text = "of the newest event of each value; 1970-01-01T00:00:00Z: of none"});
}

struct FeastMetadata {
  std::vector<std::string> feature_names;
};

template <typename Fields>
void describe(Fields& fields, const FeastMetadata*) {
  fields.name("FeastMetadata", "the names of the columns");
  fields.required("feature_names", &FeastMetadata::feature_names);
}

struct FeastAnswer {
  FeastMetadata metadata;
  std::vector<FeastColumn> results;
};

template <typename Fields>
void describe(Fields& fields, const FeastAnswer*) {
  fields.name("FeastAnswer", "what Feast's feature server answers");
  fields.required("metadata", &FeastAnswer::metadata);
  fields.required("results", &FeastAnswer::results, {.text = "a column for each name"});
}

ApiError bad_feast_request(std::string message, std::string help) {
  return {.code = "bad_request", .message = std::move(message), .help = std::move(help)};
}

/// One entity of each place in the columns.
ApiOr<std::vector<EntityKey>> entities_of(const FeastRequest& request) {
  const size_t count = request.entities.empty() ? 0 : request.entities.front().second.size();
  std::vector<EntityKey> out(count);
  for (const auto& [column, values] : request.entities) {
    if (values.size() != count) {
      return bad_feast_request(
          fmt::format("`entities.{}` has {} values, another column has {}", column, values.size(), count),
          "give a value for each entity");
    }
    for (size_t i = 0; i < count; ++i) out[i].emplace_back(column, values[i]);
  }
  return out;
}

std::string answered_name(const std::string& reference, bool is_full) {
  const size_t colon = reference.find(':');
  if (colon == std::string::npos) return reference;
  const std::string feature = reference.substr(colon + 1);
  return is_full ? reference.substr(0, colon) + "__" + feature : feature;
}

FeastColumn column_of_key(const std::vector<Value>& values) {
  FeastColumn out{.values = values};
  out.statuses.assign(values.size(), "PRESENT");
  out.event_timestamps.assign(values.size(), EventTime{0});
  return out;
}

FeastColumn column_of_feature(const ReadAnswer& answer, size_t feature) {
  FeastColumn out;
  for (const ReadRow& row : answer.rows) {
    const ServedValue& each = row.values[feature];
    out.values.push_back(each.value);
    out.statuses.emplace_back(!each.value.is_null() ? "PRESENT" : each.event_time ? "NULL_VALUE" : "NOT_FOUND");
    out.event_timestamps.push_back(each.event_time.value_or(EventTime{0}));
  }
  return out;
}

HttpResponse answer_feast(const ApiCall& call) {
  const ApiOr<FeastRequest> body = read_body<FeastRequest>(call.request.body);
  if (const auto* error = std::get_if<ApiError>(&body)) return response_of(*error);
  const auto& request = std::get<FeastRequest>(body);
  if (request.feature_service) {
    return response_of(bad_feast_request("`feature_service` is not known here", "name its features in `features`"));
  }
  std::vector<std::string> names;
  for (const std::string& each : request.features) names.push_back(answered_name(each, false));
  if (const std::optional<ApiError> error = check_features(call, names)) return response_of(*error);
  ReadRequest read{.features = std::move(names), .may_wait = call.request.may_wait};
  ApiOr<std::vector<EntityKey>> entities = entities_of(request);
  if (const auto* error = std::get_if<ApiError>(&entities)) return response_of(*error);
  read.entities = std::get<std::vector<EntityKey>>(std::move(entities));

  const ApiOr<ReadAnswer> got = call.state.live->read(read);
  if (has_to_wait(got)) return {.waits = true};
  if (const auto* error = std::get_if<ApiError>(&got)) return response_of(*error);
  FeastAnswer answer;
  for (const auto& [column, values] : request.entities) {
    answer.metadata.feature_names.push_back(column);
    answer.results.push_back(column_of_key(values));
  }
  for (size_t i = 0; i < request.features.size(); ++i) {
    answer.metadata.feature_names.push_back(answered_name(request.features[i], request.full_feature_names));
    answer.results.push_back(column_of_feature(std::get<ReadAnswer>(got), i));
  }
  return json_response(answer);
}

}  // namespace

Route feast_route() {
  return {.method = "POST",
          .path = "/get-online-features",
          .operation = "getOnlineFeatures",
          .summary = "The values of features now, in the form of Feast's feature server",
          .role = Role::kRead,
          .request = RouteBody{{"application/json"}, schema_in<FeastRequest>, "features, and entities by columns"},
          .takes_no_type = true,
          .response = {{"application/json"}, schema_in<FeastAnswer>, "a column for each key and feature"},
          .failures = {403, 404, 409, 410, 422, 429},
          .answer = answer_feast};
}

}  // namespace headrace
