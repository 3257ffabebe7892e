#include "control/db/rows_records.h"

namespace cachery::control::db {
namespace {

uint64_t read_value(Statement& row) { return static_cast<uint64_t>(row.integer()); }

}  // namespace

Result<uint64_t> RowsRecords::next(const Sequence& sequence) {
  const auto value = database_
                         .prepare(
                             "INSERT INTO sequences (name, value) VALUES (?, ?) "
                             "ON CONFLICT (name) DO UPDATE SET value = sequences.value + 1 "
                             "RETURNING value")
                         .bind(sequence.name)
                         .bind(sequence.first)
                         .first(read_value);
  if (!value) return std::unexpected(value.error());
  if (!*value) return fail(Fault::internal, "the database gave no number of a sequence");
  return **value;
}

Result<uint64_t> RowsRecords::last(const Sequence& sequence) {
  const auto value = database_.prepare("SELECT value FROM sequences WHERE name = ?")
                         .bind(sequence.name)
                         .first(read_value);
  if (!value) return std::unexpected(value.error());
  return value->value_or(sequence.first - 1);
}

}  // namespace cachery::control::db
