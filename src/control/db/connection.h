// SQL as the rows see it, whatever the engine: a Connection that prepares, a Statement that binds
// by
// `?`, steps and reads from left to right. An engine implements little: run, execute, the three
// verbs of a transaction, and Rows. One SQL dialect serves all of them (README.md has its rules).
// A Statement keeps the first thing that went wrong, with its text or its values, until it is
// stepped, so that a query is one expression: prepare(…).bind(…).bind(…).run().
// One connection is used by one thread at a time; who owns it locks.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.h"

namespace cachery::control::db {

struct Blob {
  std::string bytes;
};
using Value = std::variant<std::monostate, int64_t, double, std::string, Blob>;  // monostate: NULL

// What one execution answers. Columns count from 0.
class Rows {
 public:
  virtual ~Rows() = default;

  // True: there is a row, read it. False: done.
  [[nodiscard]] virtual Result<bool> next() = 0;
  virtual bool is_null(int column) const = 0;
  virtual int64_t integer(int column) const = 0;
  virtual double real(int column) const = 0;
  virtual std::string bytes(int column) const = 0;  // of a text or a blob
  virtual uint64_t changed_count() const = 0;       // rows inserted, updated or deleted
};

enum class Access { read, write };

class Statement;

class Connection {
 public:
  virtual ~Connection() = default;

  // `sql` must live as long as the statement. It is compiled once a connection, so asking again is
  // cheap: make texts constants, and their number bounded.
  Statement prepare(std::string_view sql);
  // One or more statements without values.
  [[nodiscard]] virtual Status run(const std::string& sql) = 0;

  // A writer waits for the writers of all processes, for a bounded time.
  [[nodiscard]] virtual Status begin(Access access) = 0;
  [[nodiscard]] virtual Status commit() = 0;
  // Also when the engine has rolled back by itself.
  virtual void rollback() = 0;
  // Of no more use: make another.
  virtual bool is_lost() const = 0;

  // The first fault of a statement since it was last taken.
  std::optional<Error> take_failure() { return std::exchange(failure_, std::nullopt); }

 private:
  friend class Statement;

  // `values` live as long as the rows.
  [[nodiscard]] virtual Result<std::unique_ptr<Rows>> execute(std::string_view sql,
                                                              std::span<const Value> values) = 0;

  std::optional<Error> failure_;
};

class Statement {
 public:
  // Values in the order of the question marks, copied. Text is UTF-8 without zero bytes (invalid
  // otherwise: PostgreSQL keeps nothing else); whatever is not, for example a key, is a blob.
  template <std::integral Integer>
  Statement& bind(Integer value) {
    return add(static_cast<int64_t>(value));
  }
  Statement& bind(double value) { return add(value); }
  Statement& bind(std::string_view text);
  Statement& bind_blob(std::string_view bytes) { return add(Blob{std::string(bytes)}); }
  Statement& bind_null() { return add(std::monostate{}); }
  template <typename T>
  Statement& bind(const std::optional<T>& value) {
    return value ? bind(*value) : bind_null();
  }

  // True: there is a row, read it. False: done.
  [[nodiscard]] Result<bool> step();
  // For statements without rows.
  [[nodiscard]] Status run();
  // The same; how many rows were inserted, updated or deleted.
  [[nodiscard]] Result<uint64_t> run_counted();
  // All rows, each by read(Statement&) which takes its columns.
  template <typename Record>
  [[nodiscard]] Result<std::vector<Record>> all(Record (*read)(Statement&));
  // The first row, if there is one.
  template <typename Record>
  [[nodiscard]] Result<std::optional<Record>> first(Record (*read)(Statement&));

  // Columns of the row, from left to right; each call takes the next one. NULL reads as 0 or "".
  int64_t integer() { return rows_->integer(column_++); }
  bool truth() { return integer() != 0; }
  double real() { return rows_->real(column_++); }
  std::string text() { return rows_->bytes(column_++); }
  std::string blob() { return rows_->bytes(column_++); }
  std::optional<int64_t> optional_integer();
  std::optional<double> optional_real();
  std::optional<std::string> optional_text();

 private:
  friend class Connection;
  Statement(Connection& connection, std::string_view sql) : connection_(&connection), sql_(sql) {}
  Statement& add(Value value);
  std::unexpected<Error> failed(Error error);

  Connection* connection_;
  std::string_view sql_;
  std::unique_ptr<std::vector<Value>> values_ = std::make_unique<std::vector<Value>>();
  std::unique_ptr<Rows> rows_ = {};  // points into values_
  std::optional<Error> bind_failure_ = {};
  int column_ = 0;
};

template <typename Record>
Result<std::vector<Record>> Statement::all(Record (*read)(Statement&)) {
  std::vector<Record> records;
  for (;;) {
    const auto has_row = step();
    if (!has_row) return std::unexpected(has_row.error());
    if (!*has_row) return records;
    records.push_back(read(*this));
  }
}

template <typename Record>
Result<std::optional<Record>> Statement::first(Record (*read)(Statement&)) {
  const auto has_row = step();
  if (!has_row) return std::unexpected(has_row.error());
  std::optional<Record> record;
  if (*has_row) record = read(*this);
  rows_.reset();
  return record;
}

}  // namespace cachery::control::db
