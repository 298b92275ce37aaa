#include "app/json_log.h"

#include "app/terminal.h"
#include "base/clock.h"
#include "data/json/json_writer.h"
#include "data/time.h"

namespace headrace {
namespace {

bool are_json = false;

}  // namespace

void write_messages_as_json() { are_json = true; }

bool are_messages_json() { return are_json; }

void log_message(std::string_view level, std::string_view message, std::string_view help) {
  JsonWriter out(JsonLayout::kLine);
  out.begin_object();
  const auto member = [&](std::string_view name, std::string_view text) {
    out.key(name);
    out.text(text);
  };
  member("time", to_string(EventTime{system_clock().now_us()}));
  member("level", level);
  member("event", "message");
  member("message", message);
  if (!help.empty()) member("help", help);
  out.end_object();
  write_err(out.take() + "\n");
}

}  // namespace headrace
