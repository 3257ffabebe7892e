#include "control/db/postgresql_sql.h"

#include <gtest/gtest.h>

namespace cachery::control::db {
namespace {

TEST(PostgresqlSql, ValuesAreNumberedOutsideOfQuotesAndComments) {
  EXPECT_EQ(with_numbered_values("a = ? AND b = '?''?' AND \"?\" = ? -- why?\n AND c = ?"),
            "a = $1 AND b = '?''?' AND \"?\" = $2 -- why?\n AND c = $3");
  EXPECT_EQ(with_numbered_values(""), "");
  EXPECT_EQ(with_numbered_values("'open ?"), "'open ?");
}

TEST(PostgresqlSql, BlobBecomesByteaAsAWordOnly) {
  EXPECT_EQ(with_bytea("key BLOB NOT NULL, a_BLOB TEXT, BLOBS TEXT DEFAULT 'BLOB', last BLOB"),
            "key BYTEA NOT NULL, a_BLOB TEXT, BLOBS TEXT DEFAULT 'BLOB', last BYTEA");
}

}  // namespace
}  // namespace cachery::control::db
