#include "app/server/watched_values.h"

#include "app/standard_output.h"
#include "app/terminal.h"
#include "serving/api/watched_change.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>
#include <string>

namespace headrace {
namespace {

std::string target_of_watch(const ReadRequest& request) {
  std::string target = "/v1/watch?";
  for (const std::string& feature : request.features) target += "feature=" + percent_encoded(feature) + "&";
  for (const EntityKey& entity : request.entities) {
    for (const auto& [column, value] : entity) {
      const auto* text = std::get_if<std::string>(&value.data);
      target += "key=" + percent_encoded(column + "=" + (text != nullptr ? *text : to_json(value))) + "&";
    }
  }
  target.pop_back();
  return target;
}

/// One event of the stream: what stands behind `name: ` in its lines.
std::string member_of(std::string_view event, std::string_view name) {
  while (!event.empty()) {
    const size_t end = std::min(event.find('\n'), event.size());
    const std::string_view line = event.substr(0, end);
    event.remove_prefix(std::min(end + 1, event.size()));
    if (line.starts_with(name) && line.substr(name.size()).starts_with(": ")) {
      return std::string(line.substr(name.size() + 2));
    }
  }
  return {};
}

Status print_change(const std::string& data, bool as_json) {
  if (as_json) {
    write_out(data + "\n");
    return finish_out();
  }
  ASSIGN_OR_RETURN(const WatchedChange change, answer_of<WatchedChange>(data));
  std::vector<std::string> keys;
  for (const auto& [column, value] : change.entity) keys.push_back(column + "=" + to_json(value));
  for (const WatchedValue& each : change.values) {
    const std::string reason = each.null_reason ? "  " + *each.null_reason : "";
    write_out(fmt::format("{}  {}  {}  {}{}\n", to_string(change.as_of), fmt::join(keys, " "), each.feature,
                          to_json(each.value), reason));
  }
  return finish_out();
}

/// What one connection has told until it ended.
struct Watched {
  Status status;
  std::optional<ApiError> reason;  // that the server gave for the end
};

Watched watch_once(const ServerOptions& server, const std::string& target, bool as_json) {
  Watched watched;
  std::string received;
  const Status followed = follow_server(server, target, [&](std::string_view piece) {
    received += piece;
    for (size_t end = received.find("\n\n"); end != std::string::npos; end = received.find("\n\n")) {
      const std::string event = received.substr(0, end);
      received.erase(0, end + 2);
      const std::string name = member_of(event, "event");
      const std::string data = member_of(event, "data");
      if (name == "values") watched.status = print_change(data, as_json);
      if (name == "end") {
        Result<ApiError> reason = answer_of<ApiError>(data);
        if (reason) watched.reason = *std::move(reason);
      }
      if (!watched.status.ok() || watched.reason) return false;
    }
    return true;
  });
  if (watched.status.ok() && !watched.reason) watched.status = followed;
  return watched;
}

}  // namespace

int watch_values(const ServerOptions& server, const ReadRequest& request, bool as_json) {
  const std::string target = target_of_watch(request);
  while (true) {
    const Watched watched = watch_once(server, target, as_json);
    if (!watched.status.ok()) return report_error(watched.status.error());
    if (!watched.reason) return report_error(Error::unavailable("the server has ended the watch without a word"));
    if (watched.reason->code == "reloaded") continue;
    return report_error(
        Error::unavailable("the server says: " + watched.reason->message).with_help(watched.reason->help));
  }
}

}  // namespace headrace
