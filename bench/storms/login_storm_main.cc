// login_storm: so many connections a second that log in or shake hands. See bench/storms/README.md.
#include <cstdio>
#include <map>

#include "bench/storms/flags.h"
#include "bench/storms/login_storm.h"

using namespace cachery;

int main(int argc, char** argv) {
  const std::map<std::string, bench::Greeting> greetings = {{"text", bench::Greeting::text},
                                                            {"sasl", bench::Greeting::sasl},
                                                            {"tls", bench::Greeting::tls}};
  const Result<bench::Flags> flags = bench::Flags::read(argc, argv,
                                                        {{"server", "127.0.0.1:11211"},
                                                         {"login", ""},
                                                         {"greeting", "text"},
                                                         {"rate", "2000"},
                                                         {"open-max", "1000"},
                                                         {"seconds", "5"}});
  if (!flags || !greetings.contains(flags->text("greeting"))) {
    std::fprintf(stderr, "login_storm: %s\n",
                 flags ? "the greeting is text, sasl or tls" : flags.error().detail.c_str());
    return 2;
  }
  const bench::LoginStormSettings settings = {.server = bench::endpoint_of(flags->text("server")),
                                              .login = bench::login_of(flags->text("login")),
                                              .greeting = greetings.at(flags->text("greeting")),
                                              .rate = flags->number("rate"),
                                              .open_max = flags->count("open-max"),
                                              .seconds = flags->number("seconds")};
  const Result<bench::LoginStormReport> report = bench::run_login_storm(settings);
  if (!report) {
    std::fprintf(stderr, "login_storm: %s\n", report.error().detail.c_str());
    return 2;
  }
  std::printf("%s\n", bench::report_as_json(*report).c_str());
  return report->refused == 0 ? 0 : 1;
}
