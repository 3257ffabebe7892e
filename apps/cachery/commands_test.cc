// The commands of the program, run in this process against a real control plane over real sockets.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "account_commands.h"
#include "cache_commands.h"
#include "cluster_commands.h"
#include "control/fake_node.h"
#include "control_plane.h"
#include "credential_commands.h"
#include "data_dir.h"
#include "http/client.h"
#include "http/json.h"
#include "http/server.h"
#include "plan_commands.h"
#include "print.h"
#include "serve_command.h"
#include "small_commands.h"
#include "team_commands.h"
#include "temporary_directory.h"

namespace cachery {
namespace {

namespace json = http::json;
using testing::HasSubstr;
using testing::MatchesRegex;

struct Outcome {
  int exit_code = 0;
  std::string out = {};
  std::string err = {};
};

Outcome run(std::vector<std::string> arguments, const std::string& typed = "") {
  std::istringstream in(typed);
  std::ostringstream out;
  std::ostringstream err;
  Terminal terminal{in, out, err};
  CLI::App program{"test", "cachery"};
  program.require_subcommand(1);
  add_serve_command(program, terminal);
  add_cache_commands(program, terminal);
  add_credential_commands(program, terminal);
  add_plan_commands(program, terminal);
  add_cluster_commands(program, terminal);
  add_account_commands(program, terminal);
  add_team_commands(program, terminal);
  add_tls_commands(program, terminal);
  add_settings_command(program, terminal);
  add_version_command(program, terminal);
  std::vector<const char*> argv = {"cachery"};
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  const int code = run_program(program, static_cast<int>(argv.size()), argv.data(), terminal);
  return {code, out.str(), err.str()};
}

// A service with a data directory, as the commands find one.
struct CommandsTest : testing::Test {
  CommandsTest() {
    EXPECT_TRUE(plane->start().has_value());
    const std::string http = fmt::format("http://127.0.0.1:{}", plane->http_port());
    EXPECT_TRUE(data_dir.write_service({.http = http, .pid = 1}).has_value());
  }
  Outcome ask(std::vector<std::string> arguments, const std::string& typed = "") {
    arguments.insert(arguments.end(), {"--data-dir", directory.path.string()});
    return run(std::move(arguments), typed);
  }
  json::value ask_json(std::vector<std::string> arguments) {
    arguments.push_back("--json");
    const Outcome outcome = ask(std::move(arguments));
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    json::error_code failure;
    return json::parse(outcome.out, failure);
  }

