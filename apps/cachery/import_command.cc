#include "import_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <ostream>

#include "admin_client.h"
#include "follow_command.h"
#include "http/target.h"
#include "moving/copy.h"
#include "net/tls_client.h"

namespace cachery {
namespace {

using std::chrono::steady_clock;

constexpr uint64_t kItemsPerSecond = 10'000;  // leaves a memcached nine tenths of a core
constexpr int kBarWidth = 30;
constexpr std::chrono::milliseconds kRedraw{200};

struct ImportArguments {
  ClientOptions client = {};
  moving::CopySettings copy = {};
  std::string cache = {};
  FollowArguments follow = {};
  bool is_tls = false;  // to the old server
  net::TlsClientSettings trust = {};
};

double mebibytes(uint64_t bytes) { return static_cast<double>(bytes) / (1 << 20); }

// Drawn over itself on a terminal, and not at all where the output goes to a file.
class ProgressBar {
 public:
  explicit ProgressBar(std::ostream& out) : out_(out), is_terminal_(isatty(STDERR_FILENO) == 1) {}

  void draw(const moving::Progress& progress) {
    const auto now = steady_clock::now();
    if (!is_terminal_ || (now - drawn_ < kRedraw && progress.done < progress.keys)) return;
    drawn_ = now;
    const double share = progress.keys == 0 ? 1.0
                                            : static_cast<double>(progress.done) /
                                                  static_cast<double>(progress.keys);
    const int filled = static_cast<int>(share * kBarWidth);
    out_ << fmt::format("\r[{:#<{}}{:.<{}}] {:3.0f} %  {} of {} items, {:.1f} MiB", "", filled, "",
                        kBarWidth - filled, share * 100, progress.done, progress.keys,
                        mebibytes(progress.copied_bytes))
         << std::flush;
  }

  void end() {
    if (is_terminal_) out_ << '\n';
  }

 private:
  std::ostream& out_;
  const bool is_terminal_;
  steady_clock::time_point drawn_ = {};
};

// The address and the login of a cache of this installation.
Result<moving::Server> target_of(const ImportArguments& arguments) {
  const auto client = AdminClient::connect(arguments.client);
  if (!client) return std::unexpected(client.error());
  const auto cache =
      client->ask(http::Method::get, "/caches/" + http::encode_segment(arguments.cache));
  if (!cache) return std::unexpected(cache.error());
  const auto text = [&](const char* pointer) {
    http::json::error_code failure;
    const http::json::value* found = cache->find_pointer(pointer, failure);
    return found != nullptr && found->is_string() ? std::string(found->get_string())
                                                  : std::string();
  };
  return moving::Server{
      .address = text("/servers/0"), .username = text("/username"), .password = text("/password")};
}

http::json::object as_json(const moving::Progress& done, double seconds) {
  return {{"keys", done.keys},           {"list_is_whole", done.is_list_whole},
          {"copied", done.copied},       {"bytes", done.copied_bytes},
          {"gone", done.gone},           {"kept", done.kept},
          {"too_large", done.too_large}, {"unreadable", done.unreadable},
          {"refused", done.refused},     {"seconds", seconds}};
}

std::string as_text(const moving::Progress& done, double seconds) {
  std::string text = fmt::format("imported {} of {} items, {:.1f} MiB in {:.1f} s\n", done.copied,
                                 done.keys, mebibytes(done.copied_bytes), seconds);
  const auto add = [&](uint64_t count, std::string_view what) {
    if (count != 0) text += fmt::format("{:>12}  {}\n", count, what);
  };
  if (!done.is_list_whole) {
    text +=
        "the old server fell silent while it told its keys, so items may be missing: try again\n";
  }
  add(done.gone, "had expired or were deleted before they were read");
  add(done.kept, "were there already and stay as they are (--overwrite replaces them)");
  add(done.too_large, "are larger than an item may be");
  add(done.unreadable, "have a key that no text command can name");
  add(done.refused, fmt::format("were refused, at last with: {}", done.refusal));
  return text;
}

void run_copy(const ImportArguments& arguments, Terminal& terminal) {
  const auto begin = steady_clock::now();
  ProgressBar bar(terminal.err);
  const auto done = moving::copy_items(
      arguments.copy, [&](const moving::Progress& progress) { bar.draw(progress); });
  if (!done) return terminal.report(done.error());
  bar.end();
  const double seconds = std::chrono::duration<double>(steady_clock::now() - begin).count();
  if (arguments.client.wants_json) {
    terminal.out << http::json::serialize(as_json(*done, seconds)) << '\n';
  } else {
    terminal.out << as_text(*done, seconds);
  }
  if (done->refused != 0) terminal.exit_code = kExitFailed;
}

void run_import(ImportArguments& arguments, Terminal& terminal) {
  if (arguments.cache.empty() == arguments.copy.to.address.empty()) {
    return terminal.report({Fault::invalid, "say either --cache NAME or --to HOST:PORT"},
                           kExitUsage);
  }
  if (arguments.copy.from.address.empty() == arguments.follow.url.empty()) {
    return terminal.report({Fault::invalid, "say either --from HOST:PORT or --follow URL"},
                           kExitUsage);
  }
  if (!arguments.cache.empty()) {
    auto target = target_of(arguments);
    if (!target) return terminal.report(target.error());
    arguments.copy.to = std::move(*target);
  }
  if (arguments.is_tls || !arguments.trust.ca_path.empty() || !arguments.trust.verifies) {
    auto context = net::make_client_context(arguments.trust);
    if (!context) return terminal.report(context.error(), kExitUsage);
    arguments.copy.from.tls = std::move(*context);
  }
  if (arguments.follow.url.empty()) return run_copy(arguments, terminal);
  arguments.follow.wants_json = arguments.client.wants_json;
  run_follow(arguments.follow, arguments.copy, terminal);
}

}  // namespace

void add_import_command(CLI::App& program, Terminal& terminal) {
  CLI::App* command = program.add_subcommand(
      "import",
      "Copy what a running memcached holds into a cache, or read through to it on a miss");
  const auto arguments = std::make_shared<ImportArguments>();
  arguments->client.add_to(*command);
  moving::CopySettings& copy = arguments->copy;
  copy.items_per_second = kItemsPerSecond;
  command->add_option("--from", copy.from.address, "HOST:PORT of the memcached to copy from");
  arguments->follow.add_to(*command);
  command->add_option("--user", copy.from.username, "log in there as this user, by text");
  command->add_option("--password", copy.from.password, "that user's password")
      ->envname("IMPORT_PASSWORD");
  command->add_flag("--from-tls", arguments->is_tls,
                    "TLS to the old server, whose certificate is checked");
  command->add_option("--from-ca", arguments->trust.ca_path,
                      "TLS with the authorities of this PEM file in place of the system's");
  command->add_flag("!--from-unverified", arguments->trust.verifies,
                    "TLS without a look at its certificate: anybody may stand between");
  command->add_option("--cache", arguments->cache, "name or id of the cache to copy into");
  command->add_option("--to", copy.to.address, "HOST:PORT to copy to instead");
  command->add_option("--to-user", copy.to.username, "log in there as this user, by text");
  command->add_option("--to-password", copy.to.password, "that user's password");
  command->add_option("--rate", copy.items_per_second, "items a second at most; 0: no bound")
      ->capture_default_str();
  command->add_flag("--overwrite", copy.overwrites, "replace items that the cache has already");
  command->callback([arguments, &terminal] { run_import(*arguments, terminal); });
}

}  // namespace cachery
