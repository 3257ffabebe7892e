#include "follow_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <map>
#include <ostream>

#include "http/json.h"
#include "moving/follow.h"

namespace cachery {
namespace {

using moving::FollowCounters;
using moving::OldServerCounters;
using std::chrono::steady_clock;

// "memcache://user:password@host:port", or "host:port" alone.
moving::Server server_of(std::string_view url, const moving::Server& login) {
  moving::Server server = login;
  if (const size_t scheme = url.find("://"); scheme != std::string_view::npos) {
    url.remove_prefix(scheme + 3);
  }
  if (const size_t at = url.rfind('@'); at != std::string_view::npos) {
    const std::string_view user = url.substr(0, at);
    const size_t colon = std::min(user.find(':'), user.size());
    server.username = user.substr(0, colon);
    server.password = user.substr(std::min(colon + 1, user.size()));
    url.remove_prefix(at + 1);
  }
  if (url.ends_with('/')) url.remove_suffix(1);
  server.address = url;
  return server;
}

Result<moving::FollowSettings> settings_of(const FollowArguments& arguments,
                                           const moving::CopySettings& copy) {
  moving::FollowSettings settings;
  settings.cache = copy.to;
  settings.old = {.server = server_of(arguments.url, copy.from),
                  .connections = arguments.connections,
                  .patience = std::chrono::milliseconds(arguments.patience_ms),
                  .items_per_second = copy.items_per_second,
                  .untold_seconds = static_cast<int64_t>(arguments.untold_seconds)};
  const std::string& listen = arguments.listen;
  const size_t colon = listen.rfind(':');
  const char* const last = listen.data() + listen.size();
  if (colon == std::string::npos ||
      std::from_chars(&listen[colon] + 1, last, settings.listen_port).ptr != last) {
    return fail(Fault::invalid, fmt::format("--listen {}: say ADDRESS:PORT", listen));
  }
  settings.listen_address = listen.substr(0, colon);
  return settings;
}

http::json::object as_json(const moving::Follower& follower, double seconds) {
  const FollowCounters& own = follower.counters();
  const OldServerCounters& old = follower.old().counters();
  return {{"needed", own.needed.load()},
          {"missing", own.missing.load()},
          {"copied", own.copied.load()},
          {"absent", old.absent.load()},
          {"kept", own.kept.load()},
          {"refused", own.refused.load()},
          {"late", old.late.load()},
          {"unavailable", old.unavailable.load()},
          {"over_rate", old.over_rate.load()},
          {"unreadable", own.unreadable.load()},
          {"deleted", old.deleted.load()},
          {"undeleted", old.undeleted.load()},
          {"flushes", own.flushes.load()},
          {"refused_clients", own.refused_clients.load()},
          {"seconds", seconds}};
}

std::string as_text(const moving::Follower& follower, double seconds) {
  const FollowCounters& own = follower.counters();
  const OldServerCounters& old = follower.old().counters();
  std::string text = fmt::format(
      "followed {:.0f} s: requests were about {} items, the cache lacked {}, {} were copied\n",
      seconds, own.needed.load(), own.missing.load(), own.copied.load());
  const auto add = [&](uint64_t count, std::string_view what) {
    if (count != 0) text += fmt::format("{:>12}  {}\n", count, what);
  };
  add(old.absent, "the old server did not have either");
  add(own.kept, "were written by the application meanwhile, and stay as they are");
  add(own.refused, "the cache refused (too large, or no right to write)");
  add(old.late, "the old server did not answer in time (--patience)");
  add(old.unavailable, "were not asked for: no connection to the old server was free");
  add(old.over_rate, "were not asked for: over --rate");
  add(own.unreadable, "requests had a key that no text command can name");
  add(old.deleted, "are deleted on the old server, since the application has written them");
  add(old.undeleted, "should be deleted there and are not: do not read from it again");
  add(own.flushes, "flushes, after which nothing was copied: do not follow it again");
  add(own.refused_clients, "connections were too many");
  return text;
}

// Drawn over itself on a terminal, and not at all where the output goes to a file.
void draw(const moving::Follower& follower, std::ostream& out) {
  if (isatty(STDERR_FILENO) != 1) return;
  const FollowCounters& own = follower.counters();
  out << fmt::format("\r{} clients, {} items needed, {} missing, {} copied ", own.clients.load(),
                     own.needed.load(), own.missing.load(), own.copied.load())
      << std::flush;
}

// SIGINT and SIGTERM, for this thread and all that it starts from now on.
sigset_t block_end_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

void wait_for_end(moving::Follower& follower, const FollowArguments& arguments,
                  const sigset_t& signals, std::ostream& err) {
  const auto begin = steady_clock::now();
  const timespec second{.tv_sec = 1, .tv_nsec = 0};
  while (::sigtimedwait(&signals, nullptr, &second) < 0) {
    draw(follower, err);
    if (arguments.seconds == 0 || !follower.is_asking()) continue;
    if (steady_clock::now() - begin < std::chrono::seconds(arguments.seconds)) continue;
    follower.stop_asking();
    err << fmt::format("\n{} s are over: the old server is not asked any more, connections go on\n",
                       arguments.seconds);
  }
}

}  // namespace

void FollowArguments::add_to(CLI::App& command) {
  const std::map<std::string, uint64_t> units{{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}};
  command.add_option(
      "--follow", url,
      "HOST:PORT or memcache://USER:PASSWORD@HOST:PORT of a memcached to read through "
      "to, on a miss, in front of the cache");
  command
      .add_option("--listen", listen, "ADDRESS:PORT for applications to connect to, with --follow")
      ->capture_default_str();
  command.add_option("--for", seconds, "how long it is asked, as 90s, 30m or 2h; 0: to the end")
      ->transform(CLI::AsNumberWithUnit(units))
      ->capture_default_str();
  command.add_option("--patience", patience_ms, "milliseconds that a request waits for it at most")
      ->check(CLI::Range(1, 60'000))
      ->capture_default_str();
  command.add_option("--connections", connections, "to it, at most")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  command
      .add_option("--ttl", untold_seconds,
                  "seconds that an item may live where it cannot tell (before memcached 1.6)")
      ->check(CLI::Range(1, 30 * 86400))
      ->capture_default_str();
}

void run_follow(const FollowArguments& arguments, const moving::CopySettings& copy,
                Terminal& terminal) {
  const auto settings = settings_of(arguments, copy);
  if (!settings) return terminal.report(settings.error(), kExitUsage);
  const sigset_t signals = block_end_signals();
  const auto begin = steady_clock::now();
  const auto follower = moving::Follower::start(*settings);
  if (!follower) return terminal.report(follower.error());
  if (const std::string& why = (*follower)->old().first_failure(); !why.empty()) {
    terminal.err << fmt::format("the old server does not answer yet: {}\n", why);
  }
  terminal.out << fmt::format("ready memcache={}:{}\n", settings->listen_address,
                              (*follower)->port())
               << std::flush;
  wait_for_end(**follower, arguments, signals, terminal.err);
  const double seconds = std::chrono::duration<double>(steady_clock::now() - begin).count();
  if (arguments.wants_json) {
    terminal.out << http::json::serialize(as_json(**follower, seconds)) << '\n';
  } else {
    terminal.out << as_text(**follower, seconds);
  }
}

}  // namespace cachery