  TemporaryDirectory directory;
  FakeClock clock;
  control::FakeNode node;
  DataDir data_dir = std::move(DataDir::open(directory.path).value());
  std::unique_ptr<ControlPlane> plane =
      ControlPlane::open(
          {.database = {},
           .master_key = data_dir.master_key().value(),
           .operator_token = data_dir.operator_token().value(),
           .addresses = {.servers = {"127.0.0.1:11211"}, .tls_servers = {"127.0.0.1:11219"}}},
          node, clock)
          .value();
};

TEST(Terminal, SaysNothingToTheTerminalThatAServerMadeUp) {
  std::istringstream in;
  std::ostringstream out, err;
  Terminal terminal{in, out, err};
  terminal.report({Fault::invalid, "it answered: \x1b]0;owned\x07\r\nsecond line"});
  EXPECT_EQ(err.str(), "cachery: it answered: \\x1b]0;owned\\x07\\x0d\nsecond line\n");
}

TEST_F(CommandsTest, CreatePrintsWhatAClientNeeds) {
  const json::value cache = ask_json({"cache", "create", "--name", "shop", "--plan", "100"});
  EXPECT_EQ(cache.at("id"), 100'002);
  EXPECT_EQ(cache.at("name"), "shop");
  EXPECT_EQ(cache.at("plan"), "100");
  EXPECT_EQ(cache.at("servers").at(0), "127.0.0.1:11211");
  EXPECT_EQ(cache.at("tls_servers").at(0), "127.0.0.1:11219");
  EXPECT_THAT(std::string(cache.at("username").as_string()), MatchesRegex("[0-9a-f]{6}"));
  EXPECT_THAT(std::string(cache.at("password").as_string()), MatchesRegex("[0-9A-F]{32}"));
  EXPECT_EQ(ask_json({"cache", "show", "shop"}), cache);
}

TEST_F(CommandsTest, EnvPrintsTheThreeVariablesForAShell) {
  const Outcome outcome = ask({"cache", "env", "first"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, MatchesRegex("export MEMCACHIER_SERVERS='127.0.0.1:11211'\n"
                                        "export MEMCACHIER_USERNAME='[0-9a-f]{6}'\n"
                                        "export MEMCACHIER_PASSWORD='[0-9A-F]{32}'\n"));
  EXPECT_EQ(ask_json({"cache", "env", "100001"}).at("MEMCACHIER_SERVERS"), "127.0.0.1:11211");
}

TEST_F(CommandsTest, ListAndShowAreAligned) {
  EXPECT_THAT(
      ask({"cache", "list"}).out,
      MatchesRegex("ID      NAME   PLAN  MEMORY    USED  HIT RATE  STATE    USERNAME\n"
                   "100001  first  dev   27.5 MiB  0 B   100.0 %   enabled  [0-9a-f]{6}\n"));
  EXPECT_THAT(ask({"cache", "show", "FIRST"}).out, HasSubstr("\nservers      127.0.0.1:11211\n"));
}

TEST_F(CommandsTest, ChangesReachTheNode) {
  EXPECT_EQ(ask({"cache", "flush", "first"}).exit_code, 0);
  EXPECT_EQ(node.flushed().size(), 1u);
  EXPECT_EQ(ask({"cache", "resize", "first", "--size-mib", "10"}).exit_code, 0);
  EXPECT_EQ(node.snapshot().caches[0].limits.memory_bytes, 11'534'336u);
  EXPECT_EQ(ask({"cache", "disable", "first"}).exit_code, 0);
  EXPECT_FALSE(node.snapshot().caches[0].is_enabled);
  EXPECT_EQ(ask({"cache", "enable", "first"}).exit_code, 0);
  EXPECT_EQ(ask({"cache", "rename", "first", "--name", "main"}).exit_code, 0);
  EXPECT_EQ(node.snapshot().caches[0].name, "main");
}

TEST_F(CommandsTest, CountersAreShownAndSetToZero) {
  EXPECT_EQ(ask_json({"cache", "stats", "first"}).at("get_hits"), 7);
  EXPECT_THAT(ask({"cache", "stats", "first"}).out, HasSubstr("\nget_hits "));
  EXPECT_EQ(ask({"cache", "reset-stats", "first"}).exit_code, 0);
  EXPECT_EQ(node.counters_reset().size(), 1u);
}

TEST_F(CommandsTest, ANewDashboardAddressIsPrinted) {
  const std::string before(ask_json({"cache", "show", "first"}).at("sso_path").as_string());
  const std::string after = ask({"cache", "rotate-sso", "first"}).out;
  EXPECT_THAT(after, MatchesRegex("/sso/100001/[^\n]+\n"));
  EXPECT_NE(after, before + "\n");
  EXPECT_EQ(ask_json({"cache", "show", "first"}).at("sso_path").as_string(),
            after.substr(0, after.size() - 1));
}

TEST_F(CommandsTest, ADeletedCacheIsRestoredOrPurged) {
  ask({"cache", "delete", "first", "--yes"});
  EXPECT_THAT(ask({"cache", "list", "--deleted"}).out, HasSubstr("100001"));
  EXPECT_EQ(ask({"cache", "restore", "100001", "--name", "again"}).exit_code, 0);
  EXPECT_TRUE(node.snapshot().caches.at(0).is_enabled);
  EXPECT_EQ(ask({"cache", "delete", "again", "--yes", "--purge"}).exit_code, 0);
  EXPECT_TRUE(node.snapshot().caches.empty());
}

TEST_F(CommandsTest, DeleteAsksUnlessTold) {
  const Outcome refused = ask({"cache", "delete", "first"}, "y\n");
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("nothing was deleted"));
  EXPECT_EQ(node.snapshot().caches.size(), 1u);
  EXPECT_EQ(ask({"cache", "delete", "first"}, "yes\n").exit_code, 0);
  EXPECT_FALSE(node.snapshot().caches.at(0).is_enabled) << "for a day it can be restored";
  EXPECT_THAT(ask({"cache", "list"}).out, HasSubstr("no caches yet"));
  ask({"cache", "create", "--name", "second", "--plan", "dev"});
  EXPECT_EQ(ask({"cache", "delete", "second", "--yes"}).exit_code, 0);
  EXPECT_THAT(ask({"cache", "list"}).out, HasSubstr("no caches yet"));
}

TEST_F(CommandsTest, PlansAreListedWithTheirPriceAndWithWhatIsUnlimited) {
  const std::vector<std::string> create = {
      "plan",   "create",     "tiny",          "--size-mib", "8",          "--price", "1505",
      "--kind", "production", "--connections", "20",         "--requests", "0"};
  const Outcome made = ask(create);
  EXPECT_EQ(made.exit_code, 0) << made.err;
  EXPECT_THAT(ask({"plan", "list"}).out,
              testing::ContainsRegex("tiny +8 +15[.]05 USD +production +20 +unlimited +unlimited"));
}

TEST_F(CommandsTest, AClusterIsShownAndNamedAndItsCachesFollow) {
  EXPECT_EQ(ask({"cluster", "list"}).out, "ID  NAME  REGION  KIND\n1   main  local   production\n");
  const json::value named =
      ask_json({"cluster", "update", "MAIN", "--name", "fra-1", "--region", "eu-central"});
  EXPECT_EQ(named, ask_json({"cluster", "show", "1"}));
  EXPECT_EQ(named.at("kind"), "production");
  EXPECT_EQ(ask_json({"cluster", "list"}).as_array().at(0), named);
  EXPECT_EQ(ask_json({"cache", "show", "first"}).at("region"), "eu-central");
  EXPECT_THAT(ask({"cluster", "update", "1"}).err, HasSubstr("nothing to change"));
  EXPECT_THAT(ask({"cluster", "update", "1", "--kind", "large"}).err, HasSubstr("\"kind\""));
  EXPECT_THAT(ask({"cluster", "show", "main"}).err, HasSubstr("no cluster \"main\""));
}

TEST_F(CommandsTest, AListIsReadPageByPageAndEndsWhateverTheServiceSays) {
  const auto answer = [](const http::Request& request) {
    const auto after =
        std::ranges::find(request.query, "after", &std::pair<std::string, std::string>::first);
    const std::string id = after->second == "0" ? "1" : "7";  // 7 comes after 7: that never ends
    return http::Response{.body = R"({"caches":[{"id":)" + id + R"(}],"has_more":true})"};
  };
  const auto service = http::start_server({}, answer).value();
  const std::string url = fmt::format("http://127.0.0.1:{}", service->port());
  EXPECT_EQ(ask({"cache", "list", "--json", "--url", url}).out, R"([{"id":1},{"id":7},{"id":7}])"
                                                                "\n");
}

TEST_F(CommandsTest, ACredentialIsNamedByUsernameOrId) {
  const json::value made =
      ask_json({"credential", "create", "first", "--write", "false", "--key-prefix", "web:"});
  EXPECT_EQ(made.at("write"), false);
  EXPECT_EQ(made.at("key_prefix"), "web:");
  std::string username(made.at("username").as_string());
  for (char& c : username) c = static_cast<char>(std::toupper(c));
  const json::value updated =
      ask_json({"credential", "update", "first", username, "--write", "true", "--own-port", "12001",
                "--own-port-networks", "10.0.0.0/8,::1"});
  EXPECT_EQ(updated.at("write"), true);
  EXPECT_EQ(updated.at("own_port_networks").as_array().size(), 2u);
  const std::string id = json::serialize(made.at("id"));
  EXPECT_EQ(ask_json({"credential", "promote", "first", id}).at("primary"), true);
  const json::value all = ask_json({"credential", "list", "first"});
  ASSERT_EQ(all.as_array().size(), 2u);
  const std::string first(all.at(0).at("username").as_string());
  EXPECT_EQ(ask({"credential", "delete", "first", first}).exit_code, 0);
  EXPECT_THAT(ask({"credential", "list", "first"}).out,
              HasSubstr("port 12001 from 10.0.0.0/8,::1"));
  EXPECT_THAT(ask({"credential", "delete", "first", id}).err, HasSubstr("last credential"));
  EXPECT_THAT(ask({"credential", "delete", "first", "nobody"}).err, HasSubstr("\"nobody\""));
  EXPECT_EQ(ask({"credential", "update", "first", id}).exit_code, 1);
}

TEST_F(CommandsTest, AFailureIsOneLineAndExitCodeOne) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"cache", "show", "nobody"},
        {"cache", "show", "a/../b?c"},
        {"cache", "create", "--name", "first", "--plan", "dev"},
        {"cache", "create", "--name", "x"},
        {"cache", "resize", "first", "--plan", "huge"}}) {
    const Outcome outcome = ask(arguments);
    EXPECT_EQ(outcome.exit_code, 1) << arguments[1];
    EXPECT_THAT(outcome.err, MatchesRegex("cachery: [^\n]+\n"));
    EXPECT_EQ(outcome.out, "");
  }
}

