#include "base/kill_point.h"
#include "base/printable_text.h"
#include "control_store/control_log.h"
#include "control_store/sqlite_statement.h"

#include <fmt/format.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <mutex>

namespace headrace {
namespace {

constexpr int64_t kApplicationId = 0x48445243;  // "HDRC", by which the file is known
constexpr int64_t kFormatVersion = 1;
constexpr int kBusyMs = 5'000;

// Events are only ever added: the triggers stand in the way of everything else, also of people.
constexpr char kTables[] = R"(
CREATE TABLE event(
  sequence INTEGER PRIMARY KEY, at_us INTEGER not null, actor TEXT not null, reason TEXT not null, subject TEXT not null,
  kind TEXT not null, payload TEXT not null, key TEXT not null UNIQUE) STRICT;
CREATE INDEX event_of_subject ON event(subject, sequence);
CREATE TRIGGER event_is_never_changed BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'events are never changed'); END;
CREATE TRIGGER event_is_never_removed BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'events are never removed'); END;
CREATE TABLE lease(
  one INTEGER PRIMARY KEY CHECK (one = 1), holder TEXT not null, token INTEGER not null, until_us INTEGER not null) STRICT;
INSERT INTO lease VALUES (1, '', 0, 0);
)";

/// By the numbers of statfs(2).
bool is_network_file_system(const std::string& folder) {
  constexpr std::array<uint64_t, 10> kKinds = {
      0x6969 /* NFS */,     0x517B /* SMB */,    0xFF534D42 /* CIFS */,   0xFE534D42 /* SMB2 */, 0x00C36400 /* Ceph */,
      0x5346414F /* AFS */, 0x01021997 /* 9P */, 0x0BD00BD0 /* Lustre */, 0x47504653 /* GPFS */, 0x65735546 /* FUSE */};
  struct statfs info = {};
  if (statfs(folder.c_str(), &info) != 0) return false;
  return std::find(kKinds.begin(), kKinds.end(), static_cast<uint64_t>(info.f_type) & 0xFFFFFFFF) != kKinds.end();
}

class SqliteControlLog : public ControlLog {
 public:
  SqliteControlLog(sqlite3* database, std::string path) : database_(database), path_(std::move(path)) {}
  ~SqliteControlLog() override { sqlite3_close(database_); }
  SqliteControlLog(const SqliteControlLog&) = delete;
  SqliteControlLog& operator=(const SqliteControlLog&) = delete;

  Status prepare();

  Result<std::vector<ControlEvent>> read(int64_t after, int64_t max) override;
  Result<std::vector<ControlEvent>> read_subject(const std::string& subject) override;
  Result<int64_t> last() override;
  Result<AppendedEvents> append(int64_t after, int64_t token, const std::vector<ControlEvent>& events) override;
  Result<ControlLease> acquire(const std::string& holder, EventTime now, Duration duration) override;
  Status release(const ControlLease& lease) override;

 private:
  SqliteStatement statement(std::string_view text) { return {database_, path_, text}; }
  Status execute(const char* text);
  Result<int64_t> number(std::string_view text);
  Status check_form();
  Result<std::vector<ControlEvent>> events_of(SqliteStatement& query);
  Result<int64_t> known_keys(const std::vector<ControlEvent>& events);
  Status check_token(int64_t token);

  sqlite3* database_;
  std::string path_;
  std::mutex mutex_;
};

Status SqliteControlLog::execute(const char* text) {
  if (sqlite3_exec(database_, text, nullptr, nullptr, nullptr) == SQLITE_OK) return {};
  return sqlite_error(database_, path_);
}

Result<int64_t> SqliteControlLog::number(std::string_view text) {
  SqliteStatement query = statement(text);
  ASSIGN_OR_RETURN(const bool has_row, query.step());
  return has_row ? query.integer(0) : 0;
}

/// What another program or a later version wrote is left alone.
Status SqliteControlLog::check_form() {
  ASSIGN_OR_RETURN(const int64_t application, number("PRAGMA application_id"));
  ASSIGN_OR_RETURN(const int64_t version, number("PRAGMA user_version"));
  if (application != kApplicationId) {
    return Error::data(fmt::format("`{}` is a database of another program", printable(path_)))
        .with_help("name another folder, or move the file away");
  }
  if (version != kFormatVersion) {
    return Error::data(fmt::format("`{}` is a control log of form {}, and this program knows form {}", printable(path_),
                                   version, kFormatVersion))
        .with_help("use the version of headrace that wrote it");
  }

  SqliteStatement check = statement("PRAGMA quick_check(1)");
  ASSIGN_OR_RETURN(const bool has_row, check.step());
  if (has_row && check.text(0) == "ok") return {};
  return Error::data(fmt::format("`{}` is damaged: {}", printable(path_), printable(has_row ? check.text(0) : "")))
      .with_help("bring back a copy of it");
}

