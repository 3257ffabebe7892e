#include "process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstring>
#include <utility>

namespace cachery::conversation {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Between fork and exec: only calls that are safe in a child of a process with threads.
[[noreturn]] void become(char* const* arguments, int output) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(nothing, STDERR_FILENO);
  ::execv(arguments[0], arguments);
  ::_exit(127);
}

}  // namespace

Result<Process> Process::start(const std::vector<std::string>& arguments) {
  std::vector<char*> pointers;
  for (const std::string& argument : arguments) {
    pointers.push_back(const_cast<char*>(argument.c_str()));
  }
  pointers.push_back(nullptr);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail(Fault::exhausted, "no pipe");
  const pid_t pid = ::fork();
  if (pid == 0) become(pointers.data(), ends[1]);
  ::close(ends[1]);
  if (pid < 0) {
    ::close(ends[0]);
    return fail(Fault::exhausted, "no process");
  }
  return Process(pid, ends[0]);
}

Process::Process(Process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      output_(std::exchange(other.output_, -1)),
      read_(std::move(other.read_)) {}

Process& Process::operator=(Process&& other) noexcept {
  if (this == &other) return *this;
  end();
  pid_ = std::exchange(other.pid_, -1);
  output_ = std::exchange(other.output_, -1);
  read_ = std::move(other.read_);
  return *this;
}

Process::~Process() { end(); }

void Process::end() {
  if (output_ >= 0) ::close(output_);
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

bool Process::read_some(steady_clock::time_point until) {
  const auto left = std::chrono::duration_cast<milliseconds>(until - steady_clock::now()).count();
  pollfd waiting{output_, POLLIN, 0};
  if (left <= 0 || ::poll(&waiting, 1, static_cast<int>(left)) <= 0) return false;
  std::array<char, 4096> buffer;
  const ssize_t count = ::read(output_, buffer.data(), buffer.size());
  if (count <= 0) return false;
  read_.append(buffer.data(), static_cast<std::size_t>(count));
  return true;
}

Result<std::string> Process::read_line(milliseconds patience) {
  const auto until = steady_clock::now() + patience;
  while (read_.find('\n') == std::string::npos) {
    if (!read_some(until)) return fail(Fault::unavailable, "no line came: \"" + read_ + "\"");
  }
  const std::size_t end = read_.find('\n');
  std::string line = read_.substr(0, end);
  read_.erase(0, end + 1);
  return line;
}

Result<std::string> Process::read_all(milliseconds patience) {
  const auto until = steady_clock::now() + patience;
  while (read_some(until)) {
  }
  int status = 0;
  const bool ended = steady_clock::now() < until && ::waitpid(pid_, &status, 0) == pid_;
  if (!ended) return fail(Fault::unavailable, "it did not end in time");
  pid_ = -1;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return std::move(read_);
  return fail(Fault::unavailable, fmt::format("it ended with status {}", status));
}

bool Process::is_running() {
  if (pid_ < 0) return false;
  if (::waitpid(pid_, nullptr, WNOHANG) == 0) return true;
  pid_ = -1;
  return false;
}

Result<int> free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return fail(Fault::exhausted, "no socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  const bool bound = ::bind(socket, generic, size) == 0 &&
                     ::getsockname(socket, generic, &size) == 0;
  ::close(socket);
  if (!bound) return fail(Fault::exhausted, "no free port on the loopback address");
  return ntohs(address.sin_port);
}

}  // namespace cachery::conversation
