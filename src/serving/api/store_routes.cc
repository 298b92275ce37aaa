/// Routes of the store: the side outputs of sources, and copies.

#include "serving/api/routes.h"

#include <fmt/format.h>

#include <charconv>

namespace headrace {
namespace {

constexpr int64_t kLeftOutMax = 1000;

HttpResponse answer_left_out(const ApiCall& call) {
  LeftOutRequest request{.source = call.path_values.front()};
  if (const std::optional<ApiError> error = check_source(call, request.source)) return response_of(*error);
  request.after = call.target.parameter("after").value_or("");
  if (const std::optional<std::string> text = call.target.parameter("limit")) {
    const char* const end = text->data() + text->size();
    const auto [read, problem] = std::from_chars(text->data(), end, request.limit);
    if (problem != std::errc() || read != end || request.limit < 1 || request.limit > kLeftOutMax) {
      return response_of({.code = "bad_request",
                          .message = fmt::format("`limit` is {}", quote_json(*text)),
                          .help = fmt::format("give a number from 1 to {}", kLeftOutMax)});
    }
  }
  return json_response(call.state.live->left_out(request));
}

HttpResponse answer_forget(const ApiCall& call) {
  const ApiOr<ForgetRequest> request = read_body<ForgetRequest>(call.request.body);
  if (const auto* error = std::get_if<ApiError>(&request)) return response_of(*error);
  if (!call.caller.owners.empty()) {
    return response_of({.status = 403,
                        .code = "out_of_scope",
                        .message = "this token is for some owners, and an entity's events are of all",
                        .help = "ask with a token of role admin that is for all owners"});
  }
  return json_response(call.state.live->forget_entity(std::get<ForgetRequest>(request)));
}

}  // namespace

Route left_out_route() {
  return {.method = "GET",
          .path = "/v1/sources/{name}/left-out",
          .operation = "listLeftOutEvents",
          .summary = "Events of a source that were not taken in, as they came: late, unreadable, too far ahead",
          .role = Role::kWrite,  // they are events as they came
          .parameters = {{.name = "name", .text = "of the source", .is_in_path = true},
                         {.name = "after", .text = "`next` of the answer before; absent: from the oldest on"},
                         {.name = "limit", .text = "at most so many, up to 1000; absent: 100"}},
          .response = {{"application/json"}, schema_in<LeftOutAnswer>, "the oldest that are kept, or those after"},
          .failures = {403, 404, 409, 422, 429},
          .may_block = true,
          .answer = answer_left_out};
}

Route forget_route() {
  return {
      .method = "POST",
      .path = "/v1/entities:forget",
      .operation = "forgetEntity",
      .summary = "Removes all that is kept of an entity: events, states, side outputs, logged reads, its row in Redis",
      .role = Role::kAdmin,
      .request = RouteBody{{"application/json"}, schema_in<ForgetRequest>, "the entity"},
      .takes_no_type = true,
      .response = {{"application/json"}, schema_in<ForgetAnswer>, "what was removed, and where it may still be"},
      .failures = {403, 404, 409, 422, 429, 507},
      .may_block = true,
      .answer = answer_forget};
}

Route backup_route() {
  return {.method = "POST",
          .path = "/v1/store/backup",
          .operation = "backUpStore",
          .summary = "Makes a copy of the store beside it, while everything goes on",
          .role = Role::kAdmin,
          .response = {{"application/json"}, schema_in<BackupAnswer>, "where the copy is"},
          .failures = {409, 422, 429, 507},
          .may_block = true,
          .answer = [](const ApiCall& call) { return json_response(call.state.live->backup()); }};
}

}  // namespace headrace
