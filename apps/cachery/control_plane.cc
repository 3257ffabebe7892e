#include "control_plane.h"

#include <atomic>
#include <charconv>

#include "api/admin.h"
#include "api/health.h"
#include "control/db/rows_store.h"

namespace cachery {
namespace {

Result<control::MasterKey> parse_key(std::string_view hex) {
  control::MasterKey key{};
  bool is_good = hex.size() == 2 * key.size();
  for (size_t i = 0; is_good && i < key.size(); ++i) {
    const char* digits = hex.data() + 2 * i;
    const auto [end, error] = std::from_chars(digits, digits + 2, key[i], 16);
    is_good = error == std::errc{} && end == digits + 2;
  }
  if (is_good) return key;
  return fail(Fault::invalid, "the master key is not 64 hex digits: put back the right master.key");
}

std::vector<http::Endpoint> joined(std::vector<http::Endpoint> all,
                                   std::vector<http::Endpoint> more) {
  for (http::Endpoint& endpoint : more) all.push_back(std::move(endpoint));
  return all;
}

class SingleMachine final : public ControlPlane {
 public:
  SingleMachine(ControlPlaneSettings settings, const control::MasterKey& key,
                std::unique_ptr<control::Store> store, tenant::Node& node, const Clock& clock)
      : settings_(std::move(settings)),
        store_(std::move(store)),
        sealer_(key),
        publisher_(*store_, node),
        credentials_(*store_, publisher_, sealer_, clock, settings_.facts),
        caches_(*store_, publisher_, credentials_, node, clock),
        token_(settings_.operator_token),
        router_(joined(api::health_endpoints(node, is_ready_),
                       api::admin_endpoints({.caches = caches_,
                                             .credentials = credentials_,
                                             .node = node,
                                             .addresses = settings_.addresses,
                                             .token = token_}))) {}
  ~SingleMachine() override { stop(); }

  Status start() override {
    control::NewCache first{.name = "first", .size = {.plan = "dev"}};
    if (settings_.first_cache_bytes) first.size = {.limit_bytes = *settings_.first_cache_bytes};
    if (auto made = caches_.create_first(first); !made) return made;
    if (auto published = publisher_.publish_present(); !published) return published;
    auto server = http::start_server(
        settings_.http, [this](const http::Request& request) { return router_.handle(request); });
    if (!server) return std::unexpected(server.error());
    server_ = std::move(*server);
    return {};
  }

  uint16_t http_port() const override { return server_ ? server_->port() : uint16_t{0}; }
  void say_ready() override { is_ready_ = true; }

  void stop() override {
    is_ready_ = false;
    server_.reset();
  }

 private:
  const ControlPlaneSettings settings_;
  const std::unique_ptr<control::Store> store_;
  const control::Sealer sealer_;
  control::Publisher publisher_;
  control::Credentials credentials_;
  control::Caches caches_;
  const api::OperatorToken token_;
  std::atomic<bool> is_ready_ = false;
  const http::Router router_;
  std::unique_ptr<http::Server> server_;  // last: its threads use all of the above
};

}  // namespace

Result<std::unique_ptr<ControlPlane>> ControlPlane::open(ControlPlaneSettings settings,
                                                         tenant::Node& node, const Clock& clock) {
  const auto key = parse_key(settings.master_key);
  if (!key) return std::unexpected(key.error());
  auto store = control::db::open_store(settings.database);
  if (!store) return std::unexpected(store.error());
  return std::make_unique<SingleMachine>(std::move(settings), *key, std::move(*store), node, clock);
}

}  // namespace cachery
