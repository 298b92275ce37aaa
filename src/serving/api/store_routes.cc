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

}  // namespace

Route left_out_route() {
  return {.method = "GET",
          .path = "/v1/sources/{name}/left-out",
          .operation = "listLeftOutEvents",
          .summary = "Events of a source that were not taken in, as they came: late, unreadable, too far ahead",
          .role = Role::kRead,
          .parameters = {{.name = "name", .text = "of the source", .is_in_path = true},
                         {.name = "after", .text = "`next` of the answer before; absent: from the oldest on"},
                         {.name = "limit", .text = "at most so many, up to 1000; absent: 100"}},
          .response = {{"application/json"}, schema_in<LeftOutAnswer>, "the oldest that are kept, or those after"},
          .failures = {403, 404, 409, 422, 429},
          .may_block = true,
          .answer = answer_left_out};
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
