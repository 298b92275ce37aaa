/// Routes by which sources are operated.

#include "serving/api/routes.h"

#include <fmt/format.h>

namespace headrace {
namespace {

HttpResponse answer_pause(const ApiCall& call) {
  const std::string& source = call.path_values.front();
  if (const std::optional<ApiError> error = check_source(call, source)) return response_of(*error);
  return json_response(call.state.live->pause_source(source));
}

HttpResponse answer_resume(const ApiCall& call) {
  const std::string& source = call.path_values.front();
  if (const std::optional<ApiError> error = check_source(call, source)) return response_of(*error);
  const std::string skips = call.target.parameter("skip").value_or("false");
  if (skips != "true" && skips != "false") {
    return response_of({.code = "bad_request",
                        .message = fmt::format("`skip` is {}", quote_json(skips)),
                        .help = "give true or false, or leave it away"});
  }
  return json_response(call.state.live->resume_source(source, skips == "true"));
}

HttpResponse answer_rewind(const ApiCall& call) {
  const std::string& source = call.path_values.front();
  if (const std::optional<ApiError> error = check_source(call, source)) return response_of(*error);
  ApiOr<RewindRequest> request = read_body<RewindRequest>(call.request.body);
  if (const auto* error = std::get_if<ApiError>(&request)) return response_of(*error);
  std::get<RewindRequest>(request).source = source;
  return json_response(call.state.live->rewind_source(std::get<RewindRequest>(request)));
}

}  // namespace

std::vector<Route> source_routes() {
  const RouteParameter name{.name = "name", .text = "of the source", .is_in_path = true};
  return {
      {.method = "POST",
       .path = "/v1/sources/{name}/pause",
       .operation = "pauseSource",
       .summary = "A source takes no events until it is resumed, also after a start of the server",
       .role = Role::kAdmin,
       .parameters = {name},
       .response = {{"application/json"}, schema_in<SourceChange>, "what the source is now"},
       .failures = {403, 404, 409, 429, 507},
       .may_block = true,
       .answer = answer_pause},

      {.method = "POST",
       .path = "/v1/sources/{name}/resume",
       .operation = "resumeSource",
       .summary = "A source that was paused, was stopped or failed takes events again from where it was",
       .role = Role::kAdmin,
       .parameters = {name, {.name = "skip", .text = "true: leaves out the message that stopped it; absent: false"}},
       .response = {{"application/json"}, schema_in<SourceChange>, "what the source is now"},
       .failures = {403, 404, 409, 429, 507},
       .may_block = true,
       .answer = answer_resume},

      {.method = "POST",
       .path = "/v1/sources/{name}/rewind",
       .operation = "rewindSource",
       .summary = "Reads the topic of a source again: what was left out is judged again, what was kept is passed over",
       .role = Role::kAdmin,
       .parameters = {name},
       .request = RouteBody{{"application/json"}, schema_in<RewindRequest>, "from when on"},
       .takes_no_type = true,
       .response = {{"application/json"}, schema_in<SourceChange>, "how many messages are read again"},
       .failures = {403, 404, 409, 422, 429, 507},
       .may_block = true,
       .answer = answer_rewind},
  };
}

}  // namespace headrace
