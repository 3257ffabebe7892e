#include "control_plane.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "api/activity.h"
#include "api/admin.h"
#include "api/alerts.h"
#include "api/analytics_v1.h"
#include "api/authorization.h"
#include "api/cache_access.h"
#include "api/device_mark.h"
#include "api/health.h"
#include "api/history.h"
#include "api/insight.h"
#include "api/invoices.h"
#include "api/link_session.h"
#include "api/openapi.h"
#include "api/request_metrics.h"
#include "api/v2_alerts.h"
#include "api/v2_cache.h"
#include "api/v2_introspection.h"
#include "api/v2_stats.h"
#include "control/alert_measurements.h"
#include "control/counted_store.h"
#include "control/credential_uses.h"
#include "control/currency.h"
#include "control/db/ending_store.h"
#include "control/db/sealed_values.h"
#include "control/deliveries.h"
#include "control/flush_log.h"
#include "control/idle_caches.h"
#include "control/invoices.h"
#include "control/jobs.h"
#include "control/mailed_cache_notices.h"
#include "control/metering.h"
#include "control/node_watch.h"
#include "control/sampler.h"
#include "control/watched_prefixes.h"
#include "dashboard_files.h"
#include "front_door.h"
#include "http/status.h"
#include "master_key.h"
#include "outgoing/parcel_courier.h"
#include "people.h"

namespace cachery {
namespace {

// Those that a node can hold: no advice names another.
Result<std::vector<control::PlanSize>> plan_sizes(const Result<std::vector<control::Plan>>& plans,
                                                  const control::Capacity& capacity) {
  if (!plans) return std::unexpected(plans.error());
  std::vector<control::PlanSize> sizes;
  for (const control::Plan& plan : *plans) {
    if (!capacity.check_fits("this plan", control::limit_bytes_of(plan.mib))) continue;
    sizes.push_back({.slug = plan.slug,
                     .memory_bytes = control::limit_bytes_of(plan.mib),
                     .is_production = plan.kind == control::Kind::production});
  }
  return sizes;
}

// Before anything is sealed in it. One in memory is always new.
Result<std::unique_ptr<control::Store>> open_store(const std::string& database,
                                                   const control::MasterKey& key,
                                                   const Ending& ending) {
  if (!database.empty()) {
    if (auto good = control::db::check_master_key(database, control::Sealer(key)); !good) {
      return std::unexpected(good.error());
    }
  }
  return control::db::open_store(database, ending);
}

// Whoever waits for others is told after a while that the process ends.
class EndWatch {
 public:
  explicit EndWatch(Ending& ending) : ending_(ending) {}

 private:
  static constexpr std::chrono::seconds kPatience{2};