Status SqliteControlLog::prepare() {
  sqlite3_busy_timeout(database_, kBusyMs);
  ASSIGN_OR_RETURN(const int64_t tables, number("SELECT count(*) FROM sqlite_schema"));
  if (tables > 0) RETURN_IF_ERROR(check_form());

  RETURN_IF_ERROR(execute("PRAGMA journal_mode = WAL"));
  RETURN_IF_ERROR(execute("PRAGMA synchronous = FULL"));
  RETURN_IF_ERROR(execute("PRAGMA trusted_schema = OFF"));

  // Of two programs that make the file at the same time, one finds it made.
  SqliteTransaction making(database_, path_);
  RETURN_IF_ERROR(making.begin());
  ASSIGN_OR_RETURN(const int64_t there, number("SELECT count(*) FROM sqlite_schema"));
  if (there == 0) {
    RETURN_IF_ERROR(execute(fmt::format("PRAGMA application_id = {}", kApplicationId).c_str()));
    RETURN_IF_ERROR(execute(fmt::format("PRAGMA user_version = {}", kFormatVersion).c_str()));
    RETURN_IF_ERROR(execute(kTables));
  }
  RETURN_IF_ERROR(making.commit());
  return check_form();
}

Result<std::vector<ControlEvent>> SqliteControlLog::events_of(SqliteStatement& query) {
  std::vector<ControlEvent> events;
  while (true) {
    ASSIGN_OR_RETURN(const bool has_row, query.step());
    if (!has_row) return events;
    events.push_back({.sequence = query.integer(0),
                      .at = {query.integer(1)},
                      .actor = query.text(2),
                      .reason = query.text(3),
                      .subject = query.text(4),
                      .kind = query.text(5),
                      .payload = query.text(6),
                      .key = query.text(7)});
  }
}

constexpr std::string_view kEventColumns =
    "SELECT sequence, at_us, actor, reason, subject, kind, payload, key FROM event ";

Result<std::vector<ControlEvent>> SqliteControlLog::read(int64_t after, int64_t max) {
  const std::lock_guard lock(mutex_);
  SqliteStatement query = statement(std::string(kEventColumns) + "WHERE sequence > ? ORDER BY sequence LIMIT ?");
  query.bind(after).bind(std::clamp<int64_t>(max, 0, kControlEventsMax));
  return events_of(query);
}

Result<std::vector<ControlEvent>> SqliteControlLog::read_subject(const std::string& subject) {
  const std::lock_guard lock(mutex_);
  SqliteStatement query = statement(std::string(kEventColumns) + "WHERE subject = ? ORDER BY sequence");
  query.bind(std::string_view(subject));
  return events_of(query);
}

Result<int64_t> SqliteControlLog::last() {
  const std::lock_guard lock(mutex_);
  return number("SELECT coalesce(max(sequence), 0) FROM event");
}

/// How many of the events are there already, by their keys; one that is there with other contents is a conflict.
Result<int64_t> SqliteControlLog::known_keys(const std::vector<ControlEvent>& events) {
  int64_t known = 0;
  for (const ControlEvent& event : events) {
    SqliteStatement query = statement("SELECT subject, kind, payload FROM event WHERE key = ?");
    query.bind(std::string_view(event.key));
    ASSIGN_OR_RETURN(const bool has_row, query.step());
    if (!has_row) continue;
    if (query.text(0) != event.subject || query.text(1) != event.kind || query.text(2) != event.payload) {
      return Error::conflict(fmt::format("another request has the key `{}` already", printable(event.key)));
    }
    ++known;
  }
  return known;
}

Status SqliteControlLog::check_token(int64_t token) {
  ASSIGN_OR_RETURN(const int64_t newest, number("SELECT token FROM lease"));
  if (token == newest) return {};
  return Error::conflict(
             fmt::format("the lease with token {} went to another writer, which has token {}", token, newest))
      .with_help("read the log anew and take the lease again");
}

