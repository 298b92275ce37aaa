#include "control_store/sqlite_statement.h"

#include "base/printable_text.h"

namespace headrace {

Error sqlite_error(sqlite3* database, const std::string& path) {
  const std::string message = "`" + printable(path) + "`: " + sqlite3_errmsg(database);
  switch (sqlite3_errcode(database)) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return Error::unavailable(message).with_help("another program writes it; try again");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Error::data(message).with_help("it is no control log, or is damaged; bring back a copy of it");
    default: return Error::environment(message);
  }
}

SqliteStatement::SqliteStatement(sqlite3* database, std::string path, std::string_view text)
    : database_(database), path_(std::move(path)) {
  is_sound_ =
      sqlite3_prepare_v2(database, text.data(), static_cast<int>(text.size()), &statement_, nullptr) == SQLITE_OK;
}

SqliteStatement& SqliteStatement::bind(int64_t value) {
  is_sound_ = is_sound_ && sqlite3_bind_int64(statement_, ++bound_, value) == SQLITE_OK;
  return *this;
}

SqliteStatement& SqliteStatement::bind(std::string_view value) {
  const char* bytes = value.empty() ? "" : value.data();  // a null pointer would be a null
  is_sound_ = is_sound_ && sqlite3_bind_text64(statement_, ++bound_, bytes, value.size(), SQLITE_TRANSIENT,
                                               SQLITE_UTF8) == SQLITE_OK;  // NOLINT: the library's own cast
  return *this;
}

Result<bool> SqliteStatement::step() {
  if (!is_sound_) return sqlite_error(database_, path_);
  switch (sqlite3_step(statement_)) {
    case SQLITE_ROW: return true;
    case SQLITE_DONE: return false;
    default: return sqlite_error(database_, path_);
  }
}

Status SqliteStatement::run() {
  ASSIGN_OR_RETURN(const bool has_row, step());
  CHECK(!has_row);
  return {};
}

std::string SqliteStatement::text(int column) const {
  const unsigned char* bytes = sqlite3_column_text(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  return bytes == nullptr ? std::string()
                          : std::string(reinterpret_cast<const char*>(bytes), static_cast<size_t>(size));
}

Status SqliteTransaction::begin() {
  SqliteStatement statement(database_, path_, "BEGIN IMMEDIATE");
  RETURN_IF_ERROR(statement.run());
  is_open_ = true;
  return {};
}

Status SqliteTransaction::commit() {
  SqliteStatement statement(database_, path_, "COMMIT");
  RETURN_IF_ERROR(statement.run());
  is_open_ = false;
  return {};
}

SqliteTransaction::~SqliteTransaction() {
  // What cannot be taken back is taken back by SQLite when the file is opened next.
  if (is_open_) sqlite3_exec(database_, "ROLLBACK", nullptr, nullptr, nullptr);
}

}  // namespace headrace
