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

}  // namespace

Result<uint64_t> reseal_all(const std::string& database, const Reseal& reseal) {
  const auto connection = connect(database);
  if (!connection) return std::unexpected(connection.error());
  // A column that an older program has not made yet is made first.
  if (auto migrated = migrate(**connection, migrations()); !migrated) {
    return std::unexpected(migrated.error());
  }
  if (auto begun = (*connection)->begin(Access::write); !begun) {
    return std::unexpected(begun.error());
  }
  const auto count = reseal_columns(**connection, reseal);
  if (!count) {
    (*connection)->rollback();
    return count;
  }
  if (auto committed = (*connection)->commit(); !committed) {
    return std::unexpected(committed.error());
  }
  return count;
}

}  // namespace cachery::control::db
