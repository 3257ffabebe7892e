#include "control/db/backup.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "control/db/migrations.h"
#include "control/db/postgresql.h"
#include "control/db/sealed_values.h"
#include "control/db/sqlite.h"

namespace cachery::control::db {
namespace {

namespace fs = std::filesystem;

// Removed with what SQLite leaves beside it.
struct TemporaryFile {
  explicit TemporaryFile(fs::path at) : path(std::move(at)) { remove(); }
  ~TemporaryFile() { remove(); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  void remove() const {
    std::error_code ignored;
    for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
      fs::remove(path.string() + suffix, ignored);
    }
  }
  const fs::path path;
};

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

Status sync(const fs::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool is_synced = file >= 0 && ::fsync(file) == 0;
  if (file >= 0) ::close(file);
  if (is_synced) return {};
  return fail(Fault::unavailable, fmt::format("cannot sync {}: check its disk", path.string()));
}

std::string read_text(Statement& row) { return row.text(); }

// That it is one of our databases, undamaged, and no newer than this program.
Status check(const fs::path& copy) {
  const auto opened = open_sqlite(copy);
  if (!opened) return std::unexpected(opened.error());
  const auto verdict = (*opened)->prepare("PRAGMA integrity_check(1)").first(read_text);
  if (!verdict) return std::unexpected(verdict.error());
  if (*verdict != "ok") return fail(Fault::invalid, "it is damaged: take an older one");
  return check_schema(**opened, migrations());
}

}  // namespace

Status back_up(const std::string& database, const fs::path& file) {
  if (is_postgresql(database)) {
    return fail(Fault::invalid,
                "the records are in PostgreSQL: back them up with pg_dump "
                "--format=custom --file FILE DATABASE");
  }
  if (!is_there(database)) {
    return fail(Fault::not_found,
                fmt::format("there is no database {}: say where with --data-dir", database));
  }
  if (is_there(file)) {
    return fail(Fault::conflict,
                fmt::format("{} is there already: name another file", file.string()));
  }
  const TemporaryFile beside(file.string() + ".new");
  if (auto copied = copy_sqlite(database, beside.path); !copied) return copied;
  if (auto synced = sync(beside.path); !synced) return synced;
  std::error_code error;
  fs::rename(beside.path, file, error);
  if (!error) return {};
  return fail(Fault::unavailable, fmt::format("cannot write {}: {}: name a file in a directory "
                                              "that is writable",
                                              file.string(), error.message()));
}

Status restore(const fs::path& file, const std::string& database, const Sealer* sealer) {
  if (is_postgresql(database)) {
    return fail(Fault::invalid,
                "the records are in PostgreSQL: restore them with pg_restore "
                "--clean --if-exists --dbname DATABASE FILE");
  }
  if (!is_there(file)) {
    return fail(Fault::not_found, fmt::format("there is no file {}", file.string()));
  }
  const TemporaryFile copy(database + ".restore");
  auto checked = copy_sqlite(file, copy.path);
  if (checked) checked = check(copy.path);
  if (checked && sealer != nullptr) checked = check_master_key(copy.path.string(), *sealer);
  if (!checked) {
    return fail(checked.error().fault,
                fmt::format("cannot restore {}: {}", file.string(), checked.error().detail));
  }
  return copy_sqlite(copy.path, database);
}

}  // namespace cachery::control::db
