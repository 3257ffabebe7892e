#include "plan_commands.h"

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <ostream>

#include "admin_client.h"
#include "control/currency.h"
#include "http/target.h"
#include "print.h"

namespace cachery {
namespace {

namespace json = http::json;
using http::Method;

// What the flags of one plan command said. What was not given is not sent.
struct PlanArguments {
  ClientOptions client = {};
  std::string plan = {};
  std::optional<uint64_t> size_mib = {};
  std::optional<uint64_t> price = {};
  std::optional<std::string> kind = {};
  std::optional<uint64_t> connections = {};
  std::optional<uint64_t> requests = {};
  std::optional<uint64_t> bytes = {};
  std::optional<bool> manages_credentials = {};
  std::optional<bool> updates_capabilities = {};
  std::optional<bool> has_several_servers = {};

  std::string path() const { return "/plans/" + http::encode_segment(plan); }
  json::object body() const;
};

json::object PlanArguments::body() const {
  json::object body;
  const auto set = [&](const char* name, const auto& value) {
    if (value) body[name] = *value;
  };
  set("size_mib", size_mib);
  set("price_minor_units", price);
  set("kind", kind);
  set("connections_max", connections);
  set("requests_per_second", requests);
  set("bytes_per_second", bytes);
  set("manage_credentials", manages_credentials);
  set("update_capabilities", updates_capabilities);
  set("several_servers", has_several_servers);
  return body;
}

using Act = Status (*)(const PlanArguments&, const AdminClient&, Terminal&);

// "15.00 USD"; nothing where the service tells no price.
std::string price_of(const json::value& plan) {
  json::error_code failure;
  const json::value* minor_units = plan.find_pointer("/price_minor_units", failure);
  const json::value* currency = plan.find_pointer("/currency", failure);
  if (minor_units == nullptr || currency == nullptr || !currency->is_string()) return {};
  const auto amount = minor_units->to_number<int64_t>(failure);
  if (failure) return {};
  const std::string code(currency->get_string());
  return fmt::format("{} {}", control::format_minor(amount, code), code);
}

std::vector<std::string> row_of(const json::value& plan) {
  json::error_code failure;
  const auto number = [&](const char* name) {
    const json::value* value = plan.find_pointer(name, failure);
    return value == nullptr ? std::string() : json::serialize(*value);
  };
  const auto text = [&](const char* name) {
    const json::value* value = plan.find_pointer(name, failure);
    return value == nullptr || !value->is_string() ? std::string()
                                                   : std::string(value->get_string());
  };
  const auto limit = [&](const char* name) {
    const std::string most = number(name);
    return most == "0" ? std::string("unlimited") : most;
  };
  return {text("/slug"),
          number("/size_mib"),
          price_of(plan),
          text("/kind"),
          limit("/connections_max"),
          limit("/requests_per_second"),
          limit("/bytes_per_second")};
}

void print_plans(std::ostream& out, const json::array& plans) {
  std::vector<std::vector<std::string>> rows = {
      {"PLAN", "MIB", "PRICE", "KIND", "CONNECTIONS", "REQUESTS/S", "BYTES/S"}};
  for (const json::value& plan : plans) rows.push_back(row_of(plan));
  print_table(out, rows);
}

Status show_answer(const Result<json::value>& plan, const PlanArguments& arguments,
                   Terminal& terminal) {
  if (!plan) return std::unexpected(plan.error());
  if (arguments.client.wants_json) {
    terminal.out << json::serialize(*plan) << '\n';
  } else {
    print_plans(terminal.out, {*plan});
  }
  return {};
}

Status list(const PlanArguments& arguments, const AdminClient& client, Terminal& terminal) {
  const auto plans = list_in(client.ask(Method::get, "/plans"), "plans");
  if (!plans) return std::unexpected(plans.error());
  if (arguments.client.wants_json) {
    terminal.out << json::serialize(*plans) << '\n';
  } else {
    print_plans(terminal.out, *plans);
  }
  return {};
}

Status show(const PlanArguments& arguments, const AdminClient& client, Terminal& terminal) {
  return show_answer(client.ask(Method::get, arguments.path()), arguments, terminal);
}

Status create(const PlanArguments& arguments, const AdminClient& client, Terminal& terminal) {
  json::object body = arguments.body();
  body["slug"] = arguments.plan;
  return show_answer(client.ask(Method::post, "/plans", body), arguments, terminal);
}

Status update(const PlanArguments& arguments, const AdminClient& client, Terminal& terminal) {
  return show_answer(client.ask(Method::patch, arguments.path(), arguments.body()), arguments,
                     terminal);
}

Status remove(const PlanArguments& arguments, const AdminClient& client, Terminal& terminal) {
  const auto done = client.ask(Method::remove, arguments.path());
  if (!done) return std::unexpected(done.error());
  terminal.out << (arguments.client.wants_json ? std::string("{}")
                                               : fmt::format("plan {} is deleted", arguments.plan))
               << '\n';
  return {};
}

struct Verb {
  const char* name;
  const char* summary;
  Act act;
  enum class Takes { nothing, plan, plan_fields } takes;
};

constexpr Verb kVerbs[] = {
    {"list", "The plans that a cache can have", list, Verb::Takes::nothing},
    {"show", "One plan", show, Verb::Takes::plan},
    {"create", "Make a plan", create, Verb::Takes::plan_fields},
    {"update", "Change a plan, in force on its caches at once", update, Verb::Takes::plan_fields},
    {"delete", "Delete a plan that no cache has", remove, Verb::Takes::plan},
};

void add_fields(CLI::App& command, PlanArguments& arguments) {
  command.add_option("--size-mib", arguments.size_mib, "How much its caches hold, in MiB");
  command.add_option("--price", arguments.price, "Its price a month, in cents (minor units)");
  command.add_option("--kind", arguments.kind, "development or production");
  command.add_option("--connections", arguments.connections, "At most so many; 0: no limit");
  command.add_option("--requests", arguments.requests, "At most so many a second; 0: no limit");
  command.add_option("--bytes", arguments.bytes, "At most so many a second; 0: no limit");
  command.add_option("--manage-credentials", arguments.manages_credentials,
                     "Whether the analytics API may create and delete credentials");
  command.add_option("--update-capabilities", arguments.updates_capabilities,
                     "Whether it may say what a credential may do");
  command.add_option("--several-servers", arguments.has_several_servers,
                     "Whether its caches are told all addresses, or one");
}

void add_arguments(CLI::App& command, const Verb& verb, PlanArguments& arguments) {
  using Takes = Verb::Takes;
  arguments.client.add_to(command);
  if (verb.takes != Takes::nothing) {
    command.add_option("plan", arguments.plan, "Its slug, as dev or 100")->required();
  }
  if (verb.takes == Takes::plan_fields) add_fields(command, arguments);
}

void run(const Verb& verb, const PlanArguments& arguments, Terminal& terminal) {
  const auto client = AdminClient::connect(arguments.client);
  if (!client) return terminal.report(client.error());
  const auto done = verb.act(arguments, *client, terminal);
  if (!done) terminal.report(done.error());
}

}  // namespace

void add_plan_commands(CLI::App& program, Terminal& terminal) {
  CLI::App* plan = program.add_subcommand("plan", "Make, show and change plans");
  plan->require_subcommand(1);
  for (const Verb& verb : kVerbs) {
    CLI::App* command = plan->add_subcommand(verb.name, verb.summary);
    // shared: CLI11 copies the callback that keeps it.
    const auto arguments = std::make_shared<PlanArguments>();
    add_arguments(*command, verb, *arguments);
    command->callback([&verb, arguments, &terminal] { run(verb, *arguments, terminal); });
  }
}

}  // namespace cachery
