// polite_probe: what polite clients feel, as one line of JSON. See bench/storms/README.md.
#include <cstdio>

#include "bench/storms/flags.h"
#include "bench/storms/probe.h"

using namespace cachery;

int main(int argc, char** argv) {
  const Result<bench::Flags> flags = bench::Flags::read(argc, argv,
                                                        {{"server", "127.0.0.1:11211"},
                                                         {"login", ""},
                                                         {"connections", "50"},
                                                         {"rate", "5000"},
                                                         {"get-ratio", "0.9"},
                                                         {"keys", "1000"},
                                                         {"value-bytes", "100"},
                                                         {"seconds", "5"}});
  if (!flags) {
    std::fprintf(stderr, "polite_probe: %s\n", flags.error().detail.c_str());
    return 2;
  }
  bench::ProbeSettings settings;
  settings.server = bench::endpoint_of(flags->text("server"));
  for (const std::string& login : flags->all("login")) {
    settings.logins.push_back(bench::login_of(login));
  }
  settings.connections = flags->count("connections");
  settings.rate = flags->number("rate");
  settings.get_ratio = flags->number("get-ratio");
  settings.keys = flags->count("keys");
  settings.value_bytes = flags->count("value-bytes");
  settings.seconds = flags->number("seconds");
  const Result<bench::ProbeReport> report = bench::run_probe(settings);
  if (!report) {
    std::fprintf(stderr, "polite_probe: %s\n", report.error().detail.c_str());
    return 2;
  }
  std::printf("%s\n", bench::report_as_json(*report).c_str());
  const bench::Tally& tally = report->tally;
  return tally.errors + tally.wrong_values + tally.connections_lost + report->unanswered == 0 ? 0
                                                                                              : 1;
}
