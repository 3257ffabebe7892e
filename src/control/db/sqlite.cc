#include "control/db/sqlite.h"

#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <thread>
#include <type_traits>
#include <unordered_map>
#include <utility>

#include "base/check.h"
#include "base/log.h"

namespace cachery::control::db {
namespace {

constexpr int kBusyTimeoutMs = 2'000;
// Compiled statements kept a connection: several times as many as there are texts of ours.
constexpr size_t kStatementsKeptMax = 1'000;

Fault fault_of(int code) {
  switch (code & 0xff) {
    case SQLITE_CONSTRAINT:
      return Fault::conflict;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_NOMEM:
    case SQLITE_INTERRUPT:
      return Fault::unavailable;
    default:
      return Fault::internal;
  }
}

std::string_view advice_of(int code) {
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "another process holds it, try again";
    case SQLITE_FULL:
      return "free some space on its disk and try again";
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return "check that its directory is there, writable and not full";
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return "put back a backup";
    default:
      return "nothing was changed";
  }
}

// A constraint is broken where two changes meet, or where a rule of ours was not checked before;
// the answer reaches who asked, so the engine's words (its tables, others' values) stay in the log.
std::unexpected<Error> broken_constraint(std::string_view what, int code) {
  log::error("constraint_broken", {{"detail", fmt::format("{} ({})", what, code)}});
  return fail(Fault::conflict,
              "something else has this already, or still needs it: nothing was changed");
}

std::unexpected<Error> failure(sqlite3* handle, int code) {
  const char* what = handle != nullptr ? sqlite3_errmsg(handle) : sqlite3_errstr(code);
  if (fault_of(code) == Fault::conflict) return broken_constraint(what, code);
  return fail(fault_of(code), fmt::format("the database does not answer: {} ({}): {}", what, code,
                                          advice_of(code)));
}

int bind(sqlite3_stmt* statement, int index, const Value& value) {
  return std::visit(
      [&](const auto& one) {
        using T = std::decay_t<decltype(one)>;
        if constexpr (std::is_same_v<T, std::monostate>) {
          return sqlite3_bind_null(statement, index);
        } else if constexpr (std::is_same_v<T, int64_t>) {
          return sqlite3_bind_int64(statement, index, one);
        } else if constexpr (std::is_same_v<T, double>) {
          return sqlite3_bind_double(statement, index, one);
        } else if constexpr (std::is_same_v<T, Blob>) {
          return sqlite3_bind_blob64(statement, index, one.bytes.data(), one.bytes.size(),
                                     SQLITE_STATIC);
        } else {
          return sqlite3_bind_text64(statement, index, one.data(), one.size(), SQLITE_STATIC,
                                     SQLITE_UTF8);
        }
      },
      value);
}

// As sqlite3_busy_timeout waits, but for the end of the process.
int wait_for_lock(void* ending, int waits_count) {
  constexpr int kWaitMs = 10;
  const bool is_over = ending != nullptr && static_cast<const Ending*>(ending)->has_begun();
  if (is_over || waits_count * kWaitMs >= kBusyTimeoutMs) return 0;
  std::this_thread::sleep_for(std::chrono::milliseconds(kWaitMs));
  return 1;
}

int is_to_give_up(void* ending) { return static_cast<const Ending*>(ending)->has_begun() ? 1 : 0; }

void watch_ending(sqlite3* handle, const Ending* ending) {
  constexpr int kStepsBetweenLooks = 100'000;
  void* const argument = const_cast<Ending*>(ending);  // SQLite hands it back as it is
  sqlite3_busy_handler(handle, wait_for_lock, argument);
  if (ending != nullptr) {
    sqlite3_progress_handler(handle, kStepsBetweenLooks, is_to_give_up, argument);
  }
}

// A file that may not be written, or is none, is told before SQLite makes a -wal beside it: that
// one would keep the file's mode, and stand in the way when the file is mended.
Status check_file(const std::filesystem::path& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return {};  // it is made
  if (!S_ISREG(status.st_mode)) {
    return fail(Fault::invalid,
                fmt::format("the database {} is no regular file: move it away", path.string()));
  }
  const bool is_for_owner = (status.st_mode & S_IRUSR) != 0 && (status.st_mode & S_IWUSR) != 0;
  if (is_for_owner && ::access(path.c_str(), R_OK | W_OK) == 0) return {};
  return fail(Fault::unavailable,
              fmt::format("the database {} has mode {:03o} and may not be read and written: run "
                          "this as its owner, and give it mode 600",
                          path.string(), status.st_mode & 0777));
}

class Sqlite final : public Connection {
 public:
  explicit Sqlite(sqlite3* handle) : handle_(handle) {}
  ~Sqlite() override;
  Sqlite(const Sqlite&) = delete;
  Sqlite& operator=(const Sqlite&) = delete;

  Status run(const std::string& sql) override;
  Status begin(Access access) override;
  Status commit() override { return run("COMMIT"); }
  void rollback() override;
  bool is_lost() const override { return false; }

  // In one step: a copy in several would begin anew at each change.
  Status copy_from(const Sqlite& source);

  // A statement in use is out of the map, so that the same text can run within itself.
  void give_back(std::string_view sql, sqlite3_stmt* statement);

 private:
  Result<std::unique_ptr<Rows>> execute(std::string_view sql,
                                        std::span<const Value> values) override;
  Result<sqlite3_stmt*> take(std::string_view sql);