  Ending& ending_;
  std::mutex mutex_;
  std::condition_variable_any over_;
  std::jthread thread_{[this](const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    over_.wait_for(lock, stop, kPatience, [] { return false; });
    if (!stop.stop_requested()) ending_.begin();
  }};
};

class SingleMachine final : public ControlPlane {
 public:
  SingleMachine(ControlPlaneSettings settings, const control::MasterKey& key,
                std::unique_ptr<Ending> ending, std::unique_ptr<control::Store> store,
                std::unique_ptr<control::MailSender> mail_sender, tenant::Node& node,
                const Clock& clock)
      : settings_(std::move(settings)),
        clock_(clock),
        node_(node),
        ending_(std::move(ending)),
        store_(std::make_unique<control::CountedStore>(std::move(store))),
        mail_sender_(std::move(mail_sender)),
        sealer_(key),
        publisher_(*store_, node, settings_.facts),
        audit_(*store_, clock, settings_.audit),
        plans_(*store_, publisher_, audit_, clock),
        clusters_(*store_, audit_),
        quotas_(*store_, node, settings_.quotas),
        credentials_(*store_, publisher_, sealer_, clock, audit_, quotas_, settings_.facts),
        caches_({*store_, publisher_, credentials_, sealer_, audit_, node, clock, quotas_}),
        links_(*store_, sealer_, audit_, clock),
        watch_(node, clock),
        sampler_(*store_, node),
        series_(*store_),
        poster_({.reach = settings_.delivers_anywhere ? outgoing::Reach::anywhere
                                                      : outgoing::Reach::public_only,
                 .ending = ending_.get()}),
        courier_(poster_, mail_sender_.get()),
        people_(settings_.people,
                {*store_, publisher_, sealer_, audit_, clock, quotas_, mail_sender_.get()}),
        alert_addresses_(*store_, clock, audit_, people_.mails(), people_.links()),
        deliveries_(*store_, sealer_, courier_, audit_, clock, &alert_addresses_),
        measurements_(node, publisher_, settings_.certificate_end),
        alerts_(*store_, measurements_, audit_, clock, settings_.alert_window_seconds),
        cache_notices_(people_.mails(), people_.links()),
        idle_caches_({*store_, publisher_, audit_, node, cache_notices_}),
        prefixes_(*store_, node, audit_, clock),
        flushes_(*store_, node),
        credential_uses_(*store_, node, clock),
        metering_(*store_),
        invoices_(*store_, settings_.currency, clock),
        token_(settings_.operator_token),
        link_proof_(links_),
        request_rates_(clock),
        known_clients_(clock),
        principals_({&token_, &people_.token_proof(), &people_.session_proof(), &link_proof_},
                    &request_rates_, &known_clients_),
        basic_login_(publisher_, &request_rates_, &credential_uses_),
        request_metrics_(clock),
        front_door_({.facts = settings_.facts,
                     .hosts = settings_.http_hosts,
                     .public_url = settings_.people.public_url}),
        router_(api::with_openapi(endpoints(), CACHERY_VERSION)),
        pages_(dashboard_files(), router_.endpoints()),
        jobs_(clock),
        delivery_jobs_(clock) {
    add_jobs();
  }
  ~SingleMachine() override { stop(); }

  Status start() override {
    control::NewCache first{.name = "first", .size = {.plan = "dev"}};
    if (settings_.first_cache_bytes) first.size = {.limit_bytes = *settings_.first_cache_bytes};
    if (auto made = caches_.create_first(first); !made) return made;
    if (auto published = publisher_.publish_present(); !published) return published;
    if (auto started = start_server(); !started) return started;
    auto link = people_.first_operator_link();
    if (!link) return std::unexpected(link.error());
    operator_link_ = std::move(*link);
    jobs_.start();
    delivery_jobs_.start();
    people_.start();
    return {};
  }

  uint16_t http_port() const override { return server_ ? server_->port() : uint16_t{0}; }
  std::optional<std::string> operator_link() const override { return operator_link_; }
  void say_ready() override { is_ready_ = true; }

  void stop() override {
    is_ready_ = false;
    const EndWatch watch(*ending_);
    people_.end();
    jobs_.stop();
    delivery_jobs_.stop();
    people_.stop();
    server_.reset();
  }

 private:
  Status start_server() {
    http::ServerSettings settings = settings_.http;
    settings.pace = [this](const http::Request& request) { return router_.pace_of(request); };
    settings.is_shared_address = [this](const std::string& address) {
      return settings_.proxies.is_shared_address(address);
    };
    settings.client_of = [this](const http::Request& request) {
      return settings_.proxies.client_of(request);
    };
    settings.is_known_client = [this](const std::string& address) {
      return known_clients_.contains(address);
    };
    settings.known_name_of = [this](const http::Request& request) {
      return api::device_owner(sealer_, request, clock_.now().unix_seconds);
    };
    settings.on_refused = [this](http::Refused why) { request_metrics_.count_refused(why); };
    settings.on_listening = [this](uint16_t port) {
      if (settings_.origin) people_.set_origin(settings_.origin(port));
    };
    const auto route = [this](const http::Request& request) {
      const auto page = pages_.answer(request);
      return page ? *page : router_.handle(request);
    };
    const auto counted = [this, route](const http::Request& request) {
      return request_metrics_.answer(route, request);
    };
    auto server = http::start_server(std::move(settings),
                                     settings_.proxies.before(front_door_.before(counted)));
    if (!server) return std::unexpected(server.error());
    server_ = std::move(*server);
    return {};
  }

