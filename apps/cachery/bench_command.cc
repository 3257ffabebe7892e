#include "bench_command.h"

#include <iostream>
#include <map>
#include <memory>
#include <string>

#include "bench/load.h"
#include "bench/report.h"

namespace cachery {
namespace {

struct Flags {
  bench::LoadSettings load;
  std::string server = "127.0.0.1:11211";
  bool tls = false;
  bool prefill = false;
  bool prefill_only = false;
  bool json = false;
};

// "host:port", "[::1]:port", or a host alone.
bench::Endpoint parse_server(const std::string& text) {
  const size_t colon = text.rfind(':');
  const size_t bracket = text.rfind(']');
  const bool has_port =
      colon != std::string::npos && (bracket == std::string::npos || colon > bracket);
  std::string host = has_port ? text.substr(0, colon) : text;
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return {host, has_port ? text.substr(colon + 1) : "11211"};
}

int run(const Flags& flags) {
  bench::LoadSettings settings = flags.load;
  settings.server = parse_server(flags.server);
  if (flags.tls || !settings.ca_path.empty()) settings.tls = bench::Tls::on;
  if (flags.prefill) settings.prefill = bench::Prefill::yes;
  if (flags.prefill_only) settings.prefill = bench::Prefill::only;
  const Result<bench::LoadReport> report = bench::run_load(settings);
  if (!report) {
    std::cerr << "cachery bench: " << report.error().detail << "\n";
    return 2;
  }
  std::cout << (flags.json ? report_as_json(*report) + "\n" : report_as_text(*report));
  return is_sound(*report) ? 0 : 1;
}

void add_target_flags(CLI::App& command, Flags& flags) {
  const std::map<std::string, bench::Protocol> protocols{{"ascii", bench::Protocol::ascii},
                                                         {"meta", bench::Protocol::meta},
                                                         {"binary", bench::Protocol::binary}};
  bench::LoadSettings& load = flags.load;
  command.add_option("--server", flags.server, "HOST:PORT to load")->capture_default_str();
  command.add_option("--username", load.login.username, "authenticate as this user");
  command.add_option("--password", load.login.password, "the user's password")
      ->envname("MEMCACHIER_PASSWORD");
  command.add_option("--protocol", load.protocol, "ascii, meta or binary (default ascii)")
      ->transform(CLI::CheckedTransformer(protocols).description(""));
  command.add_flag("--tls", flags.tls, "speak TLS, trusting any certificate");
  command.add_option("--tls-ca", load.ca_path, "speak TLS, trusting what this file signed");
}

void add_load_flags(CLI::App& command, Flags& flags) {
  bench::LoadSettings& load = flags.load;
  const auto add = [&](const char* name, auto& value, const char* help) {
    command.add_option(name, value, help)->capture_default_str();
  };
  add("--connections", load.connections, "connections in all");
  add("--threads", load.threads, "threads that share them");
  add("--pipeline", load.pipeline, "requests sent before waiting for their answers");
  add("--multiget", load.multiget, "keys a get");
  add("--get-ratio", load.get_ratio, "share of gets, 0 to 1; the rest are sets");
  add("--keys", load.keys, "different keys, each as likely");
  add("--key-bytes", load.key_bytes, "length of a key");
  add("--value-bytes", load.value_bytes, "length of a value");
  CLI::Option* seconds = command.add_option("--seconds", load.seconds, "how long to measure");
  seconds->capture_default_str();
  command.add_option("--requests", load.requests, "measure this many requests instead")
      ->excludes(seconds);
  add("--warmup", load.warmup_seconds, "seconds before measuring");
  command.add_option("--seed", load.seed, "repeat the choice of keys of an earlier run");
  CLI::Option* prefill = command.add_flag("--prefill", flags.prefill, "set every key first");
  command.add_flag("--prefill-only", flags.prefill_only, "set every key and do no more")
      ->excludes(prefill);
  command.add_flag("--json", flags.json, "report one JSON object");
}

}  // namespace

void add_bench_command(CLI::App& program, int& exit_code) {
  CLI::App* command = program.add_subcommand(
      "bench", "Load a memcached-compatible server, check its answers and report how it did");
  const auto flags = std::make_shared<Flags>();
  add_target_flags(*command, *flags);
  add_load_flags(*command, *flags);
  command->callback([flags, &exit_code] { exit_code = run(*flags); });
}

}  // namespace cachery
