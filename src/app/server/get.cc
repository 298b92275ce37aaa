#include "app/commands/commands.h"
#include "app/server/server_client.h"
#include "app/server/watched_values.h"
#include "app/table.h"
#include "app/terminal.h"
#include "serving/api/live_values.h"

#include <fmt/format.h>

#include <memory>

namespace headrace {
namespace {

struct GetOptions {
  ServerOptions server;
  std::vector<std::string> features;
  std::vector<std::string> keys;
  std::string as_of;
  std::string format = "text";
  bool watches = false;
};

Result<ReadRequest> request_of(const GetOptions& options) {
  ReadRequest request;
  request.features = options.features;
  EntityKey entity;
  for (const std::string& key : options.keys) {
    const size_t equals = key.find('=');
    if (equals == std::string::npos || equals == 0) {
      return Error::usage(fmt::format("--key {} is not NAME=VALUE", key)).with_help("write it as --key pump_id=p7");
    }
    entity.emplace_back(key.substr(0, equals), Value{key.substr(equals + 1)});
  }
  request.entities.push_back(std::move(entity));
  if (!options.as_of.empty()) {
    request.as_of = parse_timestamp(options.as_of);
    if (!request.as_of) {
      return Error::usage(fmt::format("--as-of takes a time such as 2024-03-01T12:00:00Z, not `{}`", options.as_of));
    }
  }
  return request;
}

int run_get(const GetOptions& options) {
  const Result<ReadRequest> request = request_of(options);
  if (!request) return report_error(request.error());
  if (options.watches && request->as_of) {
    return report_error(
        Error::usage("--watch is of now, and --as-of of an instant").with_help("leave one of them out"));
  }
  if (options.watches) return watch_values(options.server, *request, options.format == "json");
  const Result<std::string> body =
      ask_server(options.server, "POST", "/v1/features:read", "application/json", json_document(*request));
  if (!body) return report_error(body.error());
  if (options.format == "json") {
    write_out(*body + (body->ends_with('\n') ? "" : "\n"));
    return kExitFine;
  }

  const Result<ReadAnswer> answer = answer_of<ReadAnswer>(*body);
  if (!answer) return report_error(answer.error());
  Table table({{"feature"}, {"value", Align::kRight}, {"newest event"}, {""}});
  for (size_t i = 0; i < answer->features.size(); ++i) {
    const ServedValue& value = answer->rows.front().values[i];
    table.add_row({answer->features[i], to_json(value.value), value.event_time ? to_string(*value.event_time) : "",
                   value.null_reason ? *value.null_reason : ""});
  }
  write_out(table.text(wants_color(Stream::kOut)));
  return kExitFine;
}

}  // namespace

void add_get_command(CommandLine& line) {
  const auto options = std::make_shared<GetOptions>();
  CLI::App& command = line.add_command(
      {.name = "get",
       .summary = "Read features of one entity from a running server",
       .description = "The values of now, or of an instant that the server still keeps.",
       .examples = {{"headrace get flow_mean_24h --key pump_id=p7", "The value of now."},
                    {"headrace get flow_mean_24h flow_max_24h --key pump_id=p7 --as-of 2024-03-01T12:00:00Z",
                     "Two features as of an instant."},
                    {"headrace get flow_mean_24h --key pump_id=p7 --watch", "A line for each change, until Ctrl-C."}}},
      [options] { return run_get(*options); });
  command.add_option("FEATURE", options->features, "Features of the entity")->required();
  command.add_option("--key", options->keys, "NAME=VALUE; once for each key column")
      ->required()
      ->type_name("NAME=VALUE");
  command.add_option("--as-of", options->as_of, "The values as of this instant")->type_name("TIME");
  command.add_flag("--watch", options->watches, "Go on with a line for each value that changes, until Ctrl-C");
  add_server_options(command, options->server);
  add_choice_option(command, "--format", options->format, {"text", "json"}, "Form of the output");
}

}  // namespace headrace
