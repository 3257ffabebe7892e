// replay: plays a trace to the store, to textbook policies or to a server, and prints a line of
// JSON for each limit and policy. See bench/README.md.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <map>

#include "base/size.h"
#include "bench/policies/policy.h"
#include "bench/replay_target.h"

namespace cachery::bench {
namespace {

constexpr const char* kUsage =
    "usage: replay --limit SIZE[,SIZE...] [--policy NAME[,NAME...]] [--server HOST:PORT] FILE.csv\n"
    "  FILE.csv               time,key,key_size,value_size,client,op,ttl, a request a line\n"
    "  --limit SIZE           bytes charged to items; 5% is that share of all items of the trace\n"
    "  --policy NAME          store (default), {}\n"
    "  --server HOST:PORT     play it to a memcached-compatible server; --limit is then what it "
    "has\n"
    "  --username, --password for that server\n"
    "  --requests N           stop after so many\n"
    "  --overwrite-percent N  make N % of the requests sets of half to twice the size\n"
    "  --ttl-percent N        let N % of the keys expire, after 1 % to 100 % of the trace's time\n";

using Arguments = std::map<std::string, std::string, std::less<>>;

Result<Arguments> read_arguments(int argc, char** argv) {
  Arguments arguments = {{"limit", ""},    {"policy", "store"},        {"server", ""},
                         {"username", ""}, {"password", ""},           {"requests", "1000000000"},
                         {"file", ""},     {"overwrite-percent", "0"}, {"ttl-percent", "0"}};
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (!word.starts_with("--")) {
      arguments["file"] = word;
      continue;
    }
    const size_t equals = word.find('=');
    const auto at = arguments.find(word.substr(2, equals == word.npos ? equals : equals - 2));
    if (at == arguments.end() || (equals == word.npos && i + 1 == argc)) {
      return fail(Fault::invalid, fmt::format("what is {}?", word));
    }
    at->second = equals == word.npos ? argv[++i] : std::string(word.substr(equals + 1));
  }
  if (arguments["file"].empty() || (arguments["limit"].empty() && arguments["server"].empty())) {
    return fail(Fault::invalid, "a file and a limit are needed");
  }
  return arguments;
}

std::vector<std::string> split(std::string_view list) {
  std::vector<std::string> parts;
  while (!list.empty()) {
    const size_t comma = std::min(list.find(','), list.size());
    parts.emplace_back(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return parts;
}

Result<uint64_t> limit_of(const std::string& text, uint64_t footprint) {
  if (!text.ends_with('%')) return parse_size(text);
  const Result<uint64_t> percent = parse_size(text.substr(0, text.size() - 1));
  if (!percent) return percent;
  return footprint * *percent / 100;
}

void print(const std::string& policy, const Trace& trace, uint64_t limit, uint64_t footprint,
           const ReplayTotals& totals, double seconds) {
  const double ratio =
      totals.gets == 0 ? 0 : static_cast<double>(totals.misses) / static_cast<double>(totals.gets);
  fmt::print(
      "{{\"policy\": \"{}\", \"limit\": {}, \"footprint\": {}, \"requests\": {}, \"gets\": {}, "
      "\"misses\": {}, \"miss_ratio\": {:.6f}, \"items\": {}, \"bytes_used\": {}, "
      "\"evictions\": {}, \"seconds\": {:.3f}}}\n",
      policy, limit, footprint, trace.requests.size(), totals.gets, totals.misses, ratio,
      totals.items, totals.bytes_used, totals.evictions, seconds);
  std::fflush(stdout);
}

Result<ReplayTotals> play(const Trace& trace, const std::string& policy, uint64_t limit,
                          Arguments& arguments) {
  if (!arguments["server"].empty()) {
    const std::string& server = arguments["server"];
    const size_t colon = std::min(server.rfind(':'), server.size());
    const std::string port = colon < server.size() ? server.substr(colon + 1) : "11211";
    return replay_to_server(trace, {server.substr(0, colon), port},
                            {arguments["username"], arguments["password"]});
  }
  const auto target =
      policy == "store" ? make_store_target(trace, limit) : make_policy(policy, trace, limit);
  if (target == nullptr) {
    return fail(Fault::invalid,
                fmt::format("no policy {}: one of store, {}", policy, policy_names()));
  }
  return replay(trace, *target);
}

Status run(Arguments arguments) {
  TraceOptions options;
  for (const auto& [name, into] : {std::pair{"overwrite-percent", &options.overwrite_percent},
                                   std::pair{"ttl-percent", &options.ttl_percent}}) {
    const Result<uint64_t> percent = parse_size(arguments[name]);
    if (!percent) return std::unexpected(percent.error());
    *into = static_cast<uint32_t>(*percent);
  }
  const Result<uint64_t> requests = parse_size(arguments["requests"]);
  if (!requests) return std::unexpected(requests.error());
  options.requests_max = *requests;
  const Result<Trace> trace = read_trace(arguments["file"], options);
  if (!trace) return std::unexpected(trace.error());
  const uint64_t footprint = footprint_bytes(*trace);
  const bool is_remote = !arguments["server"].empty();
  const auto limits = split(arguments["limit"].empty() ? "0" : arguments["limit"]);
  for (const std::string& limit_text : limits) {
    const Result<uint64_t> limit = limit_of(limit_text, footprint);
    if (!limit) return std::unexpected(limit.error());
    for (const std::string& policy : split(is_remote ? "server" : arguments["policy"])) {
      const auto start = std::chrono::steady_clock::now();
      const Result<ReplayTotals> totals = play(*trace, policy, *limit, arguments);
      if (!totals) return std::unexpected(totals.error());
      const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
      print(policy, *trace, *limit, footprint, *totals, took.count());
    }
  }
  return {};
}

}  // namespace
}  // namespace cachery::bench

int main(int argc, char** argv) {
  using namespace cachery::bench;
  auto arguments = read_arguments(argc, argv);
  if (!arguments) {
    fmt::print(stderr, "replay: {}\n", arguments.error().detail);
    fmt::print(stderr, kUsage, policy_names());
    return 2;
  }
  if (const cachery::Status status = run(std::move(*arguments)); !status) {
    fmt::print(stderr, "replay: {}\n", status.error().detail);
    return 2;
  }
  return 0;
}