TEST_F(CommandsTest, AWrongTokenIsSaid) {
  const auto token = directory.write("wrong.token", "wrong\n");
  const Outcome outcome = ask({"cache", "list", "--token-file", token.string()});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("nobody here has this token"));
}

TEST_F(CommandsTest, AccountsAreListedSuspendedAndHelped) {
  const auto sign_up = [this](const std::string& path, const std::string& body) {
    const auto answer =
        http::fetch({.method = http::Method::post,
                     .origin = fmt::format("http://127.0.0.1:{}", plane->http_port()),
                     .path = "/api/admin/v1/sign_up" + path,
                     .body = body});
    return answer ? answer->status : 0;
  };
  const std::string link = ask({"account", "operator-link"}).out;
  ASSERT_EQ(
      sign_up("/operator", R"({"email":"op@example.org","password":"correct horse","secret":")" +
                               link.substr(link.find('#') + 1, 64) + "\"}"),
      201);
  ASSERT_EQ(sign_up("", R"({"email":"ann@example.org","password":"correct horse","name":"Ann"})"),
            202);
  EXPECT_THAT(ask({"account", "list"}).out,
              MatchesRegex("ID +EMAIL +NAME +STATE +LAST SIGN-IN *\n"
                           "1 +op@example.org +operator *\n2 +ann@example.org +Ann *\n"));
  EXPECT_EQ(ask_json({"account", "list", "--search", "ANN"}).as_array().size(), 1u);
  EXPECT_EQ(ask_json({"account", "show", "ANN@example.org"}), ask_json({"account", "show", "2"}));
  EXPECT_EQ(ask_json({"account", "suspend", "ann@example.org", "--disable-caches"}).at("suspended"),
            true);
  EXPECT_THAT(ask({"account", "reset-link", "2"}).err, HasSubstr("suspended"));
  EXPECT_EQ(ask_json({"account", "unsuspend", "2"}).at("suspended"), false);
  EXPECT_THAT(ask({"account", "reset-link", "2"}).out, HasSubstr("/reset#"));
  EXPECT_EQ(ask_json({"account", "make-operator", "2"}).at("operator"), true);
  EXPECT_EQ(ask_json({"account", "unmake-operator", "2"}).at("operator"), false);
  EXPECT_THAT(ask({"account", "unmake-operator", "1"}).err, HasSubstr("last operator"));
  EXPECT_THAT(ask({"account", "remove-second-factor", "2"}).err, HasSubstr("no second factor"));
  EXPECT_THAT(ask({"account", "show", "nobody@example.org"}).err, HasSubstr("nobody@example.org"));
}

