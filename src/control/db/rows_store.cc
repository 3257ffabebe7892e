#include "control/db/rows_store.h"

#include "control/db/connection_pool.h"
#include "control/db/migrations.h"
#include "control/db/rows_records.h"
#include "control/db/sqlite.h"

namespace cachery::control::db {
namespace {

// Reads take microseconds, a year's history milliseconds: a few at once keep every core busy.
constexpr size_t kReadersMax = 4;

Status transact(Connection& database, Access access, const Store::Work& work) {
  if (auto begun = database.begin(access); !begun) return begun;
  static_cast<void>(database.take_failure());
  RowsRecords records(database);
  auto done = work(records);
  // PostgreSQL gives a transaction up at its first fault, SQLite does not: here all do.
  if (auto failure = database.take_failure(); failure && done) done = std::unexpected(*failure);
  if (done) done = database.commit();
  if (!done) database.rollback();
  return done;
}

class RowsStore final : public Store {
 public:
  RowsStore(const ConnectionPool::Connect& connect, std::unique_ptr<Connection> writer)
      : writers_(connect, 1), readers_(std::in_place, connect, kReadersMax) {
    writers_.add(std::move(writer));
  }
  // A database in memory is its one connection.
  explicit RowsStore(std::unique_ptr<Connection> only) : writers_(nullptr, 1) {
    writers_.add(std::move(only));
  }

  Status write(const Work& work) override { return transact(writers_, Access::write, work); }
  Status read(const Work& work) override {
    return transact(readers_ ? *readers_ : writers_, Access::read, work);
  }

 private:
  static Status transact(ConnectionPool& pool, Access access, const Work& work) {
    return pool.with([&](Connection& database) { return db::transact(database, access, work); });
  }

  ConnectionPool writers_;
  std::optional<ConnectionPool> readers_;
};

}  // namespace

Result<std::unique_ptr<Store>> open_store(const std::filesystem::path& path) {
  const auto connect = [path] { return open_sqlite(path); };
  auto database = connect();
  if (!database) return std::unexpected(database.error());
  if (auto migrated = migrate(**database, migrations()); !migrated) {
    return std::unexpected(migrated.error());
  }
  if (path.empty()) return std::make_unique<RowsStore>(std::move(*database));
  return std::make_unique<RowsStore>(connect, std::move(*database));
}

}  // namespace cachery::control::db
