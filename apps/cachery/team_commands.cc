#include "team_commands.h"

#include <fmt/format.h>

#include <charconv>
#include <initializer_list>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "admin_client.h"
#include "http/target.h"
#include "print.h"

namespace cachery {
namespace {

namespace json = http::json;
using http::Method;

// What the arguments of one team command said.
struct TeamArguments {
  ClientOptions client = {};
  std::string team = {};  // its id
  std::string quota = {};
  std::string most = {};  // a number, or "default"

  std::string path() const { return "/teams/" + http::encode_segment(team); }
  std::string quota_path() const { return path() + "/quotas/" + http::encode_segment(quota); }
};

using Act = Status (*)(const TeamArguments&, const AdminClient&, Terminal&);

// A text as it is, a number in digits, null as "-".
std::string cell(const json::value& object, const char* name) {
  const json::value* value = object.as_object().if_contains(name);
  if (value == nullptr || value->is_null()) return "-";
  return value->is_string() ? std::string(value->get_string()) : serialize(*value);
}

// The columns of one table: a field's name and its heading.
struct Column {
  const char* field;
  const char* heading;
};

// Prints {"<list>": [...]}, whole or as a table.
Status print_list(const Result<json::value>& answer, const char* list,
                  std::initializer_list<Column> columns, const TeamArguments& arguments,
                  Terminal& terminal) {
  if (!answer) return std::unexpected(answer.error());
  const json::value* all = answer->is_object() ? answer->get_object().if_contains(list) : nullptr;
  if (all == nullptr || !all->is_array()) {
    return fail(Fault::internal,
                fmt::format("the service's answer has no {}: is it of this version?", list));
  }
  if (arguments.client.wants_json) {
    terminal.out << serialize(*all) << '\n';
    return {};
  }
  std::vector<std::vector<std::string>> rows(1);
  for (const Column& column : columns) rows.front().emplace_back(column.heading);
  for (const json::value& one : all->get_array()) {
    if (!one.is_object()) continue;
    std::vector<std::string>& row = rows.emplace_back();
    for (const Column& column : columns) row.push_back(cell(one, column.field));
  }
  print_table(terminal.out, rows);
  return {};
}

Status print_quotas(const Result<json::value>& answer, const TeamArguments& arguments,
                    Terminal& terminal) {
  return print_list(answer, "quotas",
                    {{"name", "QUOTA"},
                     {"used_by_team", "USED"},
                     {"used", "USED BY ALL THAT SHARE IT"},
                     {"max", "MAX"},
                     {"teams", "TEAMS THAT SHARE IT"},
                     {"own", "OWN"}},
                    arguments, terminal);
}

Status list(const TeamArguments& arguments, const AdminClient& client, Terminal& terminal) {
  return print_list(
      client.ask(Method::get, "/teams"), "teams",
      {{"id", "ID"}, {"name", "NAME"}, {"suspended", "SUSPENDED"}, {"created_at", "CREATED"}},
      arguments, terminal);
}

Status quotas(const TeamArguments& arguments, const AdminClient& client, Terminal& terminal) {
  return print_quotas(client.ask(Method::get, arguments.path() + "/quotas"), arguments, terminal);
}

Status set_quota(const TeamArguments& arguments, const AdminClient& client, Terminal& terminal) {
  if (arguments.most == "default") {
    return print_quotas(client.ask(Method::remove, arguments.quota_path()), arguments, terminal);
  }
  uint64_t most = 0;
  const char* end = arguments.most.data() + arguments.most.size();
  const auto [stop, error] = std::from_chars(arguments.most.data(), end, most);
  if (error != std::errc{} || stop != end) {
    return fail(Fault::invalid,
                fmt::format("\"{}\" is neither a number nor \"default\"", arguments.most));
  }
  return print_quotas(client.ask(Method::put, arguments.quota_path(), {{"max", most}}), arguments,
                      terminal);
}

struct Verb {
  const char* name;
  const char* summary;
  Act act;
  int arguments_count;
};

constexpr Verb kVerbs[] = {
    {"list", "The teams there are", list, 0},
    {"quotas", "What a team holds, and how much it may", quotas, 1},
    {"set-quota", "Give a team a bound of its own, or the default again", set_quota, 3},
};

void run(const Verb& verb, const TeamArguments& arguments, Terminal& terminal) {
  const auto client = AdminClient::connect(arguments.client);
  if (!client) return terminal.report(client.error());
  const auto done = verb.act(arguments, *client, terminal);
  if (!done) terminal.report(done.error());
}

}  // namespace

void add_team_commands(CLI::App& program, Terminal& terminal) {
  CLI::App* team = program.add_subcommand("team", "Show teams, and what they may hold");
  team->require_subcommand(1);
  for (const Verb& verb : kVerbs) {
    CLI::App* command = team->add_subcommand(verb.name, verb.summary);
    // shared: CLI11 copies the callback that keeps it.
    const auto arguments = std::make_shared<TeamArguments>();
    arguments->client.add_to(*command);
    if (verb.arguments_count > 0) {
      command->add_option("team", arguments->team, "Its id: `cachery team list`")->required();
    }
    if (verb.arguments_count > 1) {
      command->add_option("quota", arguments->quota, "memory_mib, caches, credentials or own_ports")
          ->required();
      command->add_option("max", arguments->most, "How many (of memory: MiB), or default")
          ->required();
    }
    command->callback([&verb, arguments, &terminal] { run(verb, *arguments, terminal); });
  }
}

}  // namespace cachery
