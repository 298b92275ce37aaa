#include "io/paths/left_out_files.h"

#include <fmt/format.h>

namespace headrace {
namespace {

const char* words_of(LeftOutReason reason) {
  switch (reason) {
    case LeftOutReason::kOtherFormat: return "of other formats";
    case LeftOutReason::kHidden: return "hidden";
    case LeftOutReason::kReachedAgain: return "that links reach again";
    case LeftOutReason::kLoop: return "that are links in a circle";
    case LeftOutReason::kRemoved: return "that the table no longer has";
  }
  return "";
}

}  // namespace

void LeftOutFiles::add(LeftOutReason reason, std::string shown) {
  Group& group = groups_[reason];
  ++group.count;
  if (group.first.size() < kShownMax) group.first.push_back(std::move(shown));
}

int64_t LeftOutFiles::count() const {
  int64_t count = 0;
  for (const auto& [reason, group] : groups_) count += group.count;
  return count;
}

std::string LeftOutFiles::text() const {
  std::string text;
  for (const auto& [reason, group] : groups_) {
    std::string names;
    for (const std::string& each : group.first) names += fmt::format("{}`{}`", names.empty() ? "" : ", ", each);
    if (group.count > static_cast<int64_t>(group.first.size())) names += ", ..";
    text += fmt::format("{}{} {} ({})", text.empty() ? "" : ", ", group.count, words_of(reason), names);
  }
  return text;
}

}  // namespace headrace