  sqlite3* handle_;
  std::unordered_map<std::string, sqlite3_stmt*> idle_;
};

class SqliteRows final : public Rows {
 public:
  SqliteRows(Sqlite& owner, std::string_view sql, sqlite3_stmt* statement)
      : owner_(owner), sql_(sql), statement_(statement) {}
  ~SqliteRows() override { owner_.give_back(sql_, statement_); }
  SqliteRows(const SqliteRows&) = delete;
  SqliteRows& operator=(const SqliteRows&) = delete;

  Result<bool> next() override {
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    return failure(sqlite3_db_handle(statement_), code);
  }
  bool is_null(int column) const override {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
  }
  int64_t integer(int column) const override { return sqlite3_column_int64(statement_, column); }
  double real(int column) const override { return sqlite3_column_double(statement_, column); }
  std::string bytes(int column) const override {
    const void* first = sqlite3_column_blob(statement_, column);
    const int size = sqlite3_column_bytes(statement_, column);
    return first == nullptr
               ? std::string()
               : std::string(static_cast<const char*>(first), static_cast<size_t>(size));
  }
  uint64_t changed_count() const override {
    return static_cast<uint64_t>(sqlite3_changes64(sqlite3_db_handle(statement_)));
  }

 private:
  Sqlite& owner_;
  std::string_view sql_;
  sqlite3_stmt* statement_;
};

Sqlite::~Sqlite() {
  for (const auto& [sql, statement] : idle_) sqlite3_finalize(statement);
  sqlite3_close_v2(handle_);
}

Status Sqlite::run(const std::string& sql) {
  const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return failure(handle_, code);
  return {};
}

Status Sqlite::copy_from(const Sqlite& source) {
  sqlite3_backup* const copy = sqlite3_backup_init(handle_, "main", source.handle_, "main");
  if (copy != nullptr) {
    constexpr int kAllPages = -1;
    sqlite3_backup_step(copy, kAllPages);
    sqlite3_backup_finish(copy);  // leaves what went wrong in the target
  }
  const int code = sqlite3_extended_errcode(handle_);
  if (code != SQLITE_OK) return failure(handle_, code);
  return {};
}

// query_only: a reader that writes all the same is an error here as it is on every engine.
// IMMEDIATE: a database that another process holds is found out before any work is done.
Status Sqlite::begin(Access access) {
  return run(access == Access::write ? "PRAGMA query_only = OFF; BEGIN IMMEDIATE"
                                     : "PRAGMA query_only = ON; BEGIN");
}

// After some errors (a full disk) SQLite has rolled back by itself.
void Sqlite::rollback() {
  if (sqlite3_get_autocommit(handle_) == 0) static_cast<void>(run("ROLLBACK"));
}

Result<sqlite3_stmt*> Sqlite::take(std::string_view sql) {
  if (auto idle = idle_.extract(std::string(sql)); !idle.empty()) return idle.mapped();
  sqlite3_stmt* statement = nullptr;
  const int code =
      sqlite3_prepare_v2(handle_, sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
  if (code != SQLITE_OK) return failure(handle_, code);
  return statement;
}

void Sqlite::give_back(std::string_view sql, sqlite3_stmt* statement) {
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  const bool is_kept =
      idle_.size() < kStatementsKeptMax && idle_.emplace(std::string(sql), statement).second;
  if (!is_kept) sqlite3_finalize(statement);
}

Result<std::unique_ptr<Rows>> Sqlite::execute(std::string_view sql, std::span<const Value> values) {
  const auto statement = take(sql);
  if (!statement) return std::unexpected(statement.error());
  auto rows = std::make_unique<SqliteRows>(*this, sql, *statement);
  CHECK(sqlite3_bind_parameter_count(*statement) == static_cast<int>(values.size()));
  int index = 0;
  for (const Value& value : values) {
    if (const int code = bind(*statement, ++index, value); code != SQLITE_OK) {
      return failure(handle_, code);
    }
  }
  return rows;
}

}  // namespace

Result<std::unique_ptr<Connection>> open_sqlite(const std::filesystem::path& path,
                                                const Ending* ending) {
  if (auto good = check_file(path); !path.empty() && !good) return std::unexpected(good.error());
  const std::string name = path.empty() ? ":memory:" : path.string();
  sqlite3* handle = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  const int code = sqlite3_open_v2(name.c_str(), &handle, flags, nullptr);
  auto opened = std::make_unique<Sqlite>(handle);
  if (code != SQLITE_OK) {
    return fail(fault_of(code), fmt::format("cannot open the database {}: {}: {}", name,
                                            sqlite3_errstr(code), advice_of(code)));
  }
  sqlite3_extended_result_codes(handle, 1);
  watch_ending(handle, ending);
  const auto set = opened->run(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;");
  if (!set) {
    return fail(set.error().fault,
                fmt::format("cannot use the database {}: {}", name, set.error().detail));
  }
  if (!path.empty()) ::chmod(name.c_str(), S_IRUSR | S_IWUSR);
  return opened;
}

Status copy_sqlite(const std::filesystem::path& from, const std::filesystem::path& to) {
  const auto open = [](const std::filesystem::path& path, int flags) {
    sqlite3* handle = nullptr;
    sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
    sqlite3_busy_timeout(handle, kBusyTimeoutMs);
    return std::make_unique<Sqlite>(handle);
  };
  const auto source = open(from, SQLITE_OPEN_READWRITE);
  const auto target = open(to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  ::chmod(to.c_str(), S_IRUSR | S_IWUSR);
  return target->copy_from(*source);
}

}  // namespace cachery::control::db
