#include "cache_commands.h"

#include <fmt/format.h>

#include <istream>
#include <memory>
#include <ostream>

#include "admin_client.h"
#include "http/target.h"
#include "print.h"

namespace cachery {
namespace {

namespace json = http::json;
using http::Method;

// What the flags of one cache command said.
struct CacheArguments {
  ClientOptions client = {};
  std::string cache = {};  // id or name
  std::string name = {};
  std::string plan = {};
  uint64_t size_mib = 0;
  std::string region = {};
  uint64_t team = 0;  // 0: not given
  bool says_yes = false;
  bool is_deleted = false;
  bool is_purge = false;

  std::string path() const { return "/caches/" + http::encode_segment(cache); }
  json::object size() const {
    json::object body;
    if (!plan.empty()) body["plan"] = plan;
    if (size_mib != 0) body["size_mib"] = size_mib;
    return body;
  }
};

using Act = Status (*)(const CacheArguments&, const AdminClient&, Terminal&);

Status show_answer(const Result<json::value>& cache, const CacheArguments& arguments,
                   Terminal& terminal) {
  if (!cache) return std::unexpected(cache.error());
  if (arguments.client.wants_json) {
    terminal.out << json::serialize(*cache) << '\n';
  } else {
    print_cache(terminal.out, *cache);
  }
  return {};
}

// For answers that have nothing to show: `sentence`, or in JSON an empty object.
Status confirm(const Result<json::value>& done, const CacheArguments& arguments,
               const std::string& sentence, Terminal& terminal) {
  if (!done) return std::unexpected(done.error());
  terminal.out << (arguments.client.wants_json ? "{}" : sentence) << '\n';
  return {};
}

Status create(const CacheArguments& arguments, const AdminClient& client, Terminal& terminal) {
  json::object body = arguments.size();
  body["name"] = arguments.name;
  if (!arguments.region.empty()) body["region"] = arguments.region;
  if (arguments.team != 0) body["team"] = arguments.team;
  return show_answer(client.ask(Method::post, "/caches", body), arguments, terminal);
}

// 0 when the list ends here.
uint64_t last_id_of(const json::value& page, const json::array& caches) {
  json::error_code failure;
  const json::value* has_more = page.find_pointer("/has_more", failure);
  if (has_more == nullptr || *has_more != true || caches.empty()) return 0;
  const json::value* id = caches.back().find_pointer("/id", failure);
  const auto number = id == nullptr ? uint64_t{0} : id->to_number<uint64_t>(failure);
  return failure ? 0 : number;
}

// A page at a time: of 100,000 caches, all at once are more than a client takes of one answer. What
// only --json shows, passwords, is not asked for without it: opening them is a quarter of the work.
Result<json::array> read_caches(const CacheArguments& arguments, const AdminClient& client) {
  json::array all;
  for (uint64_t after = 0;;) {
    const auto page = client.ask(
        Method::get, fmt::format("/caches?deleted={}&passwords={}&limit={}&after={}",
                                 arguments.is_deleted, arguments.client.wants_json, 1000, after));
    const auto caches = list_in(page, "caches");
    if (!caches) return std::unexpected(caches.error());
    for (const json::value& cache : *caches) all.push_back(cache);
    const uint64_t last = last_id_of(*page, *caches);
    if (last <= after) return all;
    after = last;
  }
}

Status list(const CacheArguments& arguments, const AdminClient& client, Terminal& terminal) {
  const auto caches = read_caches(arguments, client);
  if (!caches) return std::unexpected(caches.error());
  if (arguments.client.wants_json) {
    terminal.out << json::serialize(*caches) << '\n';
  } else if (caches->empty()) {
    terminal.out
        << (arguments.is_deleted
                ? "no cache was deleted within the last day\n"
                : "no caches yet: make one with `cachery cache create --name N --plan dev`\n");
  } else {
    print_caches(terminal.out, *caches);
  }
  return {};
}

Status show(const CacheArguments& arguments, const AdminClient& client, Terminal& terminal) {
  return show_answer(client.ask(Method::get, arguments.path()), arguments, terminal);
}

Status print_env(const CacheArguments& arguments, const AdminClient& client, Terminal& terminal) {
  const auto cache = client.ask(Method::get, arguments.path());
  if (!cache) return std::unexpected(cache.error());
  if (arguments.client.wants_json) {
    terminal.out << json::serialize(variables_of(*cache)) << '\n';
  } else {
    print_variables(terminal.out, *cache);
  }
  return {};
}

Status flush(const CacheArguments& arguments, const AdminClient& client, Terminal& terminal) {
  return confirm(client.ask(Method::post, arguments.path() + "/flush"), arguments,
                 fmt::format("cache {} is empty", arguments.cache), terminal);
}

Status print_stats(const CacheArguments& arguments, const AdminClient& client, Terminal& terminal) {
  const auto answer = client.ask(Method::get, arguments.path() + "/stats");
  if (!answer) return std::unexpected(answer.error());
  json::error_code failure;
  const json::value* stats = answer->find_pointer("/stats", failure);
  if (stats == nullptr || !stats->is_object()) {
    return fail(Fault::internal, "the service's answer has no stats: is it of this version?");
  }
  if (arguments.client.wants_json) {
    terminal.out << json::serialize(*stats) << '\n';
    return {};
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& [name, value] : stats->get_object()) {
    rows.push_back({std::string(name), json::serialize(value)});
  }
  print_table(terminal.out, rows);
  return {};
}

Status reset_stats(const CacheArguments& arguments, const AdminClient& client, Terminal& terminal) {
  return confirm(client.ask(Method::post, arguments.path() + "/stats/reset"), arguments,
                 fmt::format("the counters of cache {} begin at 0", arguments.cache), terminal);
}

Status rotate_sso(const CacheArguments& arguments, const AdminClient& client, Terminal& terminal) {
  const auto answer = client.ask(Method::post, arguments.path() + "/rotate_sso");
  if (!answer) return std::unexpected(answer.error());
  json::error_code failure;
  const json::value* path = answer->find_pointer("/sso_path", failure);
  if (path == nullptr || !path->is_string()) {
    return fail(Fault::internal, "the service's answer has no sso_path: is it of this version?");
  }
  terminal.out << (arguments.client.wants_json ? json::serialize(*answer)
                                               : std::string(path->get_string()))
               << '\n';
  return {};
}

Status resize(const CacheArguments& arguments, const AdminClient& client, Terminal& terminal) {
  return show_answer(client.ask(Method::patch, arguments.path(), arguments.size()), arguments,
                     terminal);
}

Status rename(const CacheArguments& arguments, const AdminClient& client, Terminal& terminal) {
  return show_answer(client.ask(Method::patch, arguments.path(), {{"name", arguments.name}}),
                     arguments, terminal);
}

Status restore(const CacheArguments& arguments, const AdminClient& client, Terminal& terminal) {
  json::object body;
  if (!arguments.name.empty()) body["name"] = arguments.name;
  return show_answer(client.ask(Method::post, arguments.path() + "/restore", body), arguments,
                     terminal);
}

Status enable(const CacheArguments& arguments, const AdminClient& client, Terminal& terminal) {
  return show_answer(client.ask(Method::patch, arguments.path(), {{"enabled", true}}), arguments,
                     terminal);
}

Status disable(const CacheArguments& arguments, const AdminClient& client, Terminal& terminal) {
  return show_answer(client.ask(Method::patch, arguments.path(), {{"enabled", false}}), arguments,
                     terminal);
}

Status remove(const CacheArguments& arguments, const AdminClient& client, Terminal& terminal) {
  if (!arguments.says_yes) {
    terminal.err << "Delete cache " << arguments.cache
                 << (arguments.is_purge ? "? It is gone for good then. Type yes: "
                                        : "? It can be restored for a day. Type yes: ")
                 << std::flush;
    std::string answer;
    std::getline(terminal.in, answer);
    if (answer != "yes") return fail(Fault::invalid, "nothing was deleted");
  }
  if (arguments.is_purge) {
    return confirm(client.ask(Method::remove, arguments.path() + "?purge=true"), arguments,
                   fmt::format("cache {} is gone", arguments.cache), terminal);
  }
  return confirm(
      client.ask(Method::remove, arguments.path()), arguments,
      fmt::format("cache {} is deleted; for a day it can be restored by its id", arguments.cache),
      terminal);
}

struct Verb {
  const char* name;
  const char* summary;
  Act act;
  enum class Takes {
    cache,
    cache_name,
    cache_size,
    name_size,
    nothing,
    cache_yes,
    cache_restore
  } takes;
};

constexpr Verb kVerbs[] = {
    {"create", "Make a cache, with one credential", create, Verb::Takes::name_size},
    {"list", "All caches", list, Verb::Takes::nothing},
    {"show", "One cache and how to reach it", show, Verb::Takes::cache},
    {"env", "The three variables of a client, ready for a shell", print_env, Verb::Takes::cache},
    {"flush", "Empty a cache", flush, Verb::Takes::cache},
    {"stats", "The counters of a cache", print_stats, Verb::Takes::cache},
    {"reset-stats", "Set the counters of a cache to 0", reset_stats, Verb::Takes::cache},
    {"rotate-sso", "Give a cache a new dashboard address; the old one ends", rotate_sso,
     Verb::Takes::cache},
    {"resize", "Change the plan of a cache in place", resize, Verb::Takes::cache_size},
    {"rename", "Give a cache another name", rename, Verb::Takes::cache_name},
    {"enable", "Let clients in again", enable, Verb::Takes::cache},
    {"disable", "Keep a cache but let no client in", disable, Verb::Takes::cache},
    {"delete", "Delete a cache, with a day to undo it", remove, Verb::Takes::cache_yes},
    {"restore", "Undo the deletion of a cache", restore, Verb::Takes::cache_restore},
};

void add_size(CLI::App& command, CacheArguments& arguments) {
  auto* plan = command.add_option("--plan", arguments.plan, "Its plan: dev, 100, 250, 500, ...");
  auto* size = command.add_option("--size-mib", arguments.size_mib, "In place of a plan, its MiB");
  plan->excludes(size);
}

void add_arguments(CLI::App& command, const Verb& verb, CacheArguments& arguments) {
  using Takes = Verb::Takes;
  arguments.client.add_to(command);
  if (verb.takes != Takes::nothing && verb.takes != Takes::name_size) {
    command.add_option("cache", arguments.cache, "Its id or name")->required();
  }
  if (verb.takes == Takes::name_size || verb.takes == Takes::cache_name) {
    command.add_option("--name", arguments.name, "A name of your choice")->required();
  }
  if (verb.takes == Takes::name_size || verb.takes == Takes::cache_size) {
    add_size(command, arguments);
  }
  if (verb.takes == Takes::name_size) {
    command.add_option("--region", arguments.region, "Where it is to be; anywhere if not given");
    command.add_option("--team", arguments.team, "The id of the team that it is for");
  }
  if (verb.takes == Takes::nothing) {
    command.add_flag("--deleted", arguments.is_deleted, "Those that can still be restored");
  }
  if (verb.takes == Takes::cache_restore) {
    command.add_option("--name", arguments.name, "Another name, if its own is taken");
  }
  if (verb.takes == Takes::cache_yes) {
    command.add_flag("--yes", arguments.says_yes, "Do not ask");
    command.add_flag("--purge", arguments.is_purge, "For good, without the day to undo it");
  }
}

void run(const Verb& verb, const CacheArguments& arguments, Terminal& terminal) {
  const auto client = AdminClient::connect(arguments.client);
  if (!client) return terminal.report(client.error());
  const auto done = verb.act(arguments, *client, terminal);
  if (!done) terminal.report(done.error());
}

}  // namespace

void add_cache_commands(CLI::App& program, Terminal& terminal) {
  CLI::App* cache = program.add_subcommand("cache", "Make, show and change caches");
  cache->require_subcommand(1);
  for (const Verb& verb : kVerbs) {
    CLI::App* command = cache->add_subcommand(verb.name, verb.summary);
    // shared: CLI11 copies the callback that keeps it.
    const auto arguments = std::make_shared<CacheArguments>();
    add_arguments(*command, verb, *arguments);
    command->callback([&verb, arguments, &terminal] { run(verb, *arguments, terminal); });
  }
}

}  // namespace cachery
