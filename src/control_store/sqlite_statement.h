#pragma once

/// One statement of SQLite, prepared, bound and stepped through. Private to control_store.

#include "base/result.h"

#include <sqlite3.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace headrace {

/// What SQLite says of its last failure, as an Error: a full disk and the like of the environment, a damaged file of the
/// data, another writer that does not end unavailable.
Error sqlite_error(sqlite3* database, const std::string& path);

/// Not thread-safe. The database outlives it.
class SqliteStatement {
 public:
  SqliteStatement(sqlite3* database, std::string path, std::string_view text);
  ~SqliteStatement() { sqlite3_finalize(statement_); }
  SqliteStatement(const SqliteStatement&) = delete;
  SqliteStatement& operator=(const SqliteStatement&) = delete;

  /// Parameters in order of their question marks.
  SqliteStatement& bind(int64_t value);
  SqliteStatement& bind(std::string_view value);

  /// Whether there is a row.
  Result<bool> step();
  /// Runs a statement without rows.
  Status run();

  int64_t integer(int column) const { return sqlite3_column_int64(statement_, column); }
  std::string text(int column) const;

 private:
  sqlite3* database_;
  std::string path_;
  sqlite3_stmt* statement_ = nullptr;
  int bound_ = 0;
  bool is_sound_ = true;
};

/// Begins at once as the only writer, and is taken back unless it is committed.
class SqliteTransaction {
 public:
  explicit SqliteTransaction(sqlite3* database, std::string path) : database_(database), path_(std::move(path)) {}
  ~SqliteTransaction();
  SqliteTransaction(const SqliteTransaction&) = delete;
  SqliteTransaction& operator=(const SqliteTransaction&) = delete;

  Status begin();
  Status commit();

 private:
  sqlite3* database_;
  std::string path_;
  bool is_open_ = false;
};

}  // namespace headrace
