#include "session/live/fed_messages.h"

#include "base/check.h"

#include <fmt/format.h>

#include <set>
#include <string_view>
#include <utility>
#include <variant>

namespace headrace {

FedEvents FedMessages::without_repeats(const FedEvents& fed) {
  const std::string& text = std::get<std::string>(fed.events);
  CHECK_EQ(fed.ids.size(), fed.offsets.size());
  FedEvents news = fed;
  news.ids.clear();
  news.offsets.clear();
  std::string lines;
  std::set<std::string_view> own;  // of this call
  std::string_view rest = text;
  const std::lock_guard lock(mutex_);
  Source& source = source_of(fed.source);
  for (size_t i = 0; i < fed.ids.size(); ++i) {
    const size_t size = std::min(rest.find('\n'), rest.size() - 1) + 1;
    const std::string_view line = rest.substr(0, size);
    rest.remove_prefix(size);
    if (source.ids.contains(fed.ids[i]) || !own.insert(fed.ids[i]).second) {
      ++source.repeated;
      continue;
    }
    lines += line;
    news.ids.push_back(fed.ids[i]);
    news.offsets.push_back(fed.offsets[i]);
  }
  news.events = std::move(lines);
  return news;
}

uint64_t FedMessages::add(GroupCommit& commit, LoggedPush push) {
  if (push.ids.empty()) return commit.add(std::move(push));
  const std::string source = push.source;
  const std::vector<std::string> ids = push.ids;
  // One step for store(), which must not see a push without its ids.
  const std::lock_guard lock(mutex_);
  const uint64_t number = commit.add(std::move(push));
  for (const std::string& id : ids) source_of(source).ids.keep(id, clock_.elapsed_us());
  return number;
}

void FedMessages::keep(const std::string& source, const std::vector<std::string>& ids) {
  if (ids.empty()) return;
  const std::lock_guard lock(mutex_);
  for (const std::string& id : ids) source_of(source).ids.keep(id, clock_.elapsed_us());
}

FedMessages::Stored FedMessages::store(const GroupCommit& commit) const {
  const std::lock_guard lock(mutex_);
  Stored stored{.next = commit.next(), .ids = {}};
  for (const auto& [name, source] : sources_) {
    if (source.ids.size() > 0) stored.ids[name] = source.ids.to_bytes();
  }
  return stored;
}

Status FedMessages::restore(const std::map<std::string, std::string>& ids) {
  const std::lock_guard lock(mutex_);
  for (const auto& [name, bytes] : ids) {
    if (source_of(name).ids.restore(bytes, clock_.elapsed_us())) continue;
    return Error::data("the ids of messages in the checkpoint of the store cannot be read")
        .with_help("the store is damaged; restore it from a copy, or start with another folder");
  }
  return {};
}

std::optional<FedMessages::OfSource> FedMessages::of(const std::string& source) const {
  const std::lock_guard lock(mutex_);
  const auto found = sources_.find(source);
  if (found == sources_.end()) return std::nullopt;
  return OfSource{found->second.repeated, found->second.ids.shortest_kept()};
}

}  // namespace headrace