TEST_F(CommandsTest, TeamsAreListedAndGivenBounds) {
  EXPECT_THAT(ask({"team", "list"}).out, MatchesRegex("ID +NAME +SUSPENDED +CREATED *\n"));
  EXPECT_THAT(ask({"team", "quotas", "7"}).err, HasSubstr("there is no team 7"));
  EXPECT_THAT(ask({"team", "set-quota", "7", "memory_mib", "lots"}).err,
              HasSubstr("neither a number nor \"default\""));
  EXPECT_THAT(ask({"team", "set-quota", "7", "shoes", "2"}).err, HasSubstr("no such quota"));
}

TEST_F(CommandsTest, AServiceThatIsGoneIsSaid) {
  plane->stop();
  EXPECT_THAT(ask({"cache", "list"}).err, HasSubstr("is the service running there?"));
  TemporaryDirectory empty;
  const Outcome outcome = run({"cache", "list", "--data-dir", empty.path.string()});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("no service runs on"));
}

TEST(CommandLine, WrongUsageIsOneLineAndExitCodeTwo) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{},
        {"nonsense"},
        {"cache"},
        {"cache", "show"},
        {"cache", "create", "--name", "a", "--plan", "dev", "--size-mib", "5"},
        {"serve", "--no-such-flag"},
        {"serve", "--memory", "lots"},
        {"serve", "--config", "/nonexistent/cachery.toml"}}) {
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.exit_code, 2) << outcome.err;
    EXPECT_THAT(outcome.err, MatchesRegex("cachery: [^\n]+\n"));
  }
}

TEST(CommandLine, HelpNamesEverySetting) {
  const Outcome outcome = run({"serve", "--help"});
  EXPECT_EQ(outcome.exit_code, 0);
  for (const SettingRow& row : setting_rows()) {
    EXPECT_THAT(outcome.out, HasSubstr("--" + row.flag()));
  }
}

TEST(CommandLine, TlsCaPrintsTheFileOrSaysWhereItLooked) {
  TemporaryDirectory directory;
  const std::vector<std::string> arguments = {"tls", "ca", "--data-dir", directory.path.string()};
  const Outcome missing = run(arguments);
  EXPECT_EQ(missing.exit_code, 1);
  EXPECT_THAT(missing.err, HasSubstr("ca.pem"));
  std::filesystem::create_directory(directory.path / "tls");
  directory.write("tls/ca.pem", "-----BEGIN CERTIFICATE-----\n");
  EXPECT_EQ(run(arguments).out, "-----BEGIN CERTIFICATE-----\n");
}

TEST(CommandLine, VersionAndSettingsPrint) {
  EXPECT_THAT(run({"version"}).out, MatchesRegex("cachery [0-9.]+\n"));
  EXPECT_EQ(run({"settings", "--markdown"}).out, settings_markdown());
}

TEST(ShellQuoted, NoTextIsMoreThanAValue) {
  EXPECT_EQ(shell_quoted("a"), "'a'");
  EXPECT_EQ(shell_quoted("a'; rm -rf $HOME; '"), "'a'\\''; rm -rf $HOME; '\\'''");
}

}  // namespace
}  // namespace cachery