Result<AppendedEvents> SqliteControlLog::append(int64_t after, int64_t token, const std::vector<ControlEvent>& events) {
  for (const ControlEvent& event : events) {
    CHECK(!event.key.empty());
    if (event.payload.size() > kControlPayloadBytesMax) {
      return Error::usage(
          fmt::format("an event of {} bytes; at most {} fit", event.payload.size(), kControlPayloadBytesMax));
    }
  }

  const std::lock_guard lock(mutex_);
  SqliteTransaction transaction(database_, path_);
  RETURN_IF_ERROR(transaction.begin());
  RETURN_IF_ERROR(check_token(token));
  ASSIGN_OR_RETURN(int64_t sequence, number("SELECT coalesce(max(sequence), 0) FROM event"));
  ASSIGN_OR_RETURN(const int64_t known, known_keys(events));
  if (!events.empty() && known == static_cast<int64_t>(events.size())) return AppendedEvents{sequence, true};
  if (known > 0) return Error::conflict("some of the events are there already, and others are not");
  if (sequence != after) {
    return Error::conflict(fmt::format("event {} came after {}, which was decided on", sequence, after))
        .with_help("read the log anew and decide again");
  }

  for (const ControlEvent& event : events) {
    SqliteStatement insert = statement("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
    insert.bind(++sequence).bind(event.at.us);
    for (const std::string* text :
         {&event.actor, &event.reason, &event.subject, &event.kind, &event.payload, &event.key})
      insert.bind(std::string_view(*text));
    RETURN_IF_ERROR(insert.run());
  }
  kill_point("control-before-commit");
  RETURN_IF_ERROR(transaction.commit());
  kill_point("control-after-commit");
  return AppendedEvents{sequence, false};
}

Result<ControlLease> SqliteControlLog::acquire(const std::string& holder, EventTime now, Duration duration) {
  const std::lock_guard lock(mutex_);
  SqliteTransaction transaction(database_, path_);
  RETURN_IF_ERROR(transaction.begin());
  ControlLease lease;
  {
    SqliteStatement query = statement("SELECT holder, token, until_us FROM lease");
    ASSIGN_OR_RETURN(const bool has_row, query.step());
    if (!has_row) return Error::data(fmt::format("`{}` has no lease", printable(path_)));
    lease = {query.text(0), query.integer(1), {query.integer(2)}};
  }

  const bool is_held = !lease.holder.empty() && now < lease.until;
  if (is_held && lease.holder != holder) {
    return Error::unavailable(
               fmt::format("`{}` decides on changes until {}", printable(lease.holder), to_string(lease.until)))
        .with_help("try again then, or end that program");
  }
  // A lease that ran out and comes back to its holder gets a new token too: who knows what it still has on its way.
  if (!is_held) ++lease.token;
  lease.holder = holder;
  lease.until = {now.us + duration.us};

  SqliteStatement update = statement("UPDATE lease SET holder = ?, token = ?, until_us = ?");
  update.bind(std::string_view(lease.holder)).bind(lease.token).bind(lease.until.us);
  RETURN_IF_ERROR(update.run());
  RETURN_IF_ERROR(transaction.commit());
  return lease;
}

Status SqliteControlLog::release(const ControlLease& lease) {
  const std::lock_guard lock(mutex_);
  SqliteStatement update = statement("UPDATE lease SET holder = '', until_us = 0 WHERE holder = ? AND token = ?");
  update.bind(std::string_view(lease.holder)).bind(lease.token);
  return update.run();
}

}  // namespace

Result<std::unique_ptr<ControlLog>> open_control_log(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  if (is_network_file_system(folder.empty() ? "." : folder)) {
    return Error::environment(
               fmt::format("`{}` lies on a network file system, where locks do not hold", printable(path)))
        .with_help("keep the control log on a disk of this machine");
  }

  sqlite3* database = nullptr;
  constexpr int kFlags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX | SQLITE_OPEN_NOFOLLOW;
  const int opened = sqlite3_open_v2(std::filesystem::absolute(path).c_str(), &database, kFlags, nullptr);
  auto log = std::make_unique<SqliteControlLog>(database, path);  // closes it in any case
  if (opened != SQLITE_OK) return sqlite_error(database, path);
  RETURN_IF_ERROR(log->prepare());
  return std::unique_ptr<ControlLog>(std::move(log));
}

}  // namespace headrace
