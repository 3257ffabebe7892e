#include "control/db/sqlite_store.h"

#include <algorithm>
#include <mutex>

#include "base/check.h"
#include "base/log.h"
#include "control/db/migrations.h"

namespace cachery::control::db {
namespace {

constexpr std::string_view kSelectCache =
    "SELECT id, name, plan, limit_bytes, is_enabled, created_unix_seconds FROM caches ";
constexpr std::string_view kSelectCredential =
    "SELECT id, cache_id, username, sealed_password, password_digest, may_write, may_flush, "
    "may_use_api, key_prefix, own_port, own_port_networks, tls_client_name, tls_server_name, "
    "is_primary, created_unix_seconds FROM credentials ";

std::string sql(std::string_view select, std::string_view rest) {
  return std::string(select).append(rest);
}

std::string_view name_of(Sequence sequence) {
  switch (sequence) {
    case Sequence::cache: return "cache";
    case Sequence::credential: return "credential";
    case Sequence::revision: return "revision";
  }
  CHECK(false);
}

std::string join(const std::vector<std::string>& networks) {
  std::string out;
  for (const std::string& network : networks) {
    if (!out.empty()) out += ',';
    out += network;
  }
  return out;
}

std::vector<std::string> split(std::string_view joined) {
  std::vector<std::string> out;
  while (!joined.empty()) {
    const size_t comma = std::min(joined.find(','), joined.size());
    out.emplace_back(joined.substr(0, comma));
    joined.remove_prefix(std::min(comma + 1, joined.size()));
  }
  return out;
}

tenant::PasswordDigest digest_of(std::string_view bytes) {
  tenant::PasswordDigest digest{};
  std::copy_n(bytes.begin(), std::min(bytes.size(), digest.size()), digest.begin());
  return digest;
}

CacheRecord read_cache(SqliteStatement& row) {
  CacheRecord cache;
  cache.id = static_cast<CacheId>(row.integer());
  cache.name = row.text();
  cache.plan = row.text();
  cache.limit_bytes = static_cast<uint64_t>(row.integer());
  cache.is_enabled = row.truth();
  cache.created_unix_seconds = row.integer();
  return cache;
}

CredentialRecord read_credential(SqliteStatement& row) {
  CredentialRecord credential;
  credential.id = static_cast<CredentialId>(row.integer());
  credential.cache = static_cast<CacheId>(row.integer());
  credential.username = row.text();
  credential.sealed_password = row.text();
  credential.password_digest = digest_of(row.text());
  credential.capabilities.write = row.truth();
  credential.capabilities.flush = row.truth();
  credential.capabilities.api = row.truth();
  credential.key_prefix = row.text();
  credential.admission.own_port = static_cast<uint16_t>(row.integer());
  credential.admission.own_port_networks = split(row.text());
  credential.admission.tls_client_name = row.text();
  credential.admission.tls_server_name = row.text();
  credential.is_primary = row.truth();
  credential.created_unix_seconds = row.integer();
  return credential;
}

template <typename Record>
Result<std::vector<Record>> read_all(Result<SqliteStatement>& statement,
                                     Record (*read)(SqliteStatement&)) {
  if (!statement) return std::unexpected(statement.error());
  std::vector<Record> records;
  for (;;) {
    const auto has_row = statement->step();
    if (!has_row) return std::unexpected(has_row.error());
    if (!*has_row) return records;
    records.push_back(read(*statement));
  }
}

template <typename Record>
Result<std::optional<Record>> read_one(Result<SqliteStatement>& statement,
                                       Record (*read)(SqliteStatement&)) {
  auto all = read_all(statement, read);
  if (!all) return std::unexpected(all.error());
  if (all->empty()) return std::optional<Record>();
  return std::optional<Record>(std::move(all->front()));
}

// The columns that an update may change, in the order of both statements below.
void bind_changeable(SqliteStatement& statement, const CredentialRecord& credential) {
  const tenant::Admission& admission = credential.admission;
  statement.bind(int64_t{credential.capabilities.write})
      .bind(int64_t{credential.capabilities.flush})
      .bind(int64_t{credential.capabilities.api})
      .bind(credential.key_prefix)
      .bind(int64_t{admission.own_port})
      .bind(join(admission.own_port_networks))
      .bind(admission.tls_client_name)
      .bind(admission.tls_server_name)
      .bind(int64_t{credential.is_primary});
}

class SqliteRecords final : public Records {
 public:
  explicit SqliteRecords(Sqlite& database) : database_(database) {}

  Result<uint64_t> next(Sequence sequence) override {
    return value_of("UPDATE sequences SET value = value + 1 WHERE name = ? RETURNING value",
                    sequence);
  }

  Result<uint64_t> last(Sequence sequence) override {
    return value_of("SELECT value FROM sequences WHERE name = ?", sequence);
  }

  Result<std::vector<CacheRecord>> caches() override {
    auto statement = database_.prepare(sql(kSelectCache, "ORDER BY id"));
    return read_all(statement, read_cache);
  }

  Result<std::optional<CacheRecord>> cache(CacheId id) override {
    auto statement = database_.prepare(sql(kSelectCache, "WHERE id = ?"));
    if (statement) statement->bind(int64_t{id});
    return read_one(statement, read_cache);
  }

  Result<std::optional<CacheRecord>> cache_named(std::string_view name) override {
    auto statement = database_.prepare(sql(kSelectCache, "WHERE lower(name) = lower(?)"));
    if (statement) statement->bind(name);
    return read_one(statement, read_cache);
  }

