#include "cachery_world.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <charconv>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <thread>

#include "process.h"
#include "tcp.h"

namespace cachery::conversation {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kStartPatience{15000};

// A directory of our own, removed with all that the server has put into it.
class Directory {
 public:
  Directory() : path_(std::filesystem::temp_directory_path() / "conversation_XXXXXX") {
    if (::mkdtemp(path_.data()) == nullptr) path_.clear();
  }
  ~Directory() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// `ready memcache=HOST:PORT tls=… http=…`
Result<int> port_of(std::string_view ready) {
  const std::size_t word = ready.find("memcache=");
  const std::size_t end = ready.find(' ', word);
  const std::size_t colon = ready.substr(0, end).rfind(':');
  if (word == std::string_view::npos || colon == std::string_view::npos || colon < word) {
    return fail(Fault::unavailable, fmt::format("no memcache port in \"{}\"", ready));
  }
  int port = 0;
  const std::string_view digits = ready.substr(colon + 1, end - colon - 1);
  std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (port == 0) return fail(Fault::unavailable, fmt::format("no port in \"{}\"", ready));
  return port;
}

class CacheryWorld : public World {
 public:
  static Result<std::unique_ptr<World>> open(const std::string& program,
                                             const Conversation& conversation) {
    auto world = std::make_unique<CacheryWorld>(program);
    const Status started = world->start(conversation.needs_accounts);
    if (!started) return std::unexpected(started.error());
    if (!conversation.needs_accounts) return world;
    const Status peopled = world->create_people();
    if (!peopled) return std::unexpected(peopled.error());
    return world;
  }

  explicit CacheryWorld(std::string program) : program_(std::move(program)) {}

  Result<std::unique_ptr<Connection>> connect() override { return connect_tcp(port_); }

  Status advance(std::chrono::seconds by) override {
    std::this_thread::sleep_for(by);
    return {};
  }

  Status clear() override {
    if (people_.empty()) return ask_tcp(port_, "flush_all\r\n", "OK\r\n");
    for (const char* person : {"owner", "other"}) {
      const Status cleared = clear_as(person);
      if (!cleared) return cleared;
    }
    return {};
  }

  Variables variables() override {
    Variables all = people_;
    all["now"] = std::to_string(std::time(nullptr));
    return all;
  }

 private:
  Status start(bool with_accounts) {
    std::vector<std::string> arguments{program_, "serve"};
    if (!with_accounts) arguments.emplace_back("--local");
    arguments.insert(arguments.end(),
                     {"--data-dir", directory_.path(), "--memcache-port", "0", "--tls-port", "0",
                      "--http-port", "0", "--memory", "256m", "--threads", "1"});
    Result<Process> process = Process::start(arguments);
    if (!process) return std::unexpected(process.error());
    process_ = std::make_unique<Process>(std::move(*process));
    const Result<std::string> ready = process_->read_line(kStartPatience);
    if (!ready) return fail(Fault::unavailable, program_ + " serve: " + ready.error().detail);
    const Result<int> port = port_of(*ready);
    if (!port) return std::unexpected(port.error());
    port_ = *port;
    return {};
  }

  Status create_people() {
    const Status caches[] = {
        add("owner", {"cache", "create", "--name", "one", "--plan", "dev"}),
        add("other", {"cache", "create", "--name", "two", "--plan", "dev"}),
        add("reader", {"credential", "create", "one", "--write", "false", "--flush", "false"}),
        add("writer", {"credential", "create", "one", "--flush", "false"}),
        add("tenant", {"credential", "create", "one", "--key-prefix", "app:"}),
    };
    for (const Status& added : caches) {
      if (!added) return added;
    }
    return {};
  }

  Status add(const std::string& person, std::vector<std::string> command) {
    command.insert(command.begin(), program_);
    command.insert(command.end(), {"--json", "--data-dir", directory_.path()});
    const std::string shown = fmt::format("{}", fmt::join(command, " "));
    Result<Process> process = Process::start(command);
    if (!process) return std::unexpected(process.error());
    const Result<std::string> output = process->read_all(kStartPatience);
    if (!output) return fail(Fault::unavailable, shown + ": " + output.error().detail);
    boost::system::error_code error;
    const boost::json::value json = boost::json::parse(*output, error);
    const auto* object = error ? nullptr : json.if_object();
    const auto* user = object == nullptr ? nullptr : object->if_contains("username");
    const auto* password = object == nullptr ? nullptr : object->if_contains("password");
    if (user == nullptr || password == nullptr || !user->is_string() || !password->is_string()) {
      return fail(Fault::unavailable, shown + " printed no username and password: " + *output);
    }
    people_[person + "_user"] = user->get_string().c_str();
    people_[person + "_password"] = password->get_string().c_str();
    return {};
  }

  Status clear_as(const std::string& person) {
    const std::string& user = people_[person + "_user"];
    const std::string& password = people_[person + "_password"];
    return ask_tcp(port_,
                   fmt::format("set {} 0 0 {}\r\n{}\r\nflush_all\r\n", user, password.size(),
                               password),
                   "STORED\r\nOK\r\n");
  }

  std::string program_;
  Directory directory_;
  std::unique_ptr<Process> process_;  // ends before the directory is removed
  int port_ = 0;
  Variables people_;
};

}  // namespace

Result<std::unique_ptr<World>> make_cachery_world(const std::string& program,
                                                  const Conversation& conversation) {
  return CacheryWorld::open(program, conversation);
}

}  // namespace cachery::conversation
