#include "api/request_metrics.h"

#include <fmt/format.h>

namespace cachery::api {

std::string_view RequestMetrics::class_of(const http::Request& request) {
  const auto& path = request.segments;
  if (path.empty()) return "other";
  if (path[0] == "metrics") return "metrics";
  if (path[0] == "healthz" || path[0] == "readyz") return "health";
  if (path[0] != "api" || path.size() < 2) return "other";
  if (path[1] == "admin") return "admin";
  if (path[1] == "v1" || path[1] == "login") return "analytics_v1";
  return path[1] == "v2" ? "analytics_v2" : "other";
}

http::Response RequestMetrics::answer(const http::Handler& handler, const http::Request& request) {
  const uint64_t begun_ns = clock_.now().steady_ns;
  http::Response response = handler(request);
  const uint64_t took_ns = clock_.now().steady_ns - begun_ns;
  const std::lock_guard lock(mutex_);
  Count& count = counts_[{class_of(request), response.status}];
  ++count.requests;
  count.busy_ns += took_ns;
  return response;
}

std::string RequestMetrics::metrics() const {
  std::string requests =
      "# HELP cachery_http_requests_total HTTP requests answered\n"
      "# TYPE cachery_http_requests_total counter\n";
  std::string seconds =
      "# HELP cachery_http_request_seconds_total Time spent in answering HTTP requests\n"
      "# TYPE cachery_http_request_seconds_total counter\n";
  std::map<std::string_view, uint64_t> busy_ns;
  const std::lock_guard lock(mutex_);
  for (const auto& [key, count] : counts_) {
    requests += fmt::format("cachery_http_requests_total{{class=\"{}\",status=\"{}\"}} {}\n",
                            key.name, key.status, count.requests);
    busy_ns[key.name] += count.busy_ns;
  }
  for (const auto& [name, ns] : busy_ns) {
    seconds += fmt::format("cachery_http_request_seconds_total{{class=\"{}\"}} {}\n", name,
                           static_cast<double>(ns) / 1e9);
  }
  const auto& [all, address] = refused_;
  return requests + seconds +
         fmt::format(
             "# HELP cachery_http_connections_refused_total HTTP connections refused: all are "
             "taken, or one address has its share\n"
             "# TYPE cachery_http_connections_refused_total counter\n"
             "cachery_http_connections_refused_total{{reason=\"all\"}} {}\n"
             "cachery_http_connections_refused_total{{reason=\"address\"}} {}\n",
             all.load(), address.load());
}

}  // namespace cachery::api
