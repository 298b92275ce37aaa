#include "app/json_log.h"

#include "app/terminal.h"
#include "base/clock.h"
#include "data/json/json_texts.h"

namespace headrace {
namespace {

bool are_json = false;

struct LoggedMessage {
  EventTime time;
  std::string level;
  std::string message;
  std::string help;  // may be empty
};

template <typename Fields>
void describe(Fields& fields, const LoggedMessage*) {
  fields.required("time", &LoggedMessage::time);
  fields.required("level", &LoggedMessage::level);
  fields.computed("event", [](const LoggedMessage&) { return std::string("message"); });
  fields.required("message", &LoggedMessage::message);
  fields.optional("help", &LoggedMessage::help);
}

}  // namespace

void write_messages_as_json() { are_json = true; }

bool are_messages_json() { return are_json; }

void log_message(std::string_view level, std::string_view message, std::string_view help) {
  const LoggedMessage logged = {.time = EventTime{system_clock().now_us()},
                                .level = std::string(level),
                                .message = std::string(message),
                                .help = std::string(help)};
  write_err(json_document(logged, JsonLayout::kLine) + "\n");
}

}  // namespace headrace
