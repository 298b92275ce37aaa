#pragma once

/// What the commands that talk to a running server share: where it is, who asks, and how its answers are read.

#include "app/command_line.h"
#include "base/result.h"
#include "data/json/json_form.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace headrace {

struct ServerOptions {
  std::string url;         // empty: HEADRACE_SERVER, else http://127.0.0.1:7077
  std::string token_file;  // empty: HEADRACE_TOKEN, else none
};

void add_server_options(CLI::App& command, ServerOptions& options);

/// The body of a good answer; a refusal of the server is an Error with the server's words.
Result<std::string> ask_server(const ServerOptions& options, std::string_view method, std::string_view target,
                               std::string_view content_type = {}, std::string_view body = {});

/// Hands the pieces of an answer that goes on over, until it ends or `take` gives false.
Status follow_server(const ServerOptions& options, std::string_view target,
                     const std::function<bool(std::string_view)>& take);

std::string percent_encoded(std::string_view text);

/// The answer as a described struct.
template <typename T>
Result<T> answer_of(const std::string& body) {
  std::string problem = "it is no JSON";
  const std::optional<JsonDocument> document = JsonDocument::parse(body);
  std::optional<T> answer = document ? read_json<T>(document->root(), problem) : std::nullopt;
  if (!answer) {
    return Error::unavailable("the server's answer cannot be read: " + problem)
        .with_help("is it a headrace server of this version?");
  }
  return *std::move(answer);
}

}  // namespace headrace
