#include "engine/meter/meter_report_json.h"
#include "serving/api/routes.h"

#include <limits>

namespace headrace {
namespace {

HttpResponse answer_meter(const ApiCall& call) {
  const auto is_told = [&](const FeatureWork& feature) { return call.caller.may_see(feature.owner); };
  return json_response(told_only(call.state.live->meter(), std::numeric_limits<size_t>::max(), is_told));
}

}  // namespace

Route meter_route() {
  return {.method = "GET",
          .path = "/v1/meter",
          .operation = "getMeter",
          .summary = "What features took since the server's start: processor time, rows, bytes, state, values read",
          .role = Role::kRead,
          .response = {{"application/json"}, schema_in<MeterReport>, "the whole and its parts, which add up to it"},
          .answer = answer_meter};
}

}  // namespace headrace
