// The data directory: all that a service owns on disk, and the lock that keeps a second process
// out.
//   cachery.db       the database            cachery.lock   held while a service runs, with its pid
//   master.key       seals passwords, 0600   operator.token opens the admin API, 0600
//   master.key.next  while that key is changed (master_key_command.h)
//   service.json     where the running service answers, for the command line
//   tls/             the private CA and its certificates
// Made with mode 0700. Secrets are written beside, synced and linked into place, so that a crash
// leaves the whole file or none.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/error.h"

namespace cachery {

struct ServiceFile {
  std::string http = {};  // "http://127.0.0.1:8080"
  int64_t pid = 0;
};

// Paths only: nothing is touched.
struct DataDirPaths {
  std::filesystem::path root;

  std::filesystem::path database() const { return root / "cachery.db"; }
  std::filesystem::path lock() const { return root / "cachery.lock"; }
  std::filesystem::path master_key() const { return root / "master.key"; }
  std::filesystem::path next_master_key() const { return root / "master.key.next"; }
  std::filesystem::path operator_token() const { return root / "operator.token"; }
  std::filesystem::path service() const { return root / "service.json"; }
  std::filesystem::path tls() const { return root / "tls"; }
};

// A data directory that is locked for this process, until the object goes.
class DataDir {
 public:
  // Makes what is missing. conflict: another process holds it (named by its pid).
  [[nodiscard]] static Result<DataDir> open(const std::filesystem::path& root);
  ~DataDir();
  DataDir(DataDir&& other) noexcept;
  DataDir& operator=(DataDir&&) = delete;

  const DataDirPaths& paths() const { return paths_; }
  // Hex digits, made at the first call. A missing key beside a database is an error, not a new key:
  // no password in that database could be opened with it; so is a change of it that was cut short.
  [[nodiscard]] Result<std::string> master_key() const;
  // The one that is to be, made at the first call; and then in the old one's place.
  [[nodiscard]] Result<std::string> next_master_key() const;
  [[nodiscard]] Status adopt_next_master_key() const;
  // It goes, when a change did not come about.
  [[nodiscard]] Status drop_next_master_key() const;
  // invalid: the file holds one that is so short that it can be guessed.
  [[nodiscard]] Result<std::string> operator_token() const;
  // To be written when the service is ready; removed when this object goes.
  [[nodiscard]] Status write_service(const ServiceFile& service) const;

 private:
  DataDir(std::filesystem::path root, int lock) : paths_{std::move(root)}, lock_(lock) {}

  DataDirPaths paths_;
  int lock_;  // descriptor; -1: moved from
};

// For the command line, without the lock.
[[nodiscard]] Result<std::string> read_secret(const std::filesystem::path& path);
[[nodiscard]] Result<ServiceFile> read_service(const DataDirPaths& paths);

}  // namespace cachery
