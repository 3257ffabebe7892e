#include "credential_commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <ostream>
#include <vector>

#include "admin_client.h"
#include "http/target.h"
#include "print.h"

namespace cachery {
namespace {

namespace json = http::json;
using http::Method;

struct CredentialArguments {
  ClientOptions client = {};
  std::string cache = {};       // id or name
  std::string credential = {};  // username or id
  // Absent: unchanged, or the default of a new one.
  std::optional<bool> write = {};
  std::optional<bool> flush = {};
  std::optional<bool> api = {};
  std::optional<std::string> key_prefix = {};
  std::optional<uint16_t> own_port = {};
  std::optional<std::vector<std::string>> own_port_networks = {};
  std::optional<std::string> tls_client_name = {};
  std::optional<std::string> tls_server_name = {};

  std::string path() const { return "/caches/" + http::encode_segment(cache) + "/credentials"; }
};

json::object body_of(const CredentialArguments& arguments) {
  json::object body;
  const auto put = [&body](const char* name, const auto& value) {
    if (value) body[name] = json::value_from(*value);
  };
  put("write", arguments.write);
  put("flush", arguments.flush);
  put("api", arguments.api);
  put("key_prefix", arguments.key_prefix);
  put("own_port", arguments.own_port);
  put("own_port_networks", arguments.own_port_networks);
  put("tls_client_name", arguments.tls_client_name);
  put("tls_server_name", arguments.tls_server_name);
  return body;
}

Result<json::array> fetch_all(const CredentialArguments& arguments, const AdminClient& client) {
  return list_in(client.ask(Method::get, arguments.path()), "credentials");
}

// The credential's own path; its username is looked up first, since a username may look like an id.
Result<std::string> find_path(const CredentialArguments& arguments, const AdminClient& client) {
  const auto all = fetch_all(arguments, client);
  if (!all) return std::unexpected(all.error());
  std::string wanted = arguments.credential;
  std::ranges::transform(wanted, wanted.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  for (const char* name : {"username", "id"}) {
    for (const json::value& one : *all) {
      const json::value* field = one.is_object() ? one.get_object().if_contains(name) : nullptr;
      const json::value* id = one.is_object() ? one.get_object().if_contains("id") : nullptr;
      if (field == nullptr || id == nullptr) continue;
      const std::string text =
          field->is_string() ? std::string(field->get_string()) : json::serialize(*field);
      if (text == wanted) return arguments.path() + "/" + json::serialize(*id);
    }
  }
  return fail(Fault::not_found,
              fmt::format("cache {} has no credential \"{}\": see `cachery credential list {}`",
                          arguments.cache, arguments.credential, arguments.cache));
}

Status show_answer(const Result<json::value>& credential, const CredentialArguments& arguments,
                   Terminal& terminal) {
  if (!credential) return std::unexpected(credential.error());
  if (arguments.client.wants_json) {
    terminal.out << json::serialize(*credential) << '\n';
  } else {
    print_credentials(terminal.out, json::array{*credential});
  }
  return {};
}

Status create(const CredentialArguments& arguments, const AdminClient& client, Terminal& terminal) {
  return show_answer(client.ask(Method::post, arguments.path(), body_of(arguments)), arguments,
                     terminal);
}

Status list(const CredentialArguments& arguments, const AdminClient& client, Terminal& terminal) {
  const auto all = fetch_all(arguments, client);
  if (!all) return std::unexpected(all.error());
  if (arguments.client.wants_json) {
    terminal.out << json::serialize(*all) << '\n';
  } else {
    print_credentials(terminal.out, *all);
  }
  return {};
}

Status update(const CredentialArguments& arguments, const AdminClient& client, Terminal& terminal) {
  const json::object body = body_of(arguments);
  if (body.empty()) {
    return fail(Fault::invalid, "say what to change: `cachery credential update --help` lists it");
  }
  const auto path = find_path(arguments, client);
  if (!path) return std::unexpected(path.error());
  return show_answer(client.ask(Method::patch, *path, body), arguments, terminal);
}

Status promote(const CredentialArguments& arguments, const AdminClient& client,
               Terminal& terminal) {
  const auto path = find_path(arguments, client);
  if (!path) return std::unexpected(path.error());
  return show_answer(client.ask(Method::post, *path + "/promote"), arguments, terminal);
}

Status remove(const CredentialArguments& arguments, const AdminClient& client, Terminal& terminal) {
  const auto path = find_path(arguments, client);
  if (!path) return std::unexpected(path.error());
  const auto done = client.ask(Method::remove, *path);
  if (!done) return std::unexpected(done.error());
  const std::string sentence = fmt::format("credential {} is deleted", arguments.credential);
  terminal.out << (arguments.client.wants_json ? "{}" : sentence) << '\n';
  return {};
}

struct Verb {
  const char* name;
  const char* summary;
  Status (*act)(const CredentialArguments&, const AdminClient&, Terminal&);
  enum class Takes { cache, rights, credential, credential_rights } takes;
};

constexpr Verb kVerbs[] = {
    {"create", "Make a credential for a cache", create, Verb::Takes::rights},
    {"list", "The credentials of a cache", list, Verb::Takes::cache},
    {"update", "Change what a credential may do", update, Verb::Takes::credential_rights},
    {"promote", "Make a credential the primary one", promote, Verb::Takes::credential},
    {"delete", "Delete a credential: its connections are closed", remove, Verb::Takes::credential},
};

void add_rights(CLI::App& command, CredentialArguments& arguments) {
  command.add_option("--write", arguments.write, "Whether it may change items: true or false");
  command.add_option("--flush", arguments.flush, "Whether it may flush the cache");
  command.add_option("--api", arguments.api,
                     "Whether it may use the cache's HTTP API; one made with --write false may not "
                     "unless this says so");
  command.add_option("--key-prefix", arguments.key_prefix,
                     "Its keys are kept under this prefix; \"\" for none");
  command.add_option("--own-port", arguments.own_port,
                     "A port where no password is needed; 0 for none");
  command
      .add_option("--own-port-networks", arguments.own_port_networks,
                  "Who may connect to that port: 10.0.0.0/8,192.168.0.7")
      ->delimiter(',');
  command.add_option("--tls-client-name", arguments.tls_client_name,
                     "A client certificate's name that needs no password; \"\" for none");
  command.add_option("--tls-server-name", arguments.tls_server_name,
                     "A TLS server name that needs no password: a name, or \"new\" for one that "
                     "the service makes below --tls-name-domain; \"\" for none");
}

void add_arguments(CLI::App& command, const Verb& verb, CredentialArguments& arguments) {
  using Takes = Verb::Takes;
  arguments.client.add_to(command);
  command.add_option("cache", arguments.cache, "Its cache, by id or name")->required();
  if (verb.takes == Takes::credential || verb.takes == Takes::credential_rights) {
    command.add_option("credential", arguments.credential, "Its username or id")->required();
  }
  if (verb.takes == Takes::rights || verb.takes == Takes::credential_rights) {
    add_rights(command, arguments);
  }
}

void run(const Verb& verb, const CredentialArguments& arguments, Terminal& terminal) {
  const auto client = AdminClient::connect(arguments.client);
  if (!client) return terminal.report(client.error());
  const auto done = verb.act(arguments, *client, terminal);
  if (!done) terminal.report(done.error());
}

}  // namespace

void add_credential_commands(CLI::App& program, Terminal& terminal) {
  CLI::App* credential =
      program.add_subcommand("credential", "Make, show and change the credentials of a cache");
  credential->require_subcommand(1);
  for (const Verb& verb : kVerbs) {
    CLI::App* command = credential->add_subcommand(verb.name, verb.summary);
    // shared: CLI11 copies the callback that keeps it.
    const auto arguments = std::make_shared<CredentialArguments>();
    add_arguments(*command, verb, *arguments);
    command->callback([&verb, arguments, &terminal] { run(verb, *arguments, terminal); });
  }
}

}  // namespace cachery
