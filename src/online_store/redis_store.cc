#include "online_store/redis_store.h"

#include "base/check.h"
#include "online_store/feast_layout.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace headrace {
namespace {

/// What Redis says of a command for hashes where something else has the name.
constexpr std::string_view kWrongType = "WRONGTYPE";
constexpr std::string_view kRunId = "run_id:";
constexpr std::string_view kUntold = "untold";

std::set<std::string> features_of_mark(const std::string& text) {
  std::set<std::string> features;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    features.insert(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return features;
}

std::string mark_of(const std::set<std::string>& features) { return fmt::format("{}", fmt::join(features, "\n")); }

Error answered(const RedisServer& server, const std::string& text) {
  const Error error = Error::unavailable(fmt::format("{} answers: {}", server.shown(), text));
  if (text.starts_with("OOM")) return error.with_help("give the Redis more memory (maxmemory), or set expire_after");
  if (text.starts_with("READONLY")) return error.with_help("name the Redis that takes writes: this one is a replica");
  return error;
}

}  // namespace

void RedisStore::set_views(std::vector<OnlineView> views) {
  views_ = std::move(views);
  fields_.clear();
  for (const OnlineView& view : views_) {
    std::vector<std::string>& fields = fields_.emplace_back();
    for (const std::string& feature : view.features) fields.push_back(feast_value_field(view.name, feature));
  }
  run_id_.clear();
}

Result<std::vector<RedisReply>> RedisStore::ask(const std::vector<RedisCommand>& commands) {
  Result<std::vector<RedisReply>> replies = connection_->ask(commands);
  if (!replies) {
    const std::lock_guard lock(mutex_);
    connection_.reset();
  }
  return replies;
}

Result<std::vector<RedisReply>> RedisStore::change(const std::vector<RedisCommand>& commands) {
  return options_.may_write ? change_fenced(commands) : ask(commands);
}

/// All of them or none: none where another server has raised the fence since, however long ago this one has looked.
Result<std::vector<RedisReply>> RedisStore::change_fenced(const std::vector<RedisCommand>& commands) {
  ASSIGN_OR_RETURN(const std::vector<RedisReply> looked, ask({{"WATCH", fence_key()}, {"GET", fence_key()}}));
  const Error is_over = Error::unavailable(fmt::format("another server writes to {} now", options_.server.shown()));
  if (!fence_ || looked[1].text != *fence_ || !options_.may_write()) {
    fence_.reset();
    RETURN_IF_ERROR(ask({{"UNWATCH"}}));
    return is_over;
  }

  std::vector<RedisCommand> all = {{"MULTI"}};
  all.insert(all.end(), commands.begin(), commands.end());
  all.push_back({"EXEC"});
  ASSIGN_OR_RETURN(std::vector<RedisReply> replies, ask(all));
  RedisReply& done = replies.back();
  if (done.kind == RedisReply::Kind::kList) return std::move(done.items);
  for (const RedisReply& each : replies) {
    if (each.is_error()) return answered(options_.server, each.text);
  }
  fence_.reset();
  return is_over;
}

/// From here on nobody else changes anything. What others wrote meanwhile is not known, so all rows are to be written.
Status RedisStore::raise_fence() {
  ASSIGN_OR_RETURN(const std::vector<RedisReply> raised, ask({{"INCR", fence_key()}}));
  if (raised[0].is_error()) return answered(options_.server, raised[0].text);
  fence_ = std::to_string(raised[0].integer);
  run_id_.clear();
  return {};
}

Result<bool> RedisStore::connect(int64_t now_us) {
  const bool is_new = connection_ == nullptr;
  if (is_new) {
    ASSIGN_OR_RETURN(std::unique_ptr<RedisConnection> connection, RedisConnection::open(options_.server));
    const std::lock_guard lock(mutex_);
    connection_ = std::move(connection);
  }
  if (options_.may_write && !fence_) RETURN_IF_ERROR(raise_fence());
  const bool is_time_to_look = is_new || now_us - looked_at_us_ >= kLookEvery.us;
  if (!is_time_to_look && !run_id_.empty()) return false;
  looked_at_us_ = now_us;

  ASSIGN_OR_RETURN(std::string run_id, run_id_of_server());
  bool wants_all = run_id != run_id_ || (is_new && run_id == kUntold);
  if (!wants_all && is_finished_) {
    ASSIGN_OR_RETURN(const bool has_marks, this->has_marks());
    wants_all = !has_marks;
  }
  if (!wants_all) return false;
  run_id_.clear();
  RETURN_IF_ERROR(begin_all());
  run_id_ = std::move(run_id);
  return true;
}

/// Another one after each start: what was written may be lost.
Result<std::string> RedisStore::run_id_of_server() {
  ASSIGN_OR_RETURN(const std::vector<RedisReply> replies, ask({{"INFO", "server"}}));
  const std::string& text = replies[0].text;
  const size_t begin = replies[0].is_error() ? std::string::npos : text.find(kRunId);
  if (begin == std::string::npos) return std::string(kUntold);
  const size_t end = std::min(text.find_first_of("\r\n", begin), text.size());
  return text.substr(begin + kRunId.size(), end - begin - kRunId.size());
}

Result<bool> RedisStore::has_marks() {
  ASSIGN_OR_RETURN(const std::vector<RedisReply> replies, ask({{"HLEN", mark_key()}}));
  if (replies[0].is_error()) return answered(options_.server, replies[0].text);
  return replies[0].integer >= static_cast<int64_t>(views_.size());
}

/// Notes what rows may have from now on, so that also a rewriting that ends half-way is known to the next one.
Status RedisStore::begin_all() {
  is_finished_ = false;
  stale_.assign(views_.size(), {});
  if (views_.empty()) return {};
  std::vector<RedisCommand> asked;
  for (const OnlineView& view : views_) asked.push_back({"HGET", mark_key(), view.name});
  ASSIGN_OR_RETURN(const std::vector<RedisReply> marks, ask(asked));

  RedisCommand note = {"HSET", mark_key()};
  for (size_t v = 0; v < views_.size(); ++v) {
    if (marks[v].is_error()) return answered(options_.server, marks[v].text);
    const OnlineView& view = views_[v];
    std::set<std::string> features = features_of_mark(marks[v].text);
    for (const std::string& feature : features) {
      const std::string field = feast_value_field(view.name, feature);
      if (std::ranges::find(fields_[v], field) == fields_[v].end()) stale_[v].push_back(field);
    }
    features.insert(view.features.begin(), view.features.end());
    note.push_back(view.name);
    note.push_back(mark_of(features));
  }
  ASSIGN_OR_RETURN(const std::vector<RedisReply> noted, change({std::move(note)}));
  if (noted[0].is_error()) return answered(options_.server, noted[0].text);
  return {};
}

Status RedisStore::finish_all() {
  if (is_finished_ || connection_ == nullptr) return {};
  if (!views_.empty()) {
    RedisCommand note = {"HSET", mark_key()};
    for (const OnlineView& view : views_) {
      note.push_back(view.name);
      note.push_back(mark_of({view.features.begin(), view.features.end()}));
    }
    ASSIGN_OR_RETURN(const std::vector<RedisReply> noted, change({std::move(note)}));
    if (noted[0].is_error()) return answered(options_.server, noted[0].text);
  }
  stale_.assign(views_.size(), {});
  is_finished_ = true;
  return {};
}

/// A row that is written for the first time keeps a later time that is there: it was given by an event or an edge of which
/// nothing is known any more here.
Result<std::vector<EventTime>> RedisStore::times_of(const OnlineRows& rows, const std::vector<std::string>& names,
                                                    EventTime now) {
  std::vector<EventTime> times = rows.times;
  std::vector<RedisCommand> asked;
  std::vector<size_t> asked_rows;
  for (size_t row = 0; row < rows.size(); ++row) {
    if (!rows.keeps_later_times || !rows.is_first[row] || names[row].empty()) continue;
    asked.push_back({"HGET", names[row], feast_time_field(views_[rows.view].name)});
    asked_rows.push_back(row);
  }
  if (asked.empty()) return times;

  ASSIGN_OR_RETURN(const std::vector<RedisReply> replies, ask(asked));
  for (size_t i = 0; i < replies.size(); ++i) {
    if (replies[i].kind != RedisReply::Kind::kText) continue;
    const std::optional<EventTime> there = time_of_feast_timestamp(replies[i].text);
    if (there && *there <= now) times[asked_rows[i]] = std::max(times[asked_rows[i]], *there);
  }
  return times;
}

/// Rows without a name are left out.
std::vector<RedisCommand> RedisStore::commands_of(const OnlineRows& rows, const std::vector<std::string>& names,
                                                  const std::vector<EventTime>& times) const {
  std::vector<RedisCommand> commands;
  for (size_t row = 0; row < rows.size(); ++row) {
    if (!names[row].empty()) append_row(rows, row, names[row], times[row], commands);
  }
  return commands;
}

/// An HSET, and what goes with it.
void RedisStore::append_row(const OnlineRows& rows, size_t row, const std::string& name, EventTime time,
                            std::vector<RedisCommand>& commands) const {
  const OnlineView& view = views_[rows.view];
  RedisCommand set = {"HSET", name, feast_time_field(view.name), feast_timestamp(time)};
  for (size_t f = 0; f < view.features.size(); ++f) {
    set.push_back(fields_[rows.view][f]);
    set.push_back(feast_value(rows.values[f].value_at(static_cast<int64_t>(row)), view.types[f]));
  }
  commands.push_back(std::move(set));

  const std::vector<std::string>& stale = stale_[rows.view];
  if (rows.is_first[row] && !stale.empty()) {
    RedisCommand& remove = commands.emplace_back(RedisCommand{"HDEL", name});
    remove.insert(remove.end(), stale.begin(), stale.end());
  }
  if (options_.expire_after && view.can_expire) {
    const int64_t at_ms = floor_divide(rows.newest[row].us + options_.expire_after->us, 1000);
    commands.push_back({"PEXPIREAT", name, std::to_string(std::max<int64_t>(at_ms, 1))});
  } else if (rows.is_first[row]) {
    commands.push_back({"PERSIST", name});
  }
}

Result<OnlineWrite> RedisStore::write(const OnlineRows& rows, EventTime now) {
  if (connection_ == nullptr) return Error::unavailable(options_.server.shown() + " is not connected");
  OnlineWrite write;
  std::vector<std::string> names;
  for (const std::vector<Value>& key : rows.keys) {
    names.push_back(feast_entity_key(views_[rows.view].keys, key, options_.project).value_or(""));
    if (!names.back().empty()) continue;
    ++write.refused;
    write.problem = "Feast has no form for a key that is neither a text nor an integer";
  }
  write.written = rows.size() - write.refused;
  ASSIGN_OR_RETURN(const std::vector<EventTime> times, times_of(rows, names, now));
  const std::vector<RedisCommand> commands = commands_of(rows, names, times);
  ASSIGN_OR_RETURN(const std::vector<RedisReply> replies, change(commands));

  for (size_t i = 0; i < replies.size(); ++i) {
    if (!replies[i].is_error()) continue;
    if (!replies[i].text.starts_with(kWrongType)) return answered(options_.server, replies[i].text);
    if (commands[i][0] != "HSET") continue;
    ++write.refused;
    --write.written;
    write.problem = replies[i].text;
  }
  return write;
}

Status RedisStore::remove(size_t view, const std::vector<Value>& key) {
  if (connection_ == nullptr) return Error::unavailable(options_.server.shown() + " is not connected");
  const std::string name = feast_entity_key(views_[view].keys, key, options_.project).value_or("");
  if (name.empty()) return {};  // it never had one
  RedisCommand command = {"HDEL", name, feast_time_field(views_[view].name)};
  command.insert(command.end(), fields_[view].begin(), fields_[view].end());
  if (view < stale_.size()) command.insert(command.end(), stale_[view].begin(), stale_[view].end());
  ASSIGN_OR_RETURN(const std::vector<RedisReply> replies, change({std::move(command)}));
  const bool is_ours = !replies[0].is_error() || replies[0].text.starts_with(kWrongType);
  return is_ours ? Status() : Status(answered(options_.server, replies[0].text));
}

void RedisStore::interrupt() {
  const std::lock_guard lock(mutex_);
  if (connection_) connection_->interrupt();
}

}  // namespace headrace