  void add_jobs() {
    jobs_.add({"node_watch", control::kNodeLookPeriod,
               [this](const Now& now) { return watch_.look(now); }});
    jobs_.add({"sampling", control::kSamplingPeriod,
               [this](const Now& now) { return sampler_.run(now); }});
    jobs_.add(
        {"alerts", alerts_.period(), [this](const Now& now) { return alerts_.evaluate(now); }});
    jobs_.add({"alert_pruning", control::kAlertPruningPeriod,
               [this](const Now& now) { return alerts_.prune(now); }});
    jobs_.add({"audit_pruning", control::kAuditPruningPeriod,
               [this](const Now& now) { return audit_.prune(now); }});
    jobs_.add({"delivery_pruning", control::kAlertPruningPeriod,
               [this](const Now& now) { return deliveries_.prune(now); }});
    delivery_jobs_.add({"deliveries", control::kDeliveryPeriod,
                        [this](const Now& now) { return deliveries_.send_due(now); }});
    jobs_.add({"flush_log", std::chrono::seconds(control::kFlushLogSeconds),
               [this](const Now& now) { return flushes_.run(now); }});
    jobs_.add({"credential_uses", control::kCredentialUsesPeriod,
               [this](const Now& now) { return credential_uses_.run(now); }});
    jobs_.add({"watched_prefixes", std::chrono::seconds(control::kPrefixSampleSeconds),
               [this](const Now& now) { return prefixes_.run(now); }});
    jobs_.add({"metering", control::kMeteringPeriod,
               [this](const Now& now) { return metering_.reconcile(now); }});
    jobs_.add({"invoices", control::kInvoicesPeriod,
               [this](const Now& now) { return invoices_.close_ended(now); }});
    jobs_.add({"purge_deleted_caches", std::chrono::minutes(10),
               [this](const Now& now) { return caches_.purge_deleted(now); }});
    jobs_.add({"idle_caches", std::chrono::seconds(control::kIdleLookSeconds),
               [this](const Now& now) { return idle_caches_.look(now); }});
  }

  // The table of the API: a component a line.
  std::vector<http::Endpoint> endpoints() {
    std::vector<http::Endpoint> all;
    const auto add = [&all](std::vector<http::Endpoint> more) {
      for (http::Endpoint& endpoint : more) all.push_back(std::move(endpoint));
    };
    const api::HistoryServices history{series_, node_, settings_.addresses, clock_, watch_};
    add(api::health_endpoints(
        node_, is_ready_, [this] { return store_->silent_seconds(); },
        [this] { return metrics(); }));
    const api::AdminServices admin{.caches = caches_,
                                   .credentials = credentials_,
                                   .plans = plans_,
                                   .clusters = clusters_,
                                   .links = links_,
                                   .audit = audit_,
                                   .node = node_,
                                   .addresses = settings_.addresses,
                                   .watch = watch_,
                                   .quotas = quotas_,
                                   .currency = settings_.currency};
    add(api::admin_endpoints(principals_, api::admin_rows(admin)));
    add(api::caller_endpoints(principals_));
    add(api::admin_endpoints(principals_, api::activity_rows(caches_, *store_, clock_)));
    add(people_.endpoints(principals_));
    add(api::link_endpoints(links_));
    add(api::v2_endpoints(basic_login_, api::v2_cache_rows(admin)));
    add(api::history_endpoints(history, guard_of_caches()));
    add(api::analytics_v1_endpoints({basic_login_, caches_, credentials_, history}));
    add(api::v2_endpoints(basic_login_, api::v2_stats_rows(history)));
    add(api::v2_endpoints(basic_login_, api::v2_alerts_rows(alerts_, deliveries_)));
    add(api::alerts_endpoints({alerts_, deliveries_, caches_, principals_, &alert_addresses_}));
    add(api::v2_endpoints(basic_login_, api::v2_introspection_rows(insight())));
    add(api::insight_endpoints(insight(), guard_of_caches(), guard_of_changes()));
    add(api::invoices_endpoints(invoices_, principals_));
    return all;
  }

