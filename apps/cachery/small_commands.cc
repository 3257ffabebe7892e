#include "small_commands.h"

#include <fmt/format.h>

#include <fstream>
#include <memory>
#include <ostream>
#include <sstream>

#include "base/clock.h"
#include "data_dir.h"
#include "net/certificate_authority.h"
#include "settings.h"

namespace cachery {
namespace {

void print_ca(const std::filesystem::path& data_dir, Terminal& terminal) {
  const DataDirPaths paths{data_dir.empty() ? default_data_dir() : data_dir};
  const auto file = paths.tls() / "ca.pem";
  std::ifstream in(file);
  std::ostringstream pem;
  if (in) pem << in.rdbuf();
  if (!pem.str().empty()) {
    terminal.out << pem.str();
    return;
  }
  terminal.report({Fault::not_found,
                   fmt::format("cannot read {}: the private CA is made when `cachery serve` first "
                               "starts without tls-certificate; say where with --data-dir",
                               file.string())});
}

// Certificate and key on stdout, in one file's worth: what `--cert` of most clients takes.
void issue_client(const std::filesystem::path& data_dir, const std::string& name,
                  Terminal& terminal) {
  const DataDirPaths paths{data_dir.empty() ? default_data_dir() : data_dir};
  std::error_code error;
  if (!std::filesystem::exists(paths.tls() / "ca.pem", error)) return print_ca(data_dir, terminal);
  const int64_t now = SystemClock().now().unix_seconds;
  const auto authority = net::CertificateAuthority::open(paths.tls(), now);
  if (!authority) return terminal.report(authority.error());
  const auto issued = authority->issue_client_certificate(name, now);
  if (!issued) return terminal.report(issued.error());
  terminal.out << issued->certificate_pem << issued->key_pem;
}

}  // namespace

void add_tls_commands(CLI::App& program, Terminal& terminal) {
  CLI::App* tls = program.add_subcommand("tls", "What clients need to trust the service");
  tls->require_subcommand(1);
  CLI::App* ca = tls->add_subcommand("ca", "Print the private CA's certificate, PEM");
  CLI::App* client = tls->add_subcommand(
      "client", "Issue a client certificate and print it with its key, PEM: for a credential whose "
                "tls-client-name is NAME");
  const auto data_dir = std::make_shared<std::filesystem::path>();
  const auto name = std::make_shared<std::string>();
  for (CLI::App* command : {ca, client}) {
    command->add_option("--data-dir", *data_dir, "Data directory of the service")
        ->envname("CACHERY_DATA_DIR");
  }
  client->add_option("name", *name, "Its common name")->required();
  client->callback([data_dir, name, &terminal] { issue_client(*data_dir, *name, terminal); });
  ca->callback([data_dir, &terminal] { print_ca(*data_dir, terminal); });
}

void add_settings_command(CLI::App& program, Terminal& terminal) {
  CLI::App* settings = program.add_subcommand("settings", "Print the table of settings");
  settings->group("");  // for docs/settings.md: not in --help
  settings->add_flag("--markdown")->description("As docs/settings.md has it")->required();
  settings->callback([&terminal] { terminal.out << settings_markdown(); });
}

void add_version_command(CLI::App& program, Terminal& terminal) {
  CLI::App* version = program.add_subcommand("version", "Print the program's version");
  version->callback([&terminal] { terminal.out << "cachery " << CACHERY_VERSION << '\n'; });
}

}  // namespace cachery
