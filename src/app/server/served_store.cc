/// The store as the server's routes ask for it: side outputs and copies.

#include "app/server/served_features.h"
#include "base/base64.h"
#include "base/file_system.h"
#include "base/utf8.h"

#include <fmt/format.h>

#include <charconv>

namespace headrace {
namespace {

std::string cursor_of(const LeftOutPlace& place) { return fmt::format("{}-{}", place.push, place.index.value_or(0)); }

std::optional<LeftOutPlace> place_of(std::string_view text) {
  LeftOutPlace place;
  if (text.empty()) return place;
  uint32_t index = 0;
  const char* const end = text.data() + text.size();
  const auto push = std::from_chars(text.data(), end, place.push);
  if (push.ec != std::errc() || push.ptr == end || *push.ptr != '-') return std::nullopt;
  const auto rest = std::from_chars(push.ptr + 1, end, index);
  if (rest.ec != std::errc() || rest.ptr != end) return std::nullopt;
  place.index = index;
  return place;
}

std::string_view word_of(LeftOutEvent::Reason reason) {
  switch (reason) {
    case LeftOutEvent::Reason::kLate: return "late";
    case LeftOutEvent::Reason::kUnreadable: return "unreadable";
    case LeftOutEvent::Reason::kAhead: return "ahead";
  }
  return "";
}

}  // namespace

ApiOr<LeftOutAnswer> ServedFeatures::left_out(const LeftOutRequest& request) {
  const std::optional<LeftOutPlace> after = place_of(request.after);
  if (!after) {
    return ApiError{.code = "bad_request",
                    .message = fmt::format("`after` is {}", quote_json(request.after)),
                    .help = "give `next` of the answer before, or leave it away"};
  }
  const auto events = live()->left_out(request.source, *after, static_cast<size_t>(request.limit));
  if (!events) return ApiError::of(events.error());

  LeftOutAnswer answer{.source = request.source};
  for (const LeftOutEvent& event : *events) {
    const bool is_text = is_valid_utf8(event.record);
    answer.events.push_back({.came_at = {event.now_us},
                             .reason = std::string(word_of(event.reason)),
                             .problem = event.problem,
                             .record = is_text ? event.record : to_base64(event.record),
                             .is_base64 = !is_text,
                             .lane = event.lane,
                             .offset = event.offset});
  }
  if (!events->empty()) answer.next = cursor_of(LeftOutPlace{events->back().push, events->back().index});
  return answer;
}

/// The name is the time, so that copies stand in their order.
ApiOr<BackupAnswer> ServedFeatures::backup() {
  if (options_.log == nullptr || backups_.empty()) {
    return ApiError::of(Error::conflict("a replay keeps no events, so there is nothing to copy"));
  }
  FileSystem& files = real_file_system();
  std::string name = to_string(EventTime{system_clock().now_us()});
  std::erase_if(name, [](char letter) { return letter == '-' || letter == ':' || letter == '.'; });
  BackupAnswer answer{.folder = join_path(backups_, name)};
  const std::lock_guard saves(saves_);
  answer.pushes = static_cast<int64_t>(options_.log->next());
  Status status = files.make_folders(backups_);
  if (status.ok()) status = options_.log->copy_to(answer.folder);
  if (status.ok()) return answer;
  return not_kept(status.error());
}

}  // namespace headrace
