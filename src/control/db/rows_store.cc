#include "control/db/rows_store.h"

#include "control/db/connection_pool.h"
#include "control/db/ending_store.h"
#include "control/db/migrations.h"
#include "control/db/postgresql.h"
#include "control/db/rows_records.h"
#include "control/db/sqlite.h"

namespace cachery::control::db {
namespace {

// Reads take microseconds, a year's history milliseconds: a few at once keep every core busy.
constexpr size_t kReadersMax = 4;

Status work_through(Connection& database, const Store::Work& work) {
  static_cast<void>(database.take_failure());
  RowsRecords records(database);
  auto done = work(records);
  // PostgreSQL gives a transaction up at its first fault, SQLite does not: here all do.
  if (auto failure = database.take_failure(); failure && done) done = std::unexpected(*failure);
  if (done) done = database.commit();
  if (!done) database.rollback();
  return done;
}

enum class Attempt { first, last };

// A connection that was idle while its server went and came back is found out when it is asked to
// begin. Nothing has been done then, so it is asked once more, on a new one.
Status transact(ConnectionPool& pool, Access access, const Store::Work& work, Attempt attempt) {
  bool is_worth_another = false;
  const auto done = pool.with([&](Connection& database) -> Status {
    if (auto begun = database.begin(access); !begun) {
      database.rollback();
      is_worth_another = database.is_lost() && attempt == Attempt::first;
      return begun;
    }
    return work_through(database, work);
  });
  return is_worth_another ? transact(pool, access, work, Attempt::last) : done;
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

  Status write(const Work& work) override {
    return transact(writers_, Access::write, work, Attempt::first);
  }
  Status read(const Work& work) override {
    return transact(readers_ ? *readers_ : writers_, Access::read, work, Attempt::first);
  }

 private:
  ConnectionPool writers_;
  std::optional<ConnectionPool> readers_;
};

Result<std::unique_ptr<Connection>> connect(const std::string& database, const Ending* ending) {
  return is_postgresql(database) ? open_postgresql(database, ending)
                                 : open_sqlite(database, ending);
}

Result<std::unique_ptr<Store>> open(const std::string& database, const Ending* ending) {
  auto first = connect(database, ending);
  if (!first) return std::unexpected(first.error());
  if (auto migrated = migrate(**first, migrations()); !migrated) {
    return std::unexpected(migrated.error());
  }
  if (database.empty()) return std::make_unique<RowsStore>(std::move(*first));
  return std::make_unique<RowsStore>([database, ending] { return connect(database, ending); },
                                     std::move(*first));
}

}  // namespace

Result<std::unique_ptr<Connection>> connect(const std::string& database) {
  return connect(database, nullptr);
}

Result<std::unique_ptr<Store>> open_store(const std::string& database) {
  return open(database, nullptr);
}

Result<std::unique_ptr<Store>> open_store(const std::string& database, const Ending& ending) {
  return open(database, &ending);
}

}  // namespace cachery::control::db