  api::CacheGuard guard_of_caches() {
    return [this](api::CacheHandler handler) {
      return principals_.guard([this, handler = std::move(handler)](
                                   const http::Request& request, const api::Principal& principal) {
        const auto found = api::find_cache_record(caches_, request, principal, api::Right::see);
        return found ? handler(request, *found) : http::error_response(found.error());
      });
    };
  }

  api::ActingGuard guard_of_changes() {
    return [this](api::ActingHandler handler) {
      return principals_.guard([this, handler = std::move(handler)](
                                   const http::Request& request, const api::Principal& principal) {
        const auto found = api::find_cache_record(caches_, request, principal, api::Right::change);
        return found ? handler(request, *found, principal.actor)
                     : http::error_response(found.error());
      });
    };
  }

  api::InsightServices insight() {
    return {node_, prefixes_, flushes_, series_, settings_.addresses, clock_, [this] {
              return plan_sizes(plans_.list(), quotas_.capacity());
            }};
  }

  std::string metrics() const {
    return control::job_metrics({&jobs_, &delivery_jobs_, &people_.jobs()}) + people_.metrics() +
           sampler_.metrics() + store_->metrics() + request_metrics_.metrics();
  }

  const ControlPlaneSettings settings_;
  const Clock& clock_;
  tenant::Node& node_;
  const std::unique_ptr<Ending> ending_;  // those that follow look at it
  const std::unique_ptr<control::CountedStore> store_;
  const std::unique_ptr<control::MailSender> mail_sender_;  // null: there is no mail server
  const control::Sealer sealer_;
  control::Publisher publisher_;
  const control::Audit audit_;
  control::Plans plans_;
  control::Clusters clusters_;
  const control::Quotas quotas_;
  control::Credentials credentials_;
  control::Caches caches_;
  control::CacheLinks links_;
  control::NodeWatch watch_;
  control::Sampler sampler_;
  control::SeriesReader series_;
  const outgoing::HttpPoster poster_;
  outgoing::ParcelCourier courier_;
  People people_;
  const control::AlertAddresses alert_addresses_;
  control::Deliveries deliveries_;
  control::NodeMeasurements measurements_;
  control::Alerts alerts_;
  control::MailedCacheNotices cache_notices_;
  control::IdleCaches idle_caches_;
  control::WatchedPrefixes prefixes_;
  control::FlushLog flushes_;
  control::CredentialUses credential_uses_;
  control::Metering metering_;
  control::Invoices invoices_;
  const api::OperatorToken token_;
  const api::LinkProof link_proof_;
  api::RequestRates request_rates_;
  http::KnownClients known_clients_;
  const api::Principals principals_;
  const api::BasicLogin basic_login_;
  api::RequestMetrics request_metrics_;
  const FrontDoor front_door_;
  std::atomic<bool> is_ready_ = false;
  std::optional<std::string> operator_link_;  // set at start
  const http::Router router_;
  const http::Pages pages_;      // the dashboard
  control::Jobs jobs_;           // before the server: its thread uses all of the above
  control::Jobs delivery_jobs_;  // of their own: a receiver that is slow holds up no sampling
  std::unique_ptr<http::Server> server_;  // last: its threads use all of the above
};

}  // namespace

Result<std::unique_ptr<ControlPlane>> ControlPlane::open(ControlPlaneSettings settings,
                                                         tenant::Node& node, const Clock& clock) {
  const auto key = parse_master_key(settings.master_key);
  if (!key) return std::unexpected(key.error());
  if (auto good = control::check_currency(settings.currency); !good) {
    return std::unexpected(good.error());
  }
  auto ending = std::make_unique<Ending>();
  auto store = open_store(settings.database, *key, *ending);
  if (!store) return std::unexpected(store.error());
  std::unique_ptr<control::MailSender> mail_sender;
  if (settings.mail_server) {
    settings.mail_server->ending = ending.get();
    auto sender = outgoing::SmtpSender::open(*settings.mail_server, clock);
    if (!sender) return std::unexpected(sender.error());
    mail_sender = std::move(*sender);
  }
  return std::make_unique<SingleMachine>(std::move(settings), *key, std::move(ending),
                                         std::move(*store), std::move(mail_sender), node, clock);
}

}  // namespace cachery
