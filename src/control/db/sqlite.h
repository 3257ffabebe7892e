// SQLite as values: a connection, and a statement that binds, steps and reads by position. The only
// file that calls SQLite, and the one place where its result codes become Faults: locked, full and
// unreadable are `unavailable` (try again, nothing was written), a broken uniqueness is `conflict`.
// One connection is used by one thread at a time; who owns it locks.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/error.h"

struct sqlite3;
struct sqlite3_stmt;

namespace cachery::control::db {

class SqliteStatement;

class Sqlite {
 public:
  // An empty path is a database in memory that goes with the object. The file is made when missing.
  [[nodiscard]] static Result<Sqlite> open(const std::filesystem::path& path);
  ~Sqlite();
  Sqlite(Sqlite&& other) noexcept : handle_(other.handle_) { other.handle_ = nullptr; }
  Sqlite& operator=(Sqlite&&) = delete;

  // One or more statements without values.
  [[nodiscard]] Status run(const std::string& sql);
  [[nodiscard]] Result<SqliteStatement> prepare(std::string_view sql);

 private:
  explicit Sqlite(sqlite3* handle) : handle_(handle) {}

  sqlite3* handle_;
};

class SqliteStatement {
 public:
  ~SqliteStatement();
  SqliteStatement(SqliteStatement&& other) noexcept : handle_(other.handle_) {
    other.handle_ = nullptr;
  }
  SqliteStatement& operator=(SqliteStatement&&) = delete;

  // Values in the order of the question marks. The text is copied.
  SqliteStatement& bind(int64_t value);
  SqliteStatement& bind(std::string_view text);
  SqliteStatement& bind_blob(std::string_view bytes);

  // True: there is a row, read it. False: done.
  [[nodiscard]] Result<bool> step();
  // For statements without rows.
  [[nodiscard]] Status run();

  // Columns of the row, from left to right; each call takes the next one.
  int64_t integer();
  bool truth() { return integer() != 0; }
  std::string text();

 private:
  friend class Sqlite;
  explicit SqliteStatement(sqlite3_stmt* handle) : handle_(handle) {}

  sqlite3_stmt* handle_;
  int bound_count_ = 0;
  int column_index_ = 0;
};

}  // namespace cachery::control::db
