#include "api/health.h"

#include "http/status.h"

namespace cachery::api {
namespace {

http::Response plain(std::string text) {
  return {.content_type = "text/plain; charset=utf-8", .body = std::move(text)};
}

}  // namespace

std::vector<http::Endpoint> health_endpoints(const tenant::Node& node,
                                             const std::atomic<bool>& is_ready,
                                             std::function<std::string()> other_metrics) {
  const auto healthy = [](const http::Request&) { return plain("ok\n"); };
  const auto ready = [&is_ready](const http::Request&) {
    if (is_ready) return plain("ready\n");
    return http::error_response({Fault::unavailable, "not ready: starting, or stopping"});
  };
  const auto metrics = [&node, other = std::move(other_metrics)](const http::Request&) {
    return http::Response{.content_type = "text/plain; version=0.0.4; charset=utf-8",
                          .body = node.metrics() + other()};
  };
  return {{http::Method::get, "/healthz", "Whether the process answers", healthy},
          {http::Method::get, "/readyz", "Whether caches are being served", ready},
          {http::Method::get, "/metrics", "All metrics, as Prometheus reads them", metrics}};
}

}  // namespace cachery::api
