#include "api/health.h"

#include <fmt/format.h>

#include "api/describe.h"
#include "http/status.h"

namespace cachery::api {
namespace {

http::Response plain(std::string text) {
  return {.content_type = "text/plain; charset=utf-8", .body = std::move(text)};
}

std::string ready_text(int64_t silent_seconds) {
  if (silent_seconds < kSilenceToldSeconds) return "ready\n";
  return fmt::format("ready: caches are served; the database has not answered for {} s\n",
                     silent_seconds);
}

}  // namespace

std::vector<http::Endpoint> health_endpoints(const tenant::Node& node,
                                             const std::atomic<bool>& is_ready,
                                             DatabaseSilence database_silence,
                                             std::function<std::string()> other_metrics) {
  const auto healthy = [](const http::Request&) { return plain("ok\n"); };
  const auto ready = [&is_ready, silence = std::move(database_silence)](const http::Request&) {
    if (is_ready) return plain(ready_text(silence()));
    return http::error_response({Fault::unavailable, "not ready: starting, or stopping"});
  };
  const auto metrics = [&node, other = std::move(other_metrics)](const http::Request&) {
    return http::without_secrets({.content_type = "text/plain; version=0.0.4; charset=utf-8",
                                  .body = node.metrics() + other()});
  };
  constexpr std::string_view kPlain = "text/plain";
  const http::Answer starting{.status = 503, .schema = error_schema()};
  const auto get = [](std::string path, std::string summary, http::Handler handler, http::Pace pace,
                      http::Description description) {
    return http::Endpoint{.path = std::move(path),
                          .summary = std::move(summary),
                          .handler = std::move(handler),
                          .pace = pace,
                          .description = std::move(description)};
  };
  return {get("/healthz", "Whether the process answers", healthy, http::Pace::instant,
              http::answers_text(200, kPlain)),
          get("/readyz", "Whether caches are being served", ready, http::Pace::instant,
              http::answers_text(200, kPlain).also(starting)),
          get("/metrics", "All metrics, as Prometheus reads them", metrics, http::Pace::quick,
              http::answers_text(200, kPlain))};
}

}  // namespace cachery::api
