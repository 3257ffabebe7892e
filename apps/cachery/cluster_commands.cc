#include "cluster_commands.h"

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <ostream>

#include "admin_client.h"
#include "http/target.h"
#include "print.h"

namespace cachery {
namespace {

namespace json = http::json;
using http::Method;

// What the flags of one cluster command said. What was not given is not sent.
struct ClusterArguments {
  ClientOptions client = {};
  std::string cluster = {};  // id or name
  std::optional<std::string> name = {};
  std::optional<std::string> region = {};
  std::optional<std::string> kind = {};

  std::string path() const { return "/clusters/" + http::encode_segment(cluster); }
};

using Act = Status (*)(const ClusterArguments&, const AdminClient&, Terminal&);

Status show_answer(const Result<json::value>& cluster, const ClusterArguments& arguments,
                   Terminal& terminal) {
  if (!cluster) return std::unexpected(cluster.error());
  if (arguments.client.wants_json) {
    terminal.out << json::serialize(*cluster) << '\n';
  } else {
    print_clusters(terminal.out, {*cluster});
  }
  return {};
}

Status list(const ClusterArguments& arguments, const AdminClient& client, Terminal& terminal) {
  const auto clusters = list_in(client.ask(Method::get, "/clusters"), "clusters");
  if (!clusters) return std::unexpected(clusters.error());
  if (arguments.client.wants_json) {
    terminal.out << json::serialize(*clusters) << '\n';
  } else {
    print_clusters(terminal.out, *clusters);
  }
  return {};
}

Status show(const ClusterArguments& arguments, const AdminClient& client, Terminal& terminal) {
  return show_answer(client.ask(Method::get, arguments.path()), arguments, terminal);
}

Status update(const ClusterArguments& arguments, const AdminClient& client, Terminal& terminal) {
  json::object body;
  if (arguments.name) body["name"] = *arguments.name;
  if (arguments.region) body["region"] = *arguments.region;
  if (arguments.kind) body["kind"] = *arguments.kind;
  if (body.empty()) {
    return fail(Fault::invalid, "nothing to change: give --name, --region or --kind");
  }
  return show_answer(client.ask(Method::patch, arguments.path(), body), arguments, terminal);
}

struct Verb {
  const char* name;
  const char* summary;
  Act act;
  enum class Takes { nothing, cluster, cluster_fields } takes;
};

constexpr Verb kVerbs[] = {
    {"list", "The clusters that caches are in", list, Verb::Takes::nothing},
    {"show", "One cluster", show, Verb::Takes::cluster},
    {"update", "Change a cluster's name, region or kind", update, Verb::Takes::cluster_fields},
};

void add_arguments(CLI::App& command, const Verb& verb, ClusterArguments& arguments) {
  using Takes = Verb::Takes;
  arguments.client.add_to(command);
  if (verb.takes == Takes::nothing) return;
  command.add_option("cluster", arguments.cluster, "Its name or its id")->required();
  if (verb.takes != Takes::cluster_fields) return;
  command.add_option("--name", arguments.name, "Its new name");
  command.add_option("--region", arguments.region, "Where it stands, as people choose it");
  command.add_option("--kind", arguments.kind, "development or production");
}

void run(const Verb& verb, const ClusterArguments& arguments, Terminal& terminal) {
  const auto client = AdminClient::connect(arguments.client);
  if (!client) return terminal.report(client.error());
  const auto done = verb.act(arguments, *client, terminal);
  if (!done) terminal.report(done.error());
}

}  // namespace

void add_cluster_commands(CLI::App& program, Terminal& terminal) {
  CLI::App* cluster = program.add_subcommand("cluster", "Show and name clusters and their regions");
  cluster->require_subcommand(1);
  for (const Verb& verb : kVerbs) {
    CLI::App* command = cluster->add_subcommand(verb.name, verb.summary);
    // shared: CLI11 copies the callback that keeps it.
    const auto arguments = std::make_shared<ClusterArguments>();
    add_arguments(*command, verb, *arguments);
    command->callback([&verb, arguments, &terminal] { run(verb, *arguments, terminal); });
  }
}

}  // namespace cachery
