#include "data_dir.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/random.h"
#include "http/json.h"

namespace cachery {
namespace {

constexpr size_t kSecretBytes = 32;
constexpr size_t kOperatorTokenBytesMin = 16;

std::unexpected<Error> system_failure(std::string_view act, const std::filesystem::path& path,
                                      std::string_view advice) {
  const int number = errno;
  return fail(Fault::unavailable, fmt::format("cannot {} {}: {}: {}", act, path.string(),
                                              std::strerror(number), advice));
}

// Files of ours are small and regular: a pipe or a device there would be waited for, or read, for
// ever. errno says why it is empty.
std::string read_text(const std::filesystem::path& path) {
  constexpr size_t kTextBytesMax = 64u << 10;
  errno = 0;
  const int file = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (file < 0) return {};
  struct stat status{};
  const bool is_regular = ::fstat(file, &status) == 0 && S_ISREG(status.st_mode);
  std::string text(is_regular ? kTextBytesMax : 0, '\0');
  const ssize_t count = is_regular ? ::read(file, text.data(), text.size()) : 0;
  const int number = is_regular ? errno : EINVAL;
  ::close(file);
  errno = count < 0 || !is_regular ? number : 0;
  text.resize(static_cast<size_t>(std::max<ssize_t>(count, 0)));
  return text;
}

std::string trimmed(std::string text) {
  text.erase(text.find_last_not_of(" \t\r\n") + 1);
  return text;
}

Status write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0) return fail(Fault::unavailable, std::strerror(errno));
    text.remove_prefix(static_cast<size_t>(written));
  }
  if (::fsync(file) != 0) return fail(Fault::unavailable, std::strerror(errno));
  return {};
}

// So that a rename in it outlives a loss of power.
Status sync_directory(const std::filesystem::path& path) {
  const int directory = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool is_synced = directory >= 0 && ::fsync(directory) == 0;
  const int number = errno;
  if (directory >= 0) ::close(directory);
  errno = number;
  if (is_synced) return {};
  return system_failure("sync", path, "check its disk");
}

// The whole file or none, for its owner only.
Status write_file(const std::filesystem::path& path, std::string_view text) {
  const std::filesystem::path beside = path.string() + ".new";
  const int file = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return system_failure("write", beside, "check that the directory is writable");
  auto written = write_all(file, text);
  ::close(file);
  if (!written) {
    return fail(Fault::unavailable, fmt::format("cannot write {}: {}: free some space on its disk",
                                                path.string(), written.error().detail));
  }
  if (::rename(beside.c_str(), path.c_str()) != 0) {
    return system_failure("write", path, "check that the directory is writable");
  }
  return sync_directory(path.parent_path());
}

Result<std::string> read_or_make_secret(const std::filesystem::path& path) {
  if (std::error_code ignored; std::filesystem::exists(path, ignored)) return read_secret(path);
  const std::string secret = random_hex(kSecretBytes, HexCase::lower);
  if (auto written = write_file(path, secret + "\n"); !written) {
    return std::unexpected(written.error());
  }
  return secret;
}

}  // namespace

Result<DataDir> DataDir::open(const std::filesystem::path& root) {
  std::error_code error;
  const bool is_new = !std::filesystem::exists(root, error);
  std::filesystem::create_directories(root, error);
  if (error) {
    return fail(Fault::unavailable,
                fmt::format("cannot make the data directory {}: {}: give another with --data-dir",
                            root.string(), error.message()));
  }
  if (is_new && ::chmod(root.c_str(), 0700) != 0) {
    return system_failure("protect", root, "give another directory with --data-dir");
  }
  const DataDirPaths paths{root};
  const int lock = ::open(paths.lock().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0) {
    return system_failure("write in the data directory", root,
                          "make it writable, or give another with --data-dir");
  }
  DataDir opened(root, lock);
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    opened.lock_ = -1;  // what the other process has written there is its own
    ::close(lock);
    return fail(Fault::conflict,
                fmt::format("the data directory {} is in use by process {}: stop that one, or give "
                            "another with --data-dir",
                            root.string(), trimmed(read_text(paths.lock()))));
  }
  const std::string pid = fmt::format("{}\n", ::getpid());
  if (::ftruncate(lock, 0) != 0 || !write_all(lock, pid)) {
    return system_failure("write", paths.lock(), "free some space on its disk");
  }
  return opened;
}

