#include "app/commands/commands.h"
#include "app/server/server_client.h"
#include "app/table.h"
#include "base/printable_text.h"
#include "serving/api/live_values.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>

namespace headrace {
namespace {

struct EntityOptions {
  ServerOptions server;
  std::vector<std::string> words;
};

int run_forget(const EntityOptions& options, const ForgetRequest& request) {
  const Result<std::string> body = ask_server(options.server, "POST", "/v1/entities:forget", "application/json",
                                              json_document(request, JsonLayout::kLine));
  if (!body) return report_error(body.error());
  const Result<ForgetAnswer> answer = answer_of<ForgetAnswer>(*body);
  if (!answer) return report_error(answer.error());

  write_out(fmt::format("forgotten, as {}: {} of {}, {} of the checkpoint, {} left out, {} of the feature log\n",
                        fmt::join(answer->entities, " and "), counted(answer->events, "event"),
                        counted(answer->pushes, "push", "pushes"), counted(answer->states, "state"),
                        counted(answer->left_out, "event"), counted(answer->feature_log_rows, "row")));
  if (answer->online_store == "waits") write_out("its row in Redis is removed as soon as that answers\n");
  for (const std::string& place : answer->not_reached) write_out(fmt::format("not reached: {}\n", printable(place)));
  return kExitFine;
}

int run_entity(const CommandLine& line, const EntityOptions& options) {
  const CLI::App& command = *line.find_command("entity");
  const std::string action = options.words.empty() ? "" : options.words.front();
  if (action != "forget") {
    return line.usage_error(command,
                            action.empty() ? "`headrace entity` needs an action"
                                           : fmt::format("`headrace entity` cannot `{}`", printable(action)),
                            "forget NAME=VALUE, once for each key column");
  }
  ForgetRequest request;
  for (size_t i = 1; i < options.words.size(); ++i) {
    const size_t equals = options.words[i].find('=');
    if (equals == std::string::npos || equals == 0) {
      return line.usage_error(command, fmt::format("`{}` is no key", printable(options.words[i])),
                              "write NAME=VALUE, such as pump_id=p7");
    }
    request.key.emplace_back(options.words[i].substr(0, equals), Value{options.words[i].substr(equals + 1)});
  }
  if (request.key.empty())
    return line.usage_error(command, "`headrace entity forget` needs a key", "NAME=VALUE, once for each key column");
  return run_forget(options, request);
}

}  // namespace

void add_entity_command(CommandLine& line) {
  const auto options = std::make_shared<EntityOptions>();
  CLI::App& command = line.add_command(
      {.name = "entity",
       .summary = "Have a running server forget an entity: its events, states and rows",
       .description =
           "forget removes all that the server keeps of an entity, for good: its events from the pushes and side "
           "outputs of the store, its states, its logged reads, and its row in Redis. It tells how many there were, "
           "and where the entity may still be: at a broker, in copies, in files. A server that is killed meanwhile "
           "goes on with it at its next start. Values of others stay what they are. Events that come afterwards "
           "are of an entity that begins anew.",
       .examples = {{"headrace entity forget pump_id=p7", "All entities of the definitions whose key is pump_id."},
                    {"headrace entity forget shop_id=3 user_id=17", "One whose key has two columns."}}},
      [options, &line] { return run_entity(line, *options); });
  command.add_option("ACTION", options->words, "`forget` and NAME=VALUE, once for each key column");
  add_server_options(command, options->server);
}

}  // namespace headrace
