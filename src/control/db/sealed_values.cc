#include "control/db/sealed_values.h"

#include <fmt/format.h>

#include "control/db/migrations.h"
#include "control/db/rows_store.h"

namespace cachery::control::db {
namespace {

// Empty values are none: a mail that was sent, an account without a second factor.
struct SealedColumn {
  std::string_view what;
  std::string_view select;  // id and value
  std::string_view update;
};

#define SEALED_COLUMN(table, column)                                         \
  {#table "." #column, "SELECT id, " #column " FROM " #table " ORDER BY id", \
   "UPDATE " #table " SET " #column " = ? WHERE id = ?"}

constexpr SealedColumn kSealedColumns[] = {
    SEALED_COLUMN(master_key_checks, sealed),
    SEALED_COLUMN(credentials, sealed_password),
    SEALED_COLUMN(caches, sealed_link_secret),
    SEALED_COLUMN(accounts, totp_key),
    SEALED_COLUMN(mails, body),
    SEALED_COLUMN(delivery_configs, sealed_secret),
};

struct SealedValue {
  int64_t id = 0;
  std::string bytes = {};
};

constexpr std::string_view kCheckText = "the master key of this database";
constexpr int64_t kCheckId = 1;

SealedValue read_value(Statement& row) {
  const int64_t id = row.integer();
  return {id, row.blob()};
}

Result<uint64_t> reseal_column(Connection& database, const SealedColumn& column,
                               const Reseal& reseal) {
  const auto values = database.prepare(column.select).all(read_value);
  if (!values) return std::unexpected(values.error());
  uint64_t count = 0;
  for (const SealedValue& value : *values) {
    if (value.bytes.empty()) continue;
    const auto sealed = reseal(value.bytes);
    if (!sealed) {
      return fail(sealed.error().fault,
                  fmt::format("{} of row {}: {}", column.what, value.id, sealed.error().detail));
    }
    auto updated = database.prepare(column.update).bind_blob(*sealed).bind(value.id).run();
    if (!updated) return std::unexpected(updated.error());
    ++count;
  }
  return count;
}

Result<uint64_t> reseal_columns(Connection& database, const Reseal& reseal) {
  uint64_t count = 0;
  for (const SealedColumn& column : kSealedColumns) {
    const auto resealed = reseal_column(database, column, reseal);
    if (!resealed) return resealed;
    count += *resealed;
  }
  return count;
}

std::unexpected<Error> wrong_key() {
  return fail(Fault::conflict,
              "the master key does not open this database: put back the master.key (or "
              "CACHERY_MASTER_KEY) that belongs to it");
}

struct OpenedCount {
  uint64_t opened = 0;
  uint64_t refused = 0;
};

Result<OpenedCount> open_all(Connection& database, const Sealer& sealer) {
  OpenedCount count;
  for (const SealedColumn& column : kSealedColumns) {
    const auto values = database.prepare(column.select).all(read_value);
    if (!values) return std::unexpected(values.error());
    for (const SealedValue& value : *values) {
      if (value.bytes.empty()) continue;
      ++(sealer.open(value.bytes) ? count.opened : count.refused);
    }
  }
  return count;
}

// A key that was wrong for a while may have sealed some: the one that opens most is the database's.
Status write_check(Connection& database, const Sealer& sealer) {
  const auto count = open_all(database, sealer);
  if (!count) return std::unexpected(count.error());
  if (count->refused > count->opened) return wrong_key();
  return database.prepare("INSERT INTO master_key_checks (id, sealed) VALUES (?, ?)")
      .bind(kCheckId)
      .bind_blob(sealer.seal(kCheckText))
      .run();
}

Status check_or_write(Connection& database, const Sealer& sealer) {
  const auto check = database.prepare("SELECT id, sealed FROM master_key_checks WHERE id = ?")
                         .bind(kCheckId)
                         .first(read_value);
  if (!check) return std::unexpected(check.error());
  if (!*check) return write_check(database, sealer);
  return sealer.open((*check)->bytes) == kCheckText ? Status() : wrong_key();
}

// All of `work`, in one transaction on a schema that is up to date, or nothing. A column that an
// older program has not made yet is made first.
Status write_through(const std::string& database, const std::function<Status(Connection&)>& work) {
  const auto connection = connect(database);
  if (!connection) return std::unexpected(connection.error());
  if (auto migrated = migrate(**connection, migrations()); !migrated) return migrated;
  if (auto begun = (*connection)->begin(Access::write); !begun) return begun;
  auto done = work(**connection);
  if (done) done = (*connection)->commit();
  if (!done) (*connection)->rollback();
  return done;
}

}  // namespace

Result<uint64_t> reseal_all(const std::string& database, const Reseal& reseal) {
  uint64_t count = 0;
  const auto done = write_through(database, [&](Connection& connection) -> Status {
    const auto resealed = reseal_columns(connection, reseal);
    if (!resealed) return std::unexpected(resealed.error());
    count = *resealed;
    return {};
  });
  if (!done) return std::unexpected(done.error());
  return count;
}

Status check_master_key(const std::string& database, const Sealer& sealer) {
  return write_through(database,
                       [&](Connection& connection) { return check_or_write(connection, sealer); });
}

}  // namespace cachery::control::db
