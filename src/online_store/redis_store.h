#pragma once

/// The latest values of entities in a Redis, in Feast's layout (feast_layout.h).
///
///   RedisStore store({.server = .., .project = "pumping_station"});
///   store.set_views({{.name = "pump", .keys = {"pump_id"}, .features = {"flow_mean"}, .types = {..}}});
///   ASSIGN_OR_RETURN(const bool wants_all, store.connect());     // true: every row is to be written
///   store.write(rows) .. until there are no more; then store.finish_all();
///
/// A row is written as it is, whatever was there: who writes owns the view. Beside the values there is one hash of ours,
/// `headrace:PROJECT`, with a field for each view: the features that its rows may have. From it the fields of features that
/// are gone are known, and that a Redis was emptied.
///
/// Where several servers keep one project in turn, `may_write` tells whose turn it is, and a number in Redis fences those off whose
/// turn is over: whoever begins counts it on, and each change is made only while the number is still that. So a change that
/// was on its way, in a process that was stopped or in a socket, is refused by Redis once another server has begun.
///
/// Not thread-safe, but for interrupt().

#include "data/column.h"
#include "data/time.h"
#include "online_store/redis_connection.h"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace headrace {

struct RedisStoreOptions {
  RedisServer server;
  std::string project;                   // Feast's name of it
  std::optional<Duration> expire_after;  // of entities to which no event came for so long; nothing: never
  /// Whether this server may write now; null: nobody else does, and there is no fence.
  std::function<bool()> may_write = {};
};

/// What Feast calls a feature view: an entity and its features.
struct OnlineView {
  std::string name;
  std::vector<std::string> keys;
  std::vector<std::string> features;
  std::vector<Type> types;
  bool can_expire = true;  // no other view has these key columns
};

/// Rows of one view; each of the lists has one item a row, but for `values`, which has a column a feature.
struct OnlineRows {
  size_t view = 0;
  std::vector<std::vector<Value>> keys;
  std::vector<EventTime> times;
  std::vector<EventTime> newest;  // the time of the entity's newest event
  std::vector<bool> is_first;     // not written since wants_all
  std::vector<Column> values;
  bool keeps_later_times = true;  // a later time that is there stays, since nothing has changed after it

  size_t size() const { return keys.size(); }
};

struct OnlineWrite {
  size_t written = 0;
  size_t refused = 0;   // something else has their names, or Feast has no form for their keys: not to be tried again
  std::string problem;  // of the refused ones
};

class RedisStore {
 public:
  explicit RedisStore(RedisStoreOptions options) : options_(std::move(options)) {}

  /// What is written from now on. All rows are to be written then.
  void set_views(std::vector<OnlineView> views);
  const std::vector<OnlineView>& views() const { return views_; }
  bool expires() const { return options_.expire_after.has_value(); }

  /// Connects where there is no connection, and now and then looks whether Redis still has what was written. True: all
  /// rows are to be written, since it is not known what is there. `now_us`: elapsed time.
  Result<bool> connect(int64_t now_us);
  /// After an Error the connection is given up, and rows may have been written or not. `now`: the clock.
  Result<OnlineWrite> write(const OnlineRows& rows, EventTime now);
  /// Removes the row of a key, with the fields that earlier features of the view may have left there.
  Status remove(size_t view, const std::vector<Value>& key);
  /// All rows were written that connect() has asked for.
  Status finish_all();

  /// Ends what another thread waits for here.
  void interrupt();

  static constexpr Duration kLookEvery{5 * kMicrosPerSecond};

 private:
  Result<std::vector<RedisReply>> ask(const std::vector<RedisCommand>& commands);
  Result<std::vector<RedisReply>> change(const std::vector<RedisCommand>& commands);
  Result<std::vector<RedisReply>> change_fenced(const std::vector<RedisCommand>& commands);
  Status raise_fence();
  Status begin_all();
  Result<std::string> run_id_of_server();
  Result<bool> has_marks();
  std::vector<RedisCommand> commands_of(const OnlineRows& rows, const std::vector<std::string>& names,
                                        const std::vector<EventTime>& times) const;
  void append_row(const OnlineRows& rows, size_t row, const std::string& name, EventTime time,
                  std::vector<RedisCommand>& commands) const;
  Result<std::vector<EventTime>> times_of(const OnlineRows& rows, const std::vector<std::string>& names, EventTime now);
  std::string mark_key() const { return "headrace:" + options_.project; }
  std::string fence_key() const { return "headrace:owner:" + options_.project; }

  const RedisStoreOptions options_;
  std::vector<OnlineView> views_;
  std::vector<std::vector<std::string>> fields_;  // by view: of its features
  std::vector<std::vector<std::string>> stale_;   // by view: fields of features that it had before
  std::string run_id_;                            // of the server that has what was written; empty: none has
  bool is_finished_ = false;                      // all rows were written
  int64_t looked_at_us_ = 0;
  std::optional<std::string> fence_;  // the number under which is written; nothing: it must be counted on
  std::mutex mutex_;                  // of the pointer
  std::unique_ptr<RedisConnection> connection_;
};

}  // namespace headrace
