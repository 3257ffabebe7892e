#include "control/db/sqlite.h"

#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include "base/check.h"

namespace cachery::control::db {
namespace {

constexpr int kBusyTimeoutMs = 2'000;

Fault fault_of(int code) {
  switch (code & 0xff) {
    case SQLITE_CONSTRAINT: return Fault::conflict;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_NOMEM: return Fault::unavailable;
    default: return Fault::internal;
  }
}

std::string_view advice_of(int code) {
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return "another process holds it, try again";
    case SQLITE_FULL: return "free some space on its disk and try again";
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM: return "check that its directory is there, writable and not full";
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT: return "put back a backup";
    default: return "nothing was changed";
  }
}

std::unexpected<Error> failure(sqlite3* handle, int code) {
  const char* what = handle != nullptr ? sqlite3_errmsg(handle) : sqlite3_errstr(code);
  return fail(fault_of(code),
              fmt::format("the database does not answer: {} ({}): {}", what, code,
                          advice_of(code)));
}

}  // namespace

Result<Sqlite> Sqlite::open(const std::filesystem::path& path) {
  const std::string name = path.empty() ? ":memory:" : path.string();
  sqlite3* handle = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  const int code = sqlite3_open_v2(name.c_str(), &handle, flags, nullptr);
  Sqlite opened(handle);
  if (code != SQLITE_OK) {
    return fail(fault_of(code), fmt::format("cannot open the database {}: {}: {}", name,
                                            sqlite3_errstr(code), advice_of(code)));
  }
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, kBusyTimeoutMs);
  // FULL: a change that was acknowledged survives a power cut.
  const auto set = opened.run(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;");
  if (!set) {
    return fail(set.error().fault, fmt::format("cannot use the database {}: {}", name,
                                               set.error().detail));
  }
  if (!path.empty()) ::chmod(name.c_str(), S_IRUSR | S_IWUSR);
  return opened;
}

Sqlite::~Sqlite() { sqlite3_close_v2(handle_); }

Status Sqlite::run(const std::string& sql) {
  const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return failure(handle_, code);
  return {};
}

Result<SqliteStatement> Sqlite::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code =
      sqlite3_prepare_v2(handle_, sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
  if (code != SQLITE_OK) return failure(handle_, code);
  return SqliteStatement(statement);
}

SqliteStatement::~SqliteStatement() { sqlite3_finalize(handle_); }

SqliteStatement& SqliteStatement::bind(int64_t value) {
  CHECK(sqlite3_bind_int64(handle_, ++bound_count_, value) == SQLITE_OK);
  return *this;
}

SqliteStatement& SqliteStatement::bind(std::string_view text) {
  CHECK(sqlite3_bind_text(handle_, ++bound_count_, text.empty() ? "" : text.data(),
                          static_cast<int>(text.size()), SQLITE_TRANSIENT) == SQLITE_OK);
  return *this;
}

SqliteStatement& SqliteStatement::bind_blob(std::string_view bytes) {
  CHECK(sqlite3_bind_blob(handle_, ++bound_count_, bytes.empty() ? "" : bytes.data(),
                          static_cast<int>(bytes.size()), SQLITE_TRANSIENT) == SQLITE_OK);
  return *this;
}

Result<bool> SqliteStatement::step() {
  column_index_ = 0;
  const int code = sqlite3_step(handle_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return failure(sqlite3_db_handle(handle_), code);
}

Status SqliteStatement::run() {
  const auto stepped = step();
  if (!stepped) return std::unexpected(stepped.error());
  return {};
}

int64_t SqliteStatement::integer() { return sqlite3_column_int64(handle_, column_index_++); }

std::string SqliteStatement::text() {
  const void* bytes = sqlite3_column_blob(handle_, column_index_);
  const int size = sqlite3_column_bytes(handle_, column_index_++);
  return bytes == nullptr ? std::string()
                          : std::string(static_cast<const char*>(bytes), static_cast<size_t>(size));
}

}  // namespace cachery::control::db