  Status insert(const CacheRecord& cache) override {
    auto statement = database_.prepare(
        "INSERT INTO caches (name, plan, limit_bytes, is_enabled, created_unix_seconds, id) "
        "VALUES (?, ?, ?, ?, ?, ?)");
    return run(statement, cache);
  }

  Status update(const CacheRecord& cache) override {
    auto statement = database_.prepare(
        "UPDATE caches SET name = ?, plan = ?, limit_bytes = ?, is_enabled = ?, "
        "created_unix_seconds = ? WHERE id = ?");
    return run(statement, cache);
  }

  Status remove_cache(CacheId id) override {
    auto statement = database_.prepare("DELETE FROM caches WHERE id = ?");
    if (!statement) return std::unexpected(statement.error());
    return statement->bind(int64_t{id}).run();
  }

  Result<std::vector<CredentialRecord>> credentials() override {
    auto statement = database_.prepare(sql(kSelectCredential, "ORDER BY cache_id, id"));
    return read_all(statement, read_credential);
  }

  Result<std::vector<CredentialRecord>> credentials_of(CacheId cache) override {
    auto statement = database_.prepare(sql(kSelectCredential, "WHERE cache_id = ? ORDER BY id"));
    if (statement) statement->bind(int64_t{cache});
    return read_all(statement, read_credential);
  }

  Result<bool> has_username(std::string_view username) override {
    auto statement =
        database_.prepare("SELECT 1 FROM credentials WHERE lower(username) = lower(?)");
    if (!statement) return std::unexpected(statement.error());
    return statement->bind(username).step();
  }

  Status insert(const CredentialRecord& credential) override {
    auto statement = database_.prepare(
        "INSERT INTO credentials (may_write, may_flush, may_use_api, key_prefix, own_port, "
        "own_port_networks, tls_client_name, tls_server_name, is_primary, id, cache_id, username, "
        "sealed_password, password_digest, created_unix_seconds) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    if (!statement) return std::unexpected(statement.error());
    bind_changeable(*statement, credential);
    const auto& digest = credential.password_digest;
    return statement->bind(static_cast<int64_t>(credential.id))
        .bind(int64_t{credential.cache})
        .bind(credential.username)
        .bind_blob(credential.sealed_password)
        .bind_blob({reinterpret_cast<const char*>(digest.data()), digest.size()})
        .bind(credential.created_unix_seconds)
        .run();
  }

  Status update(const CredentialRecord& credential) override {
    auto statement = database_.prepare(
        "UPDATE credentials SET may_write = ?, may_flush = ?, may_use_api = ?, key_prefix = ?, "
        "own_port = ?, own_port_networks = ?, tls_client_name = ?, tls_server_name = ?, "
        "is_primary = ? WHERE id = ?");
    if (!statement) return std::unexpected(statement.error());
    bind_changeable(*statement, credential);
    return statement->bind(static_cast<int64_t>(credential.id)).run();
  }

  Status remove_credential(CredentialId id) override {
    auto statement = database_.prepare("DELETE FROM credentials WHERE id = ?");
    if (!statement) return std::unexpected(statement.error());
    return statement->bind(static_cast<int64_t>(id)).run();
  }

 private:
  Result<uint64_t> value_of(std::string_view query, Sequence sequence) {
    auto statement = database_.prepare(query);
    if (!statement) return std::unexpected(statement.error());
    statement->bind(name_of(sequence));
    const auto has_row = statement->step();
    if (!has_row) return std::unexpected(has_row.error());
    if (!*has_row) return fail(Fault::internal, "the database has lost a sequence");
    const auto value = static_cast<uint64_t>(statement->integer());
    if (auto ended = statement->run(); !ended) return std::unexpected(ended.error());
    return value;
  }

  static Status run(Result<SqliteStatement>& statement, const CacheRecord& cache) {
    if (!statement) return std::unexpected(statement.error());
    return statement->bind(cache.name)
        .bind(cache.plan)
        .bind(static_cast<int64_t>(cache.limit_bytes))
        .bind(int64_t{cache.is_enabled})
        .bind(cache.created_unix_seconds)
        .bind(int64_t{cache.id})
        .run();
  }

  Sqlite& database_;
};

class SqliteStore final : public Store {
 public:
  explicit SqliteStore(Sqlite database) : database_(std::move(database)) {}

  // IMMEDIATE: a database that another process holds is found out before any work is done.
  Status write(const Work& work) override { return transact("BEGIN IMMEDIATE", work); }
  Status read(const Work& work) override { return transact("BEGIN", work); }

 private:
  Status transact(const std::string& begin, const Work& work) {
    const std::lock_guard lock(mutex_);
    if (auto begun = database_.run(begin); !begun) return begun;
    SqliteRecords records(database_);
    auto done = work(records);
    if (done) done = database_.run("COMMIT");
    // After some errors (a full disk) SQLite has rolled back by itself, and says that there is
    // nothing to roll back: the first error is the one to report.
    if (!done) static_cast<void>(database_.run("ROLLBACK"));
    return done;
  }

  std::mutex mutex_;
  Sqlite database_;  // guarded by mutex_
};

}  // namespace

Result<std::unique_ptr<Store>> open_sqlite_store(const std::filesystem::path& path) {
  auto database = Sqlite::open(path);
  if (!database) return std::unexpected(database.error());
  if (auto migrated = migrate(*database, migrations()); !migrated) {
    return std::unexpected(migrated.error());
  }
  return std::make_unique<SqliteStore>(std::move(*database));
}

}  // namespace cachery::control::db
