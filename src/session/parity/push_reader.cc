#include "session/parity/push_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <utility>

namespace headrace {
namespace {

/// How often a server is asked for a push that it has taken and not yet written.
constexpr int kTriesMax = 2000;

}  // namespace

PushReader::PushReader(ParityServer& server, const std::vector<std::string>& sources) : server_(server) {
  for (const std::string& each : sources) cursors_.push_back({.source = each});
}

Result<uint64_t> PushReader::end() {
  if (cursors_.empty()) return uint64_t{0};
  ASSIGN_OR_RETURN(const LivePushes page, server_.pushes(cursors_.front().source, INT64_MAX));
  return page.end;
}

/// Until the cursor has a push, or nothing more is before the end.
Status PushReader::fill(Cursor& cursor, uint64_t end) {
  int tries = 0;
  while (cursor.page.empty() && cursor.next < end) {
    ASSIGN_OR_RETURN(LivePushes page, server_.pushes(cursor.source, cursor.next));
    if (page.forgotten_to) forgotten_to_ = std::max(forgotten_to_.value_or(*page.forgotten_to), *page.forgotten_to);
    if (page.next <= cursor.next && ++tries > kTriesMax) {
      return Error::unavailable(fmt::format("the pushes of `{}` before {} do not become durable", cursor.source, end))
          .with_help("see whether the server can write its store, then try again");
    }
    cursor.next = std::max(cursor.next, page.next);
    for (LivePushes::Push& each : page.pushes) cursor.page.push_back(std::move(each));
  }
  return {};
}

Status PushReader::read_to(uint64_t end, const Take& take) {
  while (true) {
    Cursor* first = nullptr;
    for (Cursor& cursor : cursors_) {
      RETURN_IF_ERROR(fill(cursor, end));
      const bool is_due = !cursor.page.empty() && cursor.page.front().position < end;
      if (is_due && (first == nullptr || cursor.page.front().position < first->page.front().position)) first = &cursor;
    }
    if (first == nullptr) return {};
    const LivePushes::Push push = std::move(first->page.front());
    first->page.pop_front();
    RETURN_IF_ERROR(take(push.position, push.push));
  }
}

}  // namespace headrace
