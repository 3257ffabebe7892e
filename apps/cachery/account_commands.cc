#include "account_commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <ostream>

#include "admin_client.h"
#include "http/target.h"
#include "print.h"

namespace cachery {
namespace {

namespace json = http::json;
using http::Method;

// What the flags of one account command said.
struct AccountArguments {
  ClientOptions client = {};
  std::string account = {};  // an e-mail address, or an id
  std::string search = {};
  bool disables_caches = false;
};

using Act = Status (*)(const AccountArguments&, const AdminClient&, Terminal&);

std::string text_of(const json::value& object, const char* name) {
  const json::value* value = object.as_object().if_contains(name);
  return value == nullptr || !value->is_string() ? std::string() : std::string(value->get_string());
}

bool is_true(const json::value& object, const char* name) {
  const json::value* value = object.as_object().if_contains(name);
  return value != nullptr && value->is_bool() && value->get_bool();
}

std::string state_of(const json::value& account) {
  if (is_true(account, "suspended")) return "suspended";
  if (!is_true(account, "confirmed")) return "not confirmed";
  return is_true(account, "operator") ? "operator" : "";
}

void print_accounts(std::ostream& out, const json::array& accounts) {
  std::vector<std::vector<std::string>> rows = {{"ID", "EMAIL", "NAME", "STATE", "LAST SIGN-IN"}};
  for (const json::value& one : accounts) {
    rows.push_back({serialize(one.as_object().at("id")), text_of(one, "email"),
                    text_of(one, "name"), state_of(one), text_of(one, "last_sign_in_at")});
  }
  print_table(out, rows);
}

std::unexpected<Error> not_of_this_version() {
  return fail(Fault::internal, "the service's answer has no accounts: is it of this version?");
}

// Every account that matches, page after page.
Result<json::array> find_all(const AdminClient& client, const std::string& search) {
  json::array all;
  for (uint64_t after = 0;;) {
    const auto page = client.ask(Method::get, fmt::format("/accounts?limit=500&after={}&search={}",
                                                          after, http::encode_segment(search)));
    if (!page) return std::unexpected(page.error());
    const json::value* accounts =
        page->is_object() ? page->get_object().if_contains("accounts") : nullptr;
    if (accounts == nullptr || !accounts->is_array()) return not_of_this_version();
    for (const json::value& one : accounts->get_array()) {
      const json::value* id = one.is_object() ? one.get_object().if_contains("id") : nullptr;
      if (id == nullptr || !id->is_int64()) return not_of_this_version();
      after = static_cast<uint64_t>(id->get_int64());
      all.push_back(one);
    }
    if (accounts->get_array().empty() || !is_true(*page, "has_more")) return all;
  }
}

bool is_same_address(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) ==
           std::tolower(static_cast<unsigned char>(y));
  });
}

// "/accounts/7", from either way to name one.
Result<std::string> path_of(const AdminClient& client, const std::string& account) {
  if (account.find('@') == std::string::npos) return "/accounts/" + http::encode_segment(account);
  const auto found = find_all(client, account);
  if (!found) return std::unexpected(found.error());
  for (const json::value& one : *found) {
    if (!is_same_address(text_of(one, "email"), account)) continue;
    return "/accounts/" + serialize(one.as_object().at("id"));
  }
  return fail(Fault::not_found, fmt::format("there is no account {}: `cachery account list` shows "
                                            "them",
                                            account));
}

Status print_one(const Result<json::value>& account, const AccountArguments& arguments,
                 Terminal& terminal) {
  if (!account) return std::unexpected(account.error());
  if (arguments.client.wants_json) {
    terminal.out << serialize(*account) << '\n';
  } else if (!account->is_object() || !account->get_object().contains("id")) {
    return not_of_this_version();
  } else {
    print_accounts(terminal.out, {*account});
  }
  return {};
}

// Asks `verb` of the account that the arguments name and prints it as it is then.
Status change(const AccountArguments& arguments, const AdminClient& client, Terminal& terminal,
              Method method, const char* verb, const json::object& body = {}) {
  const auto path = path_of(client, arguments.account);
  if (!path) return std::unexpected(path.error());
  return print_one(client.ask(method, *path + verb, body), arguments, terminal);
}

Status print_link(const Result<json::value>& made, const AccountArguments& arguments,
                  Terminal& terminal) {
  if (!made) return std::unexpected(made.error());
  if (!made->is_object()) return not_of_this_version();
  terminal.out << (arguments.client.wants_json ? serialize(*made) : text_of(*made, "link")) << '\n';
  return {};
}

