#include "command/local_node.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <numeric>
#include <set>
#include <sstream>

#include "net/loop_test_peer.h"
#include "net/tls_test_peer.h"

namespace cachery::command {
namespace {

using net::PollerKind;
using net::test::Client;
using net::test::connect_to;
using net::test::eventually;

constexpr tenant::CacheId kCache = 7;
constexpr std::string_view kLogin = "set a1b2c3 0 0 6\r\nsecret\r\n";

// The data plane as one machine has it: real workers, an acceptor on a free port.
class LocalNodeTest : public testing::TestWithParam<PollerKind> {
 protected:
  void SetUp() override {
    if (const std::string why = net::test::why_unavailable(GetParam()); !why.empty()) {
      GTEST_SKIP() << "this machine forbids it: " << why;
    }
    limits_.authentication_seconds = 5;
    for (size_t number = 0; number < 2; ++number) {
      auto worker = serve::Worker::start(number, executor_, settings_, limits_, clock_, GetParam());
      ASSERT_TRUE(worker) << worker.error().detail;
      workers_.push_back(std::move(*worker));
    }
    serve::Acceptor::Ports ports;
    ports.plain = net::listen_on_all({"127.0.0.1"}, 0).value();
    port_ = ports.plain.port;
    acceptor_ = std::make_unique<serve::Acceptor>(
        serve::AcceptorSettings{.addresses = {"127.0.0.1"},
                                .connections_max = 8,
                                .own_port_retry = std::chrono::milliseconds(10)},
        std::move(ports), nullptr, workers_);
    acceptor_->start();
    node_ = std::make_unique<LocalNode>(LocalNode::Parts{executor_, *acceptor_, workers_},
                                        [] { return std::string("# nothing else\n"); });
    publish(credential());
  }
  void TearDown() override {
    if (acceptor_) acceptor_->stop();
    for (auto& worker : workers_) worker->stop();
  }

  static std::shared_ptr<const tenant::TenantTable> table_of(tenant::Snapshot snapshot) {
    return tenant::TenantTable::build(std::move(snapshot)).value();
  }
  static tenant::Credential credential() {
    tenant::Credential credential;
    credential.id = 70;
    credential.username = "a1b2c3";
    credential.password_digest = tenant::digest_password("secret");
    return credential;
  }
  void publish(tenant::Credential credential, bool is_enabled = true) {
    publish(std::vector{std::move(credential)}, is_enabled);
  }
  void publish(std::vector<tenant::Credential> credentials, bool is_enabled = true) {
    tenant::Cache cache{.id = kCache,
                        .name = "test",
                        .is_enabled = is_enabled,
                        .limits = {},
                        .credentials = std::move(credentials)};
    cache.limits.memory_bytes = 64u << 20;
    const Status published = node_->publish(table_of({.revision = ++revision_, .caches = {cache}}));
    EXPECT_TRUE(published) << published.error().detail;
  }
  Client login() {
    Client client = connect_to(port_);
    EXPECT_EQ(client.ask(kLogin), "STORED\r\n");
    return client;
  }
  // The workers hear of the clock by a new table.
  void advance_ms(uint64_t ms) {
    clock_.advance_ms(ms);
    publish(credential());
    publish(credential());
  }