DataDir::DataDir(DataDir&& other) noexcept : paths_(std::move(other.paths_)), lock_(other.lock_) {
  other.lock_ = -1;
}

DataDir::~DataDir() {
  if (lock_ < 0) return;
  ::unlink(paths_.service().c_str());
  ::close(lock_);  // and the lock with it
}

Result<std::string> DataDir::master_key() const {
  std::error_code ignored;
  if (!std::filesystem::exists(paths_.master_key(), ignored) &&
      std::filesystem::exists(paths_.database(), ignored)) {
    return fail(Fault::conflict,
                fmt::format("{} is missing, and the passwords in {} cannot be opened without it: "
                            "put it back",
                            paths_.master_key().string(), paths_.database().string()));
  }
  if (std::filesystem::exists(paths_.next_master_key(), ignored)) {
    return fail(Fault::conflict,
                fmt::format("{} is there: a change of the master key was cut short, finish it with "
                            "`cachery master-key rotate`",
                            paths_.next_master_key().string()));
  }
  auto key = read_or_make_secret(paths_.master_key());
  if (key && key->size() != 2 * kSecretBytes) {
    return fail(Fault::invalid, fmt::format("{} is damaged: put back {} hex digits",
                                            paths_.master_key().string(), 2 * kSecretBytes));
  }
  return key;
}

Result<std::string> DataDir::next_master_key() const {
  return read_or_make_secret(paths_.next_master_key());
}

Status DataDir::adopt_next_master_key() const {
  if (::rename(paths_.next_master_key().c_str(), paths_.master_key().c_str()) == 0) {
    return sync_directory(paths_.root);
  }
  return system_failure("write", paths_.master_key(), "run the same command again");
}

Status DataDir::drop_next_master_key() const {
  if (::unlink(paths_.next_master_key().c_str()) == 0 || errno == ENOENT) {
    return sync_directory(paths_.root);
  }
  return system_failure("remove", paths_.next_master_key(), "remove it by hand");
}

Result<std::string> DataDir::operator_token() const {
  auto token = read_or_make_secret(paths_.operator_token());
  if (token && token->size() < kOperatorTokenBytesMin) {
    return fail(
        Fault::invalid,
        fmt::format("{} holds {} bytes, which can be guessed: give it at least {}, or "
                    "remove it and one is made",
                    paths_.operator_token().string(), token->size(), kOperatorTokenBytesMin));
  }
  return token;
}

Status DataDir::write_service(const ServiceFile& service) const {
  const http::json::value value = {{"http", service.http}, {"pid", service.pid}};
  return write_file(paths_.service(), http::json::serialize(value) + "\n");
}

Result<std::string> read_secret(const std::filesystem::path& path) {
  errno = 0;
  std::string secret = trimmed(read_text(path));
  if (!secret.empty()) return secret;
  if (errno == EINVAL) {
    return fail(Fault::invalid,
                fmt::format("{} is no regular file: move it away, and one is made", path.string()));
  }
  if (errno == 0) return fail(Fault::invalid, fmt::format("{} is empty", path.string()));
  return system_failure("read", path, "run this as the user that the service runs as");
}

Result<ServiceFile> read_service(const DataDirPaths& paths) {
  const auto object = http::parse_object(read_text(paths.service()));
  ServiceFile service;
  if (object) {
    http::JsonFields fields(*object);
    service.http = fields.text("http").value_or("");
    service.pid = static_cast<int64_t>(fields.number("pid", INT64_MAX).value_or(0));
  }
  if (!service.http.empty()) return service;
  return fail(Fault::unavailable,
              fmt::format("no service runs on {}: start one with `cachery serve`, or say where it "
                          "is with --data-dir or --url",
                          paths.root.string()));
}

}  // namespace cachery
