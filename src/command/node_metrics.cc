// The node's side of /metrics, in the Prometheus text format: one table of simple series, then the
// two that have labels.
#include <fmt/format.h>

#include "command/local_node.h"

namespace cachery::command {
namespace {

using serve::NodeCounters;
using serve::SingleWriter;
using Workers = std::vector<std::unique_ptr<serve::Worker>>;

struct Series {
  std::string_view name;
  std::string_view help;
  SingleWriter NodeCounters::* counter;
};

constexpr Series kCounters[] = {
    {"cachery_connections_opened_total", "Connections handed to a worker",
     &NodeCounters::connections_opened},
    {"cachery_authentications_total", "Authentication attempts", &NodeCounters::authentications},
    {"cachery_authentication_failures_total", "Authentication attempts that failed",
     &NodeCounters::authentication_failures},
    {"cachery_authentications_not_understood_total",
     "SASL logins by another mechanism than PLAIN, and malformed ones",
     &NodeCounters::authentications_not_understood},
    {"cachery_authentication_timeouts_total", "Connections closed for not authenticating in time",
     &NodeCounters::authentication_timeouts},
    {"cachery_connections_displaced_total",
     "Connections without a login that were closed for a newcomer",
     &NodeCounters::connections_displaced},
};

void add_head(std::string& text, std::string_view name, std::string_view help,
              std::string_view type) {
  text += fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n", name, help, type);
}

void add_gauge(std::string& text, std::string_view name, std::string_view help, uint64_t value) {
  add_head(text, name, help, "gauge");
  text += fmt::format("{} {}\n", name, value);
}

template <typename Read>
uint64_t sum(const Workers& workers, Read read) {
  uint64_t total = 0;
  for (const auto& worker : workers) total += read(worker->counters());
  return total;
}

void add_requests(std::string& text, const Workers& workers) {
  add_head(text, "cachery_requests_total", "Requests answered, by family", "counter");
  for (size_t family = 0; family < serve::kFamilyCount; ++family) {
    const uint64_t count =
        sum(workers, [&](const NodeCounters& all) { return all.requests[family].get(); });
    text += fmt::format("cachery_requests_total{{family=\"{}\"}} {}\n", serve::kFamilyNames[family],
                        count);
  }
}

void add_latency(std::string& text, const Workers& workers) {
  constexpr std::string_view kName = "cachery_request_seconds";
  add_head(text, kName, "Time to execute a request, from a batch's mean, by family", "histogram");
  for (size_t family = 0; family < serve::kFamilyCount; ++family) {
    const std::string_view label = serve::kFamilyNames[family];
    uint64_t cumulated = 0;
    for (size_t bucket = 0; bucket < tenant::kLatencyBuckets; ++bucket) {
      cumulated +=
          sum(workers, [&](const NodeCounters& all) { return all.latency[family].count(bucket); });
      const bool is_last = bucket + 1 == tenant::kLatencyBuckets;
      // A bound a doubling is enough for a scraper that keeps each of them as a series.
      if (!is_last && bucket % tenant::kLatencyStepsPerDouble != 0) continue;
      const std::string bound =
          is_last
              ? "+Inf"
              : fmt::format("{:.9g}", static_cast<double>(tenant::latency_upper_ns(bucket)) / 1e9);
      text +=
          fmt::format("{}_bucket{{family=\"{}\",le=\"{}\"}} {}\n", kName, label, bound, cumulated);
    }
    const uint64_t sum_ns =
        sum(workers, [&](const NodeCounters& all) { return all.latency[family].sum_ns(); });
    text += fmt::format("{}_sum{{family=\"{}\"}} {:.9f}\n{}_count{{family=\"{}\"}} {}\n", kName,
                        label, static_cast<double>(sum_ns) / 1e9, kName, label, cumulated);
  }
}

}  // namespace

std::string node_metrics(const LocalExecutor& executor, const serve::Acceptor& acceptor,
                         const Workers& workers) {
  std::string text;
  size_t connections = 0;
  for (const auto& worker : workers) connections += worker->connections();
  add_gauge(text, "cachery_connections", "Open memcache connections", connections);
  for (const Series& series : kCounters) {
    add_head(text, series.name, series.help, "counter");
    text += fmt::format("{} {}\n", series.name, sum(workers, [&](const NodeCounters& all) {
                          return (all.*series.counter).get();
                        }));
  }
  add_head(text, "cachery_connections_refused_total",
           "Connections refused: over the node's limit, without TLS or from a wrong address",
           "counter");
  text += fmt::format("cachery_connections_refused_total {}\n", acceptor.refused());
  add_gauge(text, "cachery_own_ports_failed", "Own ports that cannot be opened",
            acceptor.own_ports_failed());
  uint64_t shed = 0;
  uint64_t without_memory = 0;
  size_t waiting_bytes = 0;
  for (const auto& worker : workers) {
    shed += worker->shed_count();
    without_memory += worker->out_of_memory_count();
    waiting_bytes += worker->waiting_bytes();
  }
  add_head(text, "cachery_connections_shed_total",
           "Connections closed because all connections' buffers took too much memory", "counter");
  text += fmt::format("cachery_connections_shed_total {}\n", shed);
  add_head(text, "cachery_connections_without_memory_total",
           "Connections closed because the system had no memory for what they asked for",
           "counter");
  text += fmt::format("cachery_connections_without_memory_total {}\n", without_memory);
  add_gauge(text, "cachery_connection_memory_bytes",
            "Memory of unfinished requests and of replies that are not read", waiting_bytes);
  add_head(text, "cachery_flushes_unlogged_total",
           "Flushes by clients that came faster than the flush log takes them", "counter");
  text += fmt::format("cachery_flushes_unlogged_total {}\n", executor.client_flushes().dropped());
  const store::Pool& pool = executor.pool();
  add_gauge(text, "cachery_memory_bytes", "Memory that caches may use", pool.memory_bytes());
  add_gauge(text, "cachery_memory_used_bytes", "Memory that caches use", pool.allocated_bytes());
  add_gauge(text, "cachery_memory_kept_bytes", "Free memory kept for the next use",
            pool.kept_bytes());
  add_gauge(text, "cachery_caches_used", "Caches that were used since the start",
            executor.used_caches().size());
  add_requests(text, workers);
  add_latency(text, workers);
  return text;
}

}  // namespace cachery::command