  net::test::ManualClock clock_;
  std::unique_ptr<store::Pool> pool_ = store::Pool::open(256u << 20).value();
  LocalExecutor executor_{*pool_, {.workers = 2, .item_bytes_max = 1u << 20}};
  serve::SessionSettings settings_{.parse = {}, .open_cache = 0, .workers = 2, .started = {}};
  serve::WorkerLimits limits_;
  std::vector<std::unique_ptr<serve::Worker>> workers_;
  std::unique_ptr<serve::Acceptor> acceptor_;
  std::unique_ptr<LocalNode> node_;
  uint16_t port_ = 0;
  uint64_t revision_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Pollers, LocalNodeTest,
                         testing::Values(PollerKind::io_uring, PollerKind::epoll),
                         net::test::name_of);

TEST_P(LocalNodeTest, PublishClosesConnectionsOfADeletedCredential) {
  Client first = login();
  Client second = login();
  publish(std::vector<tenant::Credential>{});
  EXPECT_EQ(first.read_to_end(), "");
  EXPECT_EQ(second.read_to_end(), "");
  Client late = connect_to(port_);
  EXPECT_EQ(late.ask(kLogin), "CLIENT_ERROR authentication failure\r\n");
}

TEST_P(LocalNodeTest, PublishClosesConnectionsOfADisabledCache) {
  Client client = login();
  publish(credential(), false);
  EXPECT_EQ(client.read_to_end(), "");
}

TEST_P(LocalNodeTest, PublishRefusesARevisionThatIsNotNewer) {
  Client client = login();
  for (const uint64_t revision : {revision_, revision_ - 1}) {
    const Status published = node_->publish(table_of({.revision = revision, .caches = {}}));
    ASSERT_FALSE(published);
    EXPECT_EQ(published.error().fault, Fault::conflict);
  }
  EXPECT_EQ(client.ask("get k\r\n"), "END\r\n") << "what was in force still is";
}

TEST_P(LocalNodeTest, PublishChangesCapabilitiesOfOpenConnections) {
  Client client = login();
  EXPECT_EQ(client.ask("set k 0 0 1\r\nv\r\n"), "STORED\r\n");
  tenant::Credential reader = credential();
  reader.capabilities = {.write = false, .flush = false, .api = false};
  publish(reader);
  EXPECT_EQ(client.ask("set k 0 0 1\r\nw\r\n"), "NOT_STORED\r\n");
  EXPECT_EQ(client.ask("flush_all\r\n"), "CLIENT_ERROR flush not permitted\r\n");
}

TEST_P(LocalNodeTest, OpensACredentialsOwnPortAndClosesItAgain) {
  tenant::Credential own = credential();
  {
    const auto free_port = net::listen_tcp("127.0.0.1", 0);
    own.admission.own_port = free_port->port;
  }
  own.admission.own_port_networks = {"127.0.0.0/8"};
  publish(own);
  Client client = connect_to(own.admission.own_port);
  EXPECT_EQ(client.ask("set k 0 0 1\r\nv\r\n"), "STORED\r\n") << "nobody has to authenticate";
  own.admission.own_port_networks = {"192.0.2.0/24"};
  publish(own);
  Client stranger = connect_to(own.admission.own_port);
  EXPECT_EQ(stranger.read_to_end(), "");
  publish(credential());
  // The acceptor lets go of the listener in its next turn: until then the port cannot be bound.
  EXPECT_TRUE(
      eventually([&] { return net::listen_tcp("127.0.0.1", own.admission.own_port).has_value(); }));
}

TEST_P(LocalNodeTest, TellsOnceOfAnOwnPortThatIsTakenAndOpensItWhenItIsFree) {
  tenant::Credential own = credential();
  auto holder = net::listen_tcp("127.0.0.1", 0);
  own.admission.own_port = holder->port;
  own.admission.own_port_networks = {"127.0.0.0/8"};
  testing::internal::CaptureStdout();  // where a log goes that nobody configured
  publish(own);
  publish(own);
  EXPECT_EQ(acceptor_->own_ports_failed(), 1u);
  EXPECT_NE(node_->metrics().find("cachery_own_ports_failed 1\n"), std::string::npos);
  holder->socket = net::OwnedSocket();
  EXPECT_TRUE(eventually([&] { return acceptor_->own_ports_failed() == 0; })) << "no new table";
  Client client = connect_to(own.admission.own_port);
  EXPECT_EQ(client.ask("set k 0 0 1\r\nv\r\n"), "STORED\r\n");
  publish(own);
  const std::string log = testing::internal::GetCapturedStdout();
  for (const std::string_view event : {"own_port_failed", "own_port_opened"}) {
    const size_t told = log.find(event);
    EXPECT_NE(told, std::string::npos) << event << ": " << log;
    EXPECT_EQ(log.find(event, told + 1), std::string::npos) << event << ": " << log;
  }
}

TEST_P(LocalNodeTest, ClosesWhoDoesNotAuthenticateInTime) {
  Client known = login();
  Client unknown = connect_to(port_);
  EXPECT_EQ(unknown.ask("get k\r\n"), "CLIENT_ERROR unauthenticated\r\n");
  advance_ms(6000);
  EXPECT_EQ(unknown.read_to_end(), "");
  EXPECT_EQ(known.ask("get k\r\n"), "END\r\n");
}

TEST_P(LocalNodeTest, AcceptsAgainWhenAllOfTheMostConnectionsHaveGone) {
  {
    std::vector<Client> clients;
    for (int i = 0; i < 8; ++i) clients.push_back(login());
    Client refused = connect_to(port_);
    EXPECT_EQ(refused.read_to_end(), "SERVER_ERROR too many connections\r\n");
  }
  EXPECT_TRUE(eventually([&] { return connect_to(port_).ask(kLogin) == "STORED\r\n"; }));
}

TEST_P(LocalNodeTest, AFullNodeClosesAStrangerForWhoComes) {
  std::vector<Client> strangers;
  for (int i = 0; i < 8; ++i) {
    strangers.push_back(connect_to(port_));
    EXPECT_EQ(strangers.back().ask("get k\r\n"), "CLIENT_ERROR unauthenticated\r\n");
  }
  Client client = login();
  EXPECT_EQ(client.ask("set k 0 0 1\r\nv\r\n"), "STORED\r\n");
  for (int i = 0; i < 20; ++i) strangers.push_back(connect_to(port_));
  EXPECT_EQ(strangers[0].read_to_end(), "");
  EXPECT_EQ(client.ask("get k\r\n"), "VALUE k 0 1\r\n");
}

TEST_P(LocalNodeTest, MakesACacheOverItsRateWaitAndNobodyElse) {
  tenant::Credential other = credential();
  other.id = 80;
  other.username = "d4e5f6";
  tenant::Cache hurried{.id = kCache,
                        .name = "hurried",
                        .is_enabled = true,
                        .limits = {},
                        .credentials = {credential()}};
  hurried.limits.memory_bytes = 64u << 20;
  tenant::Cache free = hurried;
  hurried.limits.requests_per_second = 10;
  free.id = kCache + 1;
  free.credentials = {other};
  const auto publish_both = [&] {
    const Status published =
        node_->publish(table_of({.revision = ++revision_, .caches = {hurried, free}}));
    ASSERT_TRUE(published) << published.error().detail;
  };
  publish_both();
  Client client = login();
  std::string many;
  std::string answers;
  for (int i = 0; i < 30; ++i) many += "mg k\r\n", answers += "EN\r\n";
  // A second's worth may come at once; these were three, so the next is answered two seconds on.
  ASSERT_TRUE(client.send(many));
  EXPECT_EQ(client.read(answers.size()), answers);
  ASSERT_TRUE(client.send("mg k\r\n"));
  Client neighbour = connect_to(port_);
  EXPECT_EQ(neighbour.ask("set d4e5f6 0 0 6\r\nsecret\r\n"), "STORED\r\n");
  for (int i = 0; i < 30; ++i) EXPECT_EQ(neighbour.ask("mg k\r\n"), "EN\r\n");
  EXPECT_EQ((*node_->counters(kCache))[tenant::Counter::cmd_get], 30u) << "the last one waits";
  EXPECT_GT((*node_->counters(kCache))[tenant::Counter::throttled], 0u);
  EXPECT_EQ((*node_->counters(kCache + 1))[tenant::Counter::throttled], 0u);
  clock_.advance_ms(2'100);
  publish_both();  // the workers hear of the clock by a new table
  publish_both();
  EXPECT_EQ(client.read(4), "EN\r\n");
}

TEST_P(LocalNodeTest, FlushesAndCountsForTheControlPlane) {
  Client client = login();
  EXPECT_EQ(client.ask("set k 0 0 1\r\nv\r\n"), "STORED\r\n");
  EXPECT_EQ((*node_->counters(kCache))[tenant::Counter::curr_items], 1u);
  EXPECT_TRUE(node_->flush(kCache));
  EXPECT_EQ(client.ask("get k\r\n"), "END\r\n");
  EXPECT_TRUE(node_->reset_counters(kCache));
  EXPECT_EQ((*node_->counters(kCache))[tenant::Counter::cmd_get], 0u);
  EXPECT_EQ(node_->flush(kCache + 1).error().fault, Fault::not_found);
  EXPECT_EQ(node_->counters(kCache + 1).error().fault, Fault::not_found);
  EXPECT_EQ(node_->reset_counters(kCache + 1).error().fault, Fault::not_found);
}

TEST_P(LocalNodeTest, CountsForSamplingWhatNoResetTakesBack) {
  EXPECT_TRUE(node_->activity().at(0).caches.empty()) << "nobody has used it yet";
  Client client = login();
  EXPECT_EQ(client.ask("set k 0 0 1\r\nv\r\n"), "STORED\r\n");
  EXPECT_TRUE(node_->reset_counters(kCache));
  const auto caches = node_->activity().at(0).caches;
  ASSERT_EQ(caches.size(), 1u);
  EXPECT_EQ(caches[0].cache, kCache);
  EXPECT_EQ(caches[0].values[tenant::Counter::cmd_set], 1u);
  EXPECT_EQ(caches[0].values[tenant::Counter::curr_connections], 1u);
  EXPECT_EQ(caches[0].values[tenant::Counter::limit_maxbytes], 64u << 20);
  const tenant::NodeLatency latency = node_->latencies().at(0);
  EXPECT_GE(latency.sums.requests_count, 1u);
  EXPECT_GT(latency.sums.busy_ns, 0u);
  EXPECT_GT(latency.processor_ns, 0u);
}

TEST_P(LocalNodeTest, CountsHowLongEachCachesOwnRequestsTookBeyondItsConnections) {
  const auto families = [&](std::optional<tenant::CacheId> only) {
    const auto caches = node_->cache_latencies(only).at(0).caches;
    return caches.empty() ? std::vector<tenant::FamilyLatency>{} : caches[0].families;
  };
  EXPECT_TRUE(families({}).empty()) << "nobody has used it yet";
  {
    Client client = login();
    EXPECT_EQ(client.ask("set k 0 0 1\r\nv\r\n"), "STORED\r\n");
    EXPECT_EQ(client.ask("get x\r\n"), "END\r\n");
    EXPECT_EQ(client.ask("get x\r\n"), "END\r\n");
  }
  EXPECT_TRUE(eventually([&] { return node_->status().at(0).connections_count == 0; }));
  Client second = login();
  EXPECT_EQ(second.ask("get x\r\n"), "END\r\n");
  EXPECT_TRUE(eventually([&] { return families(kCache).at(0).sums.requests_count == 3; }));
  ASSERT_EQ(families({}).size(), 2u) << "no family that was not asked";
  const tenant::FamilyLatency read = families({})[0];
  EXPECT_EQ(read.family, tenant::Family::read);
  EXPECT_GT(read.sums.busy_ns, 0u);
  EXPECT_EQ(std::accumulate(read.sums.counts.begin(), read.sums.counts.end(), uint64_t{0}), 3u);
  EXPECT_EQ(families({})[1].family, tenant::Family::write);
  EXPECT_EQ(families({})[1].sums.requests_count, 1u);
  EXPECT_TRUE(node_->cache_latencies(kCache + 1).at(0).caches.empty());
}

TEST_P(LocalNodeTest, TellsOnceWhenACredentialWasUsedByALoginOrAnOpenConnection) {
  EXPECT_TRUE(node_->take_credential_uses().empty());
  Client client = login();
  const auto logged_in = node_->take_credential_uses();
  ASSERT_EQ(logged_in.size(), 1u);
  EXPECT_EQ(logged_in[0].credential, credential().id);
  EXPECT_EQ(logged_in[0].unix_seconds, clock_.now().unix_seconds);
  EXPECT_TRUE(node_->take_credential_uses().empty());
  advance_ms(61'000);
  EXPECT_EQ(client.ask("get k\r\n"), "END\r\n");
  advance_ms(61'000);
  std::vector<tenant::CredentialUse> active;
  EXPECT_TRUE(eventually([&] {
    std::ranges::move(node_->take_credential_uses(), std::back_inserter(active));
    return !active.empty();
  }));
  for (const tenant::CredentialUse& use : active) EXPECT_EQ(use.credential, credential().id);
}

TEST_P(LocalNodeTest, TellsWhatItHolds) {
  EXPECT_EQ(node_->status().at(0).used_caches_count, 0u);
  Client client = login();
  EXPECT_EQ(client.ask("set k 0 0 1\r\nv\r\n"), "STORED\r\n");
  const tenant::NodeStatus status = node_->status().at(0);
  EXPECT_EQ(status.workers_count, 2u);
  EXPECT_EQ(status.connections_count, 1u);
  EXPECT_EQ(status.caches_count, 1u);
  EXPECT_EQ(status.used_caches_count, 1u);
  EXPECT_EQ(status.memory_limit_bytes, pool_->memory_bytes());
  EXPECT_GT(status.memory_charged_bytes, 0u);
  EXPECT_GE(status.memory_resident_bytes, status.memory_charged_bytes);
}

// The family of a sample: a histogram's has three kinds of samples.
std::string family_of(const std::string& name, const std::map<std::string, std::string>& types) {
  for (const std::string_view end : {"_bucket", "_sum", "_count"}) {
    if (!name.ends_with(end)) continue;
    const std::string family = name.substr(0, name.size() - end.size());
    if (types.contains(family) && types.at(family) == "histogram") return family;
  }
  return name;
}

void expect_well_formed(const std::string& metrics) {
  std::map<std::string, std::string> types;
  std::set<std::string> helped;
  std::set<std::string> series;
  std::istringstream lines(metrics);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string hash, what, name, type;
    if (line.starts_with("# HELP ") && words >> hash >> what >> name) {
      EXPECT_TRUE(helped.insert(name).second) << "helped twice: " << line;
    } else if (line.starts_with("# TYPE ") && words >> hash >> what >> name >> type) {
      EXPECT_TRUE(helped.contains(name)) << line;
      EXPECT_TRUE(types.emplace(name, type).second) << "typed twice: " << line;
    } else if (!line.starts_with("#")) {
      const size_t space = line.rfind(' ');
      ASSERT_NE(space, std::string::npos) << line;
      EXPECT_TRUE(series.insert(line.substr(0, space)).second) << "twice: " << line;
      EXPECT_TRUE(types.contains(family_of(line.substr(0, line.find_first_of("{ ")), types)))
          << "no type before: " << line;
      size_t used = 0;
      EXPECT_GE(std::stod(line.substr(space + 1), &used), 0.0) << line;
      EXPECT_EQ(used, line.size() - space - 1) << line;
    }
  }
  EXPECT_GT(series.size(), 20u);
}

TEST_P(LocalNodeTest, MetricsAreWellFormedWithAndWithoutCaches) {
  Client client = login();
  EXPECT_EQ(client.ask("get k\r\n"), "END\r\n");
  EXPECT_EQ(node_->metrics().find("cache=\"7\""), std::string::npos);
  expect_well_formed(node_->metrics());
  node_->show_caches_in_metrics(true);
  expect_well_formed(node_->metrics());
  EXPECT_NE(node_->metrics().find("cachery_cache_cmd_get_total{cache=\"7\"} 1\n"),
            std::string::npos);
}

}  // namespace
}  // namespace cachery::command
