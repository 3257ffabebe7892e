// For tests: a real PostgreSQL of the distribution in a temporary directory, on a Unix socket there
// and on no port. As root it runs as the user postgres, for it refuses to run as root. It ends with
// this object, and by the kernel if the test program dies.
#pragma once

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <libpq-fe.h>
#include <poll.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "base/check.h"
#include "control/db/postgresql.h"

namespace cachery::control::db {

class PostgresqlServer {
 public:
  // Where the distribution has put it; empty: nowhere.
  static std::filesystem::path programs() {
    const std::filesystem::path versions = "/usr/lib/postgresql";
    std::filesystem::path newest;
    if (!std::filesystem::exists(versions)) return newest;
    for (const auto& one : std::filesystem::directory_iterator(versions)) {
      if (!std::filesystem::exists(one.path() / "bin/initdb")) continue;
      newest = std::max(newest, one.path() / "bin");
    }
    return newest;
  }

  PostgresqlServer() {
    std::string name = (std::filesystem::temp_directory_path() / "cachery-pg-XXXXXX").string();
    CHECK(::mkdtemp(name.data()) != nullptr);
    directory_ = name;
    if (const passwd* user = ::geteuid() == 0 ? ::getpwnam("postgres") : nullptr) {
      user_ = user->pw_uid;
      group_ = user->pw_gid;
      CHECK(::chown(name.c_str(), user_, group_) == 0);
    }
    const pid_t made = start_program({"initdb", "-D", data(), "-U", "cachery", "-A", "trust",
                                      "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"});
    CHECK(wait_for(made) == 0);
    start();
  }
  ~PostgresqlServer() {
    stop(SIGINT);
    std::filesystem::remove_all(directory_);
  }
  PostgresqlServer(const PostgresqlServer&) = delete;
  PostgresqlServer& operator=(const PostgresqlServer&) = delete;

  // Returns when it answers.
  void start() {
    process_ = start_program({"postgres", "-D", data(), "-k", directory_.string(), "-c",
                              "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=100"});
    while (PQping(address("").c_str()) != PQPING_OK) {
      CHECK(::waitpid(process_, nullptr, WNOHANG) == 0);
      ::poll(nullptr, 0, 20);
    }
  }
  // SIGINT: clients are cut off, the data is put in order. SIGQUIT: as by a crash, with recovery at
  // the next start. (SIGKILL would leave the server's children behind for a moment.)
  void stop(int signal) {
    if (process_ <= 0) return;
    ::kill(process_, signal);
    wait_for(std::exchange(process_, 0));
  }
  // A schema of its own, empty.
  std::string make_database() {
    const std::string schema = fmt::format("test_{}", ++made_count_);
    auto connection = open_postgresql(address(""));
    CHECK(connection.has_value());
    CHECK((*connection)->run("CREATE SCHEMA " + schema).has_value());
    return address(schema);
  }
  std::string address(const std::string& schema) const {
    const std::string path = schema.empty() ? "" : "&options=-csearch_path%3D" + schema;
    return fmt::format("postgresql:///postgres?user=cachery&host={}{}", directory_.string(), path);
  }

 private:
  std::string data() const { return (directory_ / "data").string(); }

  pid_t start_program(std::vector<std::string> arguments) {
    const std::string program = (programs() / arguments[0]).string();
    const std::string log = (directory_ / "log").string();
    std::vector<char*> words;
    for (std::string& one : arguments) words.push_back(one.data());
    words.push_back(nullptr);
    const pid_t child = ::fork();
    CHECK(child >= 0);
    if (child != 0) return child;
    if (user_ != 0 &&
        (::setgroups(0, nullptr) != 0 || ::setgid(group_) != 0 || ::setuid(user_) != 0)) {
      ::_exit(126);
    }
    ::prctl(PR_SET_PDEATHSIG, SIGINT);
    const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(out, STDERR_FILENO);
    ::setpgid(0, 0);
    ::execv(program.c_str(), words.data());
    ::_exit(127);
  }
  static int wait_for(pid_t process) {
    int status = 0;
    ::waitpid(process, &status, 0);
    return status;
  }

  std::filesystem::path directory_;
  uid_t user_ = 0;
  gid_t group_ = 0;
  pid_t process_ = 0;
  int made_count_ = 0;
};

}  // namespace cachery::control::db
