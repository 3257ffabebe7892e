#include "settings.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>

#include "base/size.h"
#include "control/admission.h"
#include "front_door.h"
#include "machine.h"
#include "net/socket.h"
#include "settings_file.h"
#include "trusted_proxies.h"

namespace cachery {
namespace {

constexpr auto kRows = std::to_array<SettingRow>({
#define CACHERY_SETTING(name, kind, default_text, allowed, reload, help) \
  {#name, SettingKind::kind, default_text, allowed, Reload::reload, help},
#include "settings.def"
#undef CACHERY_SETTING
});

// One value on its way in: what it says, and where it says so.
struct Given {
  std::string source;  // "--memory", "CACHERY_MEMORY", "memory in cachery.toml", "the default"
  std::string text;
};

std::unexpected<Error> bad_value(const SettingRow& row, const Given& given,
                                 std::string_view wanted) {
  const std::string allowed =
      row.allowed.empty() ? std::string() : fmt::format(" ({})", row.allowed);
  return fail(Fault::invalid,
              fmt::format("{}: \"{}\" is not {}{}", given.source, given.text, wanted, allowed));
}

std::string without_blanks(std::string_view text) {
  const size_t start = std::min(text.find_first_not_of(' '), text.size());
  return std::string(text.substr(start, text.find_last_not_of(' ') + 1 - start));
}

Result<uint64_t> parse_number(const std::string& text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc{} && end == text.data() + text.size() && !text.empty()) return number;
  return fail(Fault::invalid, "not a number");
}

// A number within the row's "least..most", both read as the value itself is.
template <typename Field>
Status set_number(Field& field, const SettingRow& row, const Given& given,
                  Result<uint64_t> (*parse)(const std::string&), std::string_view wanted) {
  const size_t dots = row.allowed.find("..");
  const auto least = parse(std::string(row.allowed.substr(0, dots)));
  const auto most = parse(std::string(row.allowed.substr(dots + 2)));
  const auto value = parse(given.text);
  if (!value || *value < least.value_or(0) || *value > most.value_or(0)) {
    return bad_value(row, given, wanted);
  }
  field = static_cast<Field>(*value);
  return {};
}

Status set_text(std::string& field, const Given& given) {
  field = given.text;
  return {};
}

Status set_toggle(bool& field, const SettingRow& row, const Given& given) {
  constexpr std::array<std::string_view, 4> kYes = {"true", "yes", "on", "1"};
  constexpr std::array<std::string_view, 4> kNo = {"false", "no", "off", "0"};
  field = std::ranges::find(kYes, given.text) != kYes.end();
  if (field || std::ranges::find(kNo, given.text) != kNo.end()) return {};
  return bad_value(row, given, "true or false");
}

Status set_choice(std::string& field, const SettingRow& row, const Given& given) {
  std::string_view rest = row.allowed;
  while (!rest.empty()) {
    const size_t bar = std::min(rest.find('|'), rest.size());
    if (rest.substr(0, bar) == given.text) return set_text(field, given);
    rest.remove_prefix(std::min(bar + 1, rest.size()));
  }
  return bad_value(row, given, "one of its choices");
}

Result<uint64_t> parse_size_text(const std::string& text) { return parse_size(text); }

template <SettingKind kKind, typename Field>
Status set(Field& field, const SettingRow& row, const Given& given) {
  if constexpr (kKind == SettingKind::text) {
    return set_text(field, given);
  } else if constexpr (kKind == SettingKind::path) {
    field = given.text;
    return {};
  } else if constexpr (kKind == SettingKind::toggle) {
    return set_toggle(field, row, given);
  } else if constexpr (kKind == SettingKind::choice) {
    return set_choice(field, row, given);
  } else if constexpr (kKind == SettingKind::size) {
    return set_number(field, row, given, parse_size_text, "a size within its bounds, as 64m or 2g");
  } else {
    return set_number(field, row, given, parse_number, "a whole number within its bounds");
  }
}

Status set_by_name(Settings& settings, const SettingRow& row, const Given& given) {
#define CACHERY_SETTING(field, kind, default_text, allowed, reload, help) \
  if (row.name == #field) return set<SettingKind::kind>(settings.field, row, given);
#include "settings.def"
#undef CACHERY_SETTING
  return fail(Fault::internal, "a setting without a field");
}

std::optional<Given> find_given(const SettingRow& row, const SettingSources& sources,
                                const SettingsFile& file) {
  if (const auto at = sources.flags.find(row.name); at != sources.flags.end()) {
    return Given{"--" + row.flag(), at->second};
  }
  if (sources.environment) {
    if (auto text = sources.environment(row.environment())) {
      return Given{row.environment(), std::move(*text)};
    }
  }
  if (const auto at = file.values.find(row.flag()); at != file.values.end()) {
    return Given{fmt::format("{} in {}", row.flag(), sources.file.string()), at->second};
  }
  return std::nullopt;
}

Status check_keys(const SettingsFile& file, const SettingSources& sources) {
  for (const auto& [key, value] : file.values) {
    const auto is_this = [&key](const SettingRow& row) { return row.flag() == key; };
    if (std::ranges::any_of(kRows, is_this)) continue;
    return fail(Fault::invalid,
                fmt::format("{}: there is no setting \"{}\": `cachery serve --help` lists them",
                            sources.file.string(), key));
  }
  return {};
}

// What links are made with, and who sends them.
Status resolve_mail(Settings& settings) {
  std::string& url = settings.public_url;
  while (url.ends_with('/')) url.pop_back();
  const bool is_web = url.starts_with("https://") || url.starts_with("http://");
  if (!url.empty() && (!is_web || url.find_first_of(" #?\\\"'<>") != std::string::npos)) {
    return fail(
        Fault::invalid,
        fmt::format("public-url \"{}\" is not an address as https://cache.example.org", url));
  }
  if (settings.smtp_url.empty() != settings.smtp_from.empty()) {
    return fail(Fault::invalid, "give smtp-url and smtp-from together, or neither");
  }
  if (settings.smtp_user.empty() != settings.smtp_password.empty()) {
    return fail(Fault::invalid, "give smtp-user and smtp-password together, or neither");
  }
  return {};
}

Status check_tls_name_domain(const std::string& domain) {
  if (domain.empty()) return {};
  if (control::check_server_name(domain) &&
      control::check_server_name(control::new_server_name(domain))) {
    return {};
  }
  return fail(
      Fault::invalid,
      fmt::format("tls-name-domain \"{}\" is not a domain of your own as caches.example.org",
                  domain));
}

// --local keeps something only where it was told to by its own command or file: the directory that
// a shell's environment names is a service's, for the command line.
void drop_surrounding_data_dir(Settings& settings, const SettingSources& sources,
                               const SettingsFile& file) {
  if (!settings.local) return;
  const auto row = std::ranges::find(kRows, std::string_view("data_dir"), &SettingRow::name);
  const SettingSources own = {.flags = sources.flags, .file = sources.file};
  const auto given = find_given(*row, own, file);
  settings.data_dir = given ? given->text : std::string();
}

// --local is for whatever address a client takes localhost for, unless one was named.
Status resolve_listen(Settings& settings, bool is_given) {
  settings.is_ipv6_optional = settings.local && !is_given;
  if (settings.is_ipv6_optional) {
    settings.addresses = settings.listen_names = {settings.listen, "::1"};
    return {};
  }
  for (std::string_view rest = settings.listen; !rest.empty();) {
    const size_t comma = std::min(rest.find(','), rest.size());
    settings.listen_names.push_back(without_blanks(rest.substr(0, comma)));
    auto addresses = net::addresses_of_host(settings.listen_names.back());
    if (!addresses) {
      return fail(Fault::invalid, fmt::format("listen: {}", addresses.error().detail));
    }
    for (std::string& address : *addresses) {
      const bool is_new =
          std::ranges::find(settings.addresses, address) == settings.addresses.end();
      if (is_new) settings.addresses.push_back(std::move(address));
    }
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  if (!settings.addresses.empty()) return {};
  return fail(Fault::invalid, "listen names no address: write for example 127.0.0.1,::1");
}

// A pipe or a device would be waited for, or read, for ever. What is not there is told by its
// reader.
Status check_regular(std::string_view name, const std::filesystem::path& path) {
  std::error_code error;
  const auto kind = std::filesystem::status(path, error).type();
  if (path.empty() || kind == std::filesystem::file_type::not_found ||
      kind == std::filesystem::file_type::regular) {
    return {};
  }
  return fail(Fault::invalid,
              fmt::format("{}: {} is no regular file: give one", name, path.string()));
}

Status check_files(const Settings& settings) {
  for (const auto& [name, path] :
       {std::pair("tls-certificate", settings.tls_certificate),
        std::pair("tls-key", settings.tls_key), std::pair("tls-client-ca", settings.tls_client_ca),
        std::pair("smtp-ca", settings.smtp_ca)}) {
    if (auto good = check_regular(name, path); !good) return good;
  }
  return {};
}

// What depends on the machine, or on several settings at once.
Status resolve(Settings& settings) {
  settings.has_data_dir = !settings.data_dir.empty();
  if (!settings.has_data_dir) settings.data_dir = default_data_dir();
  if (settings.memory == 0) settings.memory = machine_memory_bytes() / 4 * 3;
  if (settings.connection_memory == 0) {
    settings.connection_memory = std::max<uint64_t>(settings.memory / 8, uint64_t{64} << 20);
  }
  if (settings.threads == 0) settings.threads = machine_cores();
  if (settings.local && !std::ranges::all_of(settings.addresses, is_loopback)) {
    return fail(Fault::invalid,
                fmt::format("--local needs no credentials, so it listens on loopback only: leave "
                            "out listen, or give 127.0.0.1 or localhost in place of {}",
                            settings.listen));
  }
  if (settings.tls_certificate.empty() != settings.tls_key.empty()) {
    return fail(Fault::invalid, "give tls-certificate and tls-key together, or neither");
  }
  if (auto good = check_tls_name_domain(settings.tls_name_domain); !good) return good;
  if (auto proxies = TrustedProxies::parse(settings.trusted_proxies); !proxies) {
    return std::unexpected(proxies.error());
  }
  if (auto hosts = parse_hosts(settings.http_hosts); !hosts) return std::unexpected(hosts.error());
  if (auto good = check_files(settings); !good) return good;
  return resolve_mail(settings);
}

}  // namespace

std::string SettingRow::flag() const {
  std::string out(name);
  std::ranges::replace(out, '_', '-');
  return out;
}

std::string SettingRow::environment() const {
  std::string out = "CACHERY_";
  for (const char c : name) out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return out;
}

std::span<const SettingRow> setting_rows() { return kRows; }

Result<Settings> load_settings(const SettingSources& sources) {
  SettingsFile file;
  if (!sources.file.empty()) {
    auto read = read_settings_file(sources.file);
    if (!read) return std::unexpected(read.error());
    file = std::move(*read);
  }
  if (auto checked = check_keys(file, sources); !checked) return std::unexpected(checked.error());
  Settings settings;
  for (const SettingRow& row : kRows) {
    auto given = find_given(row, sources, file);
    if (!given && row.default_text.empty()) continue;
    if (!given) given = Given{"the default of " + row.flag(), std::string(row.default_text)};
    if (auto done = set_by_name(settings, row, *given); !done) return std::unexpected(done.error());
  }
  drop_surrounding_data_dir(settings, sources, file);
  const auto listen = std::ranges::find(kRows, std::string_view("listen"), &SettingRow::name);
  const bool is_listen_given = find_given(*listen, sources, file).has_value();
  if (auto resolved = resolve_listen(settings, is_listen_given); !resolved) {
    return std::unexpected(resolved.error());
  }
  if (auto resolved = resolve(settings); !resolved) return std::unexpected(resolved.error());
  return settings;
}

std::optional<std::string> environment_variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

bool is_loopback(std::string_view address) {
  return address.starts_with("127.") || address == "::1";
}

std::filesystem::path default_data_dir() {
  if (const auto given = environment_variable("CACHERY_DATA_DIR")) return *given;
  if (::geteuid() == 0) return "/var/lib/cachery";
  const auto home = environment_variable("HOME");
  return std::filesystem::path(home.value_or("/tmp")) / ".local/share/cachery";
}

std::string settings_markdown() {
  std::string out =
      "# Settings\n\n"
      "Settings of `cachery serve`. Each can be given as a flag, in the environment or in a TOML\n"
      "file named by `--config` (or `CACHERY_CONFIG`), where its key is the flag without the two\n"
      "hyphens; the first of these that names it wins. Sizes are written `64m`, `2g` or in bytes.\n"
      "Those marked *reload* change on SIGHUP, the others at a start.\n\n"
      "This page is printed by `cachery settings --markdown`.\n\n"
      "| flag | environment | default | allowed | reload | what it is |\n"
      "| --- | --- | --- | --- | --- | --- |\n";
  for (const SettingRow& row : kRows) {
    std::string allowed(row.allowed);
    for (size_t at = 0; (at = allowed.find('|', at)) != std::string::npos; at += 2) {
      allowed.replace(at, 1, ", ");
    }
    out += fmt::format("| `--{}` | `{}` | {} | {} | {} | {} |\n", row.flag(), row.environment(),
                       row.default_text, allowed, row.reload == Reload::sighup ? "reload" : "",
                       row.help);
  }
  return out;
}

}  // namespace cachery