Status list(const AccountArguments& arguments, const AdminClient& client, Terminal& terminal) {
  const auto all = find_all(client, arguments.search);
  if (!all) return std::unexpected(all.error());
  if (arguments.client.wants_json) {
    terminal.out << serialize(json::value(*all)) << '\n';
  } else {
    print_accounts(terminal.out, *all);
  }
  return {};
}

Status show(const AccountArguments& arguments, const AdminClient& client, Terminal& terminal) {
  return change(arguments, client, terminal, Method::get, "");
}

Status suspend(const AccountArguments& arguments, const AdminClient& client, Terminal& terminal) {
  return change(arguments, client, terminal, Method::post, "/suspend",
                {{"disable_caches", arguments.disables_caches}});
}

Status unsuspend(const AccountArguments& arguments, const AdminClient& client, Terminal& terminal) {
  return change(arguments, client, terminal, Method::post, "/unsuspend");
}

Status make_operator(const AccountArguments& arguments, const AdminClient& client,
                     Terminal& terminal) {
  return change(arguments, client, terminal, Method::patch, "", {{"operator", true}});
}

Status unmake_operator(const AccountArguments& arguments, const AdminClient& client,
                       Terminal& terminal) {
  return change(arguments, client, terminal, Method::patch, "", {{"operator", false}});
}

Status make_reset_link(const AccountArguments& arguments, const AdminClient& client,
                       Terminal& terminal) {
  const auto path = path_of(client, arguments.account);
  if (!path) return std::unexpected(path.error());
  return print_link(client.ask(Method::post, *path + "/reset_link"), arguments, terminal);
}

Status remove_second_factor(const AccountArguments& arguments, const AdminClient& client,
                            Terminal& terminal) {
  const auto path = path_of(client, arguments.account);
  if (!path) return std::unexpected(path.error());
  const auto done = client.ask(Method::post, *path + "/second_factor/remove");
  if (!done) return std::unexpected(done.error());
  return print_one(client.ask(Method::get, *path), arguments, terminal);
}

Status make_operator_link(const AccountArguments& arguments, const AdminClient& client,
                          Terminal& terminal) {
  return print_link(client.ask(Method::post, "/operator_link"), arguments, terminal);
}

struct Verb {
  const char* name;
  const char* summary;
  Act act;
  enum class Takes { nothing, search, account, suspension } takes;
};

constexpr Verb kVerbs[] = {
    {"list", "Who has an account", list, Verb::Takes::search},
    {"show", "One account", show, Verb::Takes::account},
    {"suspend", "End its sessions and tokens and refuse it", suspend, Verb::Takes::suspension},
    {"unsuspend", "Let it in again, with its caches", unsuspend, Verb::Takes::account},
    {"make-operator", "Give it the rights of an operator", make_operator, Verb::Takes::account},
    {"unmake-operator", "Take them away", unmake_operator, Verb::Takes::account},
    {"reset-link", "A link, to pass on, that sets a new password", make_reset_link,
     Verb::Takes::account},
    {"remove-second-factor", "For who has lost the authenticator and the recovery codes",
     remove_second_factor, Verb::Takes::account},
    {"operator-link", "A link that makes an operator of whoever opens it", make_operator_link,
     Verb::Takes::nothing},
};

void add_arguments(CLI::App& command, const Verb& verb, AccountArguments& arguments) {
  using Takes = Verb::Takes;
  arguments.client.add_to(command);
  if (verb.takes == Takes::search) {
    command.add_option("--search", arguments.search, "A part of the address or of the name");
  }
  if (verb.takes == Takes::account || verb.takes == Takes::suspension) {
    command.add_option("account", arguments.account, "Its e-mail address, or its id")->required();
  }
  if (verb.takes == Takes::suspension) {
    command.add_flag("--disable-caches", arguments.disables_caches,
                     "Refuse the caches of its teams too, but of teams with another owner");
  }
}

void run(const Verb& verb, const AccountArguments& arguments, Terminal& terminal) {
  const auto client = AdminClient::connect(arguments.client);
  if (!client) return terminal.report(client.error());
  const auto done = verb.act(arguments, *client, terminal);
  if (!done) terminal.report(done.error());
}

}  // namespace

void add_account_commands(CLI::App& program, Terminal& terminal) {
  CLI::App* account = program.add_subcommand("account", "Show, suspend and help people");
  account->require_subcommand(1);
  for (const Verb& verb : kVerbs) {
    CLI::App* command = account->add_subcommand(verb.name, verb.summary);
    // shared: CLI11 copies the callback that keeps it.
    const auto arguments = std::make_shared<AccountArguments>();
    add_arguments(*command, verb, *arguments);
    command->callback([&verb, arguments, &terminal] { run(verb, *arguments, terminal); });
  }
}

}  // namespace cachery
