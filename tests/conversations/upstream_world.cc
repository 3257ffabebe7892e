#include "upstream_world.h"

#include <fmt/format.h>

#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <thread>

#include "process.h"
#include "tcp.h"

namespace cachery::conversation {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kStartPatience{5000};
constexpr milliseconds kStartPoll{2};
constexpr int kPortAttempts = 5;
constexpr const char* kOwner = "15F38e";
constexpr const char* kOwnerPassword = "0123456789ABCDEF0123456789ABCDEF";

class UpstreamWorld : public World {
 public:
  UpstreamWorld(Process process, int port, std::string login)
      : process_(std::move(process)), port_(port), login_(std::move(login)) {}

  Result<std::unique_ptr<Connection>> connect() override { return connect_tcp(port_); }

  Status advance(std::chrono::seconds by) override {
    std::this_thread::sleep_for(by);
    return {};
  }

  Status clear() override {
    const std::string stored = login_.empty() ? "" : "STORED\r\n";
    return ask_tcp(port_, login_ + "flush_all\r\n", stored + "OK\r\n");
  }

  Variables variables() override {
    return {{"now", std::to_string(std::time(nullptr))},
            {"owner_user", kOwner},
            {"owner_password", kOwnerPassword}};
  }

 private:
  Process process_;
  int port_;
  std::string login_;  // what a connection has to say first, empty without accounts
};

std::string owner_login() {
  const std::string token = fmt::format("{} {}", kOwner, kOwnerPassword);
  return fmt::format("set auth 0 0 {}\r\n{}\r\n", token.size(), token);
}

Result<std::string> write_password_file() {
  std::string path = std::filesystem::temp_directory_path() / "conversation_XXXXXX";
  const int file = ::mkstemp(path.data());
  if (file < 0) return fail(Fault::exhausted, "no temporary file in " + path);
  std::FILE* stream = ::fdopen(file, "w");
  fmt::print(stream, "{}:{}\n", kOwner, kOwnerPassword);
  std::fclose(stream);
  std::filesystem::permissions(path, std::filesystem::perms(0644));
  return path;
}

bool becomes_ready(Process& process, int port) {
  const auto until = std::chrono::steady_clock::now() + kStartPatience;
  while (process.is_running() && std::chrono::steady_clock::now() < until) {
    if (connect_tcp(port)) return process.is_running();
    std::this_thread::sleep_for(kStartPoll);
  }
  return false;
}

Result<std::unique_ptr<World>> start(const std::vector<std::string>& arguments,
                                     const std::string& login) {
  for (int attempt = 0; attempt < kPortAttempts; ++attempt) {
    const Result<int> port = free_port();
    if (!port) return std::unexpected(port.error());
    std::vector<std::string> all = arguments;
    all.insert(all.end(), {"-l", "127.0.0.1", "-p", std::to_string(*port)});
    Result<Process> process = Process::start(all);
    if (!process) return std::unexpected(process.error());
    if (!becomes_ready(*process, *port)) continue;
    return std::make_unique<UpstreamWorld>(std::move(*process), *port, login);
  }
  return fail(Fault::unavailable, arguments.front() + " does not start");
}

}  // namespace

Result<Version> ask_upstream_version(const std::string& program) {
  Result<Process> process = Process::start({program, "-V"});
  if (!process) return std::unexpected(process.error());
  const Result<std::string> line = process->read_line(kStartPatience);
  const std::size_t space = line ? line->find(' ') : std::string::npos;
  if (space == std::string::npos) return fail(Fault::unavailable, program + " says no version");
  const auto version = parse_version(std::string_view(*line).substr(space + 1));
  if (!version) return fail(Fault::unavailable, program + " says " + *line);
  return *version;
}

Result<std::unique_ptr<World>> make_upstream_world(const std::string& program,
                                                   const Conversation& conversation) {
  std::vector<std::string> arguments{program, "-U", "0", "-u", "nobody", "-t", "1"};
  if (!conversation.needs_accounts) return start(arguments, "");
  const Result<std::string> passwords = write_password_file();
  if (!passwords) return std::unexpected(passwords.error());
  arguments.insert(arguments.end(), {"-Y", *passwords});
  Result<std::unique_ptr<World>> world = start(arguments, owner_login());
  std::filesystem::remove(*passwords);  // it was read before the port was open
  return world;
}

}  // namespace cachery::conversation
