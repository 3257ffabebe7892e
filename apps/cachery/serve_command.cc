#include "serve_command.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <ostream>

#include "base/log.h"
#include "base/random.h"
#include "control_plane.h"
#include "data_dir.h"
#include "data_plane.h"
#include "front_door.h"
#include "http/target.h"
#include "master_key.h"
#include "master_key_command.h"
#include "net/socket.h"

namespace cachery {
namespace {

// For lines that nobody takes: the end is promised within seconds.
constexpr std::chrono::milliseconds kLogPatience{1'000};

std::string with_port(const std::string& host, uint16_t port) {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return is_ipv6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

bool is_every_address(const std::string& address) {
  return address == "0.0.0.0" || address == "::";
}

// What clients are told to connect to, when the address listened on is no address to connect to.
std::string advertised_host(const Settings& settings) {
  if (!settings.advertise.empty()) return settings.advertise;
  for (const std::string& name : settings.listen_names) {
    if (!is_every_address(name)) return name;
  }
  std::array<char, 256> name{};
  const bool has_name = ::gethostname(name.data(), name.size() - 1) == 0 && name[0] != '\0';
  return has_name ? name.data() : "127.0.0.1";
}

// Where the command line on this machine finds the HTTP port.
std::string own_url(const Settings& settings, uint16_t port) {
  const std::string& address = settings.addresses.front();
  if (address == "0.0.0.0") return "http://" + with_port("127.0.0.1", port);
  if (address == "::") return "http://" + with_port("::1", port);
  return "http://" + with_port(address, port);
}

log::Level level_of(const std::string& name) {
  if (name == "debug") return log::Level::debug;
  if (name == "warning") return log::Level::warning;
  return name == "error" ? log::Level::error : log::Level::info;
}

// Blocked before the first thread starts, so that all of them leave signals to wait_for_end().
sigset_t block_signals() {
  ::signal(SIGPIPE, SIG_IGN);  // a client that is gone is an error of its connection alone
  ::signal(SIGXFSZ, SIG_IGN);  // a file at its limit is an error of the write, as a full disk is
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&signals, number);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

Result<std::optional<DataDir>> open_data_dir(const Settings& settings) {
  if (settings.local && !settings.has_data_dir) return std::optional<DataDir>();
  auto opened = DataDir::open(settings.data_dir);
  if (!opened) return std::unexpected(opened.error());
  return std::optional<DataDir>(std::move(*opened));
}

// Before anything is made: a start that cannot listen leaves nothing behind.
Status check_ports(const Settings& settings) {
  const bool has_tls =
      !settings.local || settings.has_data_dir || !settings.tls_certificate.empty();
  const uint16_t tls_port = has_tls ? settings.tls_port : uint16_t{0};
  for (const uint16_t port : {settings.memcache_port, tls_port, settings.http_port}) {
    if (port == 0) continue;
    if (auto listeners = net::listen_on_all(settings.addresses, port); !listeners) {
      return std::unexpected(listeners.error());
    }
  }
  return {};
}

std::string database_of(const Settings& settings) {
  if (!settings.database.empty()) return settings.database;
  return DataDirPaths{settings.data_dir}.database().string();
}

std::optional<outgoing::MailServer> mail_server_of(const Settings& settings) {
  if (settings.smtp_url.empty()) return std::nullopt;
  const auto tls =
      settings.smtp_tls == "off" ? outgoing::MailTls::off : outgoing::MailTls::required;
  return outgoing::MailServer{.url = settings.smtp_url,
                              .user = settings.smtp_user,
                              .password = settings.smtp_password,
                              .from = settings.smtp_from,
                              .tls = tls,
                              .ca_file = settings.smtp_ca};
}

control::QuotaSettings quotas_of(const Settings& settings) {
  constexpr uint64_t kMib = 1'048'576;
  const uint64_t memory_mib = settings.memory_of_team == 0
                                  ? control::default_memory_mib(settings.memory)
                                  : settings.memory_of_team / kMib;
  return {.of_account = {memory_mib, settings.caches_of_team, settings.credentials_of_team,
                         settings.own_ports_of_team},
          .oversell_percent = settings.oversell_max};
}

// One running service; the members stand in the order in which they start.
class Service {
 public:
  explicit Service(const Settings& settings) : settings_(settings) {}

  Status start() {
    if (auto free = check_ports(settings_); !free) return free;
    auto data_dir = open_data_dir(settings_);
    if (!data_dir) return std::unexpected(data_dir.error());
    if (*data_dir) data_dir_.emplace(std::move(**data_dir));
    auto data_plane =
        DataPlane::open(settings_, data_dir_ ? data_dir_->paths().tls() : std::filesystem::path());
    if (!data_plane) return std::unexpected(data_plane.error());
    data_plane_ = std::move(*data_plane);
    if (auto started = start_control_plane(); !started) return started;
    if (auto accepting = data_plane_->accept(); !accepting) return accepting;
    control_plane_->say_ready();
    if (!data_dir_) return {};
    const uint16_t port = control_plane_->http_port();
    return data_dir_->write_service({.http = own_url(settings_, port), .pid = ::getpid()});
  }

  // Told on standard output: where it answers and, until there is an operator, the link that makes
  // one.
  std::string ready_lines() const {
    const uint16_t tls_port = data_plane_->tls_port();
    const auto link = control_plane_->operator_link();
    std::string lines;
    for (const std::string& address : settings_.addresses) {
      lines += fmt::format("{} memcache={} tls={} http={}\n", lines.empty() ? "ready" : "also",
                           with_port(address, data_plane_->memcache_port()),
                           tls_port == 0 ? "none" : with_port(address, tls_port),
                           with_port(address, control_plane_->http_port()));
    }
    if (link) lines += fmt::format("operator_link {}\n", *link);
    return lines;
  }

  void reload(const SettingSources& sources) {
    const auto settings = load_settings(sources);
    const auto done =
        settings ? data_plane_->reload(*settings) : Status(std::unexpected(settings.error()));
    if (done) return log::info("reloaded");
    log::error("reload_failed", {{"reason", done.error().detail}});
  }

  void stop() {
    if (control_plane_) control_plane_->stop();
    if (data_plane_) data_plane_->stop();
  }

 private:
  Status start_control_plane() {
    auto settings = control_plane_settings();
    if (!settings) return std::unexpected(settings.error());
    auto opened = ControlPlane::open(std::move(*settings), data_plane_->node(), clock_);
    if (!opened) return std::unexpected(opened.error());
    control_plane_ = std::move(*opened);
    return control_plane_->start();
  }

  Result<ControlPlaneSettings> control_plane_settings() {
    ControlPlaneSettings out;
    // --local keeps nothing, so its secrets are for this run.
    auto key = master_key();
    auto token = data_dir_ ? data_dir_->operator_token() : random_hex(32, HexCase::lower);
    if (!key || !token) return std::unexpected(!key ? key.error() : token.error());
    out.master_key = std::move(*key);
    out.operator_token = std::move(*token);
    if (!settings_.local) out.database = database_of(settings_);
    if (settings_.local) out.first_cache_bytes = settings_.memory;
    out.certificate_end = [this] { return data_plane_->certificate_end(); };
    out.quotas = quotas_of(settings_);
    out.audit = {.days_kept = settings_.audit_days,
                 .rows_of_team_max = settings_.audit_rows_of_team};
    out.alert_window_seconds = settings_.alert_window;
    out.delivers_anywhere = settings_.deliver_anywhere;
    out.currency = settings_.currency;
    const std::string host = advertised_host(settings_);
    out.people = {.public_url = settings_.public_url,
                  .sign_up = settings_.sign_up == "closed" ? control::SignUpRule::closed
                                                           : control::SignUpRule::open};
    out.origin = [host](uint16_t port) { return "http://" + with_port(host, port); };
    out.mail_server = mail_server_of(settings_);
    auto proxies = TrustedProxies::parse(settings_.trusted_proxies);
    if (!proxies) return std::unexpected(proxies.error());
    out.proxies = std::move(*proxies);
    auto hosts = parse_hosts(settings_.http_hosts);
    if (!hosts) return std::unexpected(hosts.error());
    out.http_hosts = std::move(*hosts);
    const uint16_t memcache_port = data_plane_->memcache_port();
    const uint16_t tls_port = data_plane_->tls_port();
    out.addresses.servers = {with_port(host, memcache_port)};
    if (tls_port != 0) out.addresses.tls_servers = {with_port(host, tls_port)};
    out.facts.exposure = std::ranges::all_of(settings_.addresses, is_loopback)
                             ? control::Exposure::loopback_only
                             : control::Exposure::network;
    out.facts.own_names = {host, settings_.advertise};
    std::ranges::copy(settings_.addresses, std::back_inserter(out.facts.own_names));
    std::ranges::copy(settings_.listen_names, std::back_inserter(out.facts.own_names));
    if (const auto origin = http::parse_origin(settings_.public_url)) {
      out.facts.own_names.push_back(origin->host);
    }
    out.facts.certificate_names = [this] { return data_plane_->certificate_names(); };
    out.facts.tls_name_domain = settings_.tls_name_domain;
    out.facts.taken_ports = {memcache_port, tls_port, settings_.http_port};
    out.http = {.addresses = settings_.addresses,
                .port = settings_.http_port,
                .tls = [this] { return data_plane_->tls_context(); },
                .connections_of_address_max = settings_.http_connections_of_address,
                .streams_of_address_max =
                    settings_.http_connections_of_address == 0 ? 0 : http::kStreamsOfAddress};
    return out;
  }

  Result<std::string> master_key() const {
    if (!data_dir_ || settings_.local) return random_hex(32, HexCase::lower);
    auto key = master_key_of_environment();
    if (key) return key;
    if (auto settled = drop_unused_next_key(*data_dir_, database_of(settings_)); !settled) {
      return std::unexpected(settled.error());
    }
    return data_dir_->master_key();
  }

  const Settings settings_;
  const SystemClock clock_;
  std::optional<DataDir> data_dir_;
  std::unique_ptr<DataPlane> data_plane_;
  std::unique_ptr<ControlPlane> control_plane_;
};

void wait_for_end(Service& service, const SettingSources& sources, const sigset_t& signals) {
  for (;;) {
    int number = 0;
    if (::sigwait(&signals, &number) != 0) continue;
    if (number != SIGHUP) return log::info("stopping", {{"signal", number}});
    service.reload(sources);
  }
}

void leave_out_missing(Settings& settings) {
  if (!settings.is_ipv6_optional || net::has_address(settings.addresses.back())) return;
  log::debug("ipv6_unavailable", {{"without", settings.addresses.back()}});
  settings.addresses.pop_back();
}

// Until a signal ends it.
int run(Settings settings, const SettingSources& sources, Terminal& terminal,
        const sigset_t& signals) {
  leave_out_missing(settings);
  Service service(settings);
  if (const auto started = service.start(); !started) {
    service.stop();
    log::finish(kLogPatience);  // before what follows on the same stream
    terminal.report(started.error(), kExitUsage);
    return kExitUsage;
  }
  terminal.out << service.ready_lines() << std::flush;
  wait_for_end(service, sources, signals);
  service.stop();
  return 0;
}

}  // namespace

int serve(const Settings& settings, const SettingSources& sources, Terminal& terminal) {
  const sigset_t signals = block_signals();
  log::configure(level_of(settings.log_level),
                 settings.log_format == "json" ? log::Format::json : log::Format::text);
  const int exit_code = run(settings, sources, terminal, signals);
  log::finish(kLogPatience);
  return exit_code;
}

}  // namespace cachery
