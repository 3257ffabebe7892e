#include "api/activity.h"

#include <gtest/gtest.h>

#include "api/principals_fixture.h"
#include "control/alert_records.h"
#include "control/db/services_fixture.h"
#include "control/sampler.h"
#include "http/json.h"

namespace cachery::api {
namespace {

namespace json = http::json;
using tenant::Counter;

// Two caches of which one is a team's, used for ten minutes: 2 gets a second, half of them hits.
struct ActivityApiTest : testing::Test {
  ActivityApiTest() {
    services.clock = FakeClock(1'700'006'400);
    tenant::CounterValues values;
    for (int i = 0; i <= 30; ++i) {
      services.node.set_activity(
          {{.node = 0, .caches = {{one.cache.id, values}, {other.cache.id, values}}}});
      CHECK(sampler.run(services.clock.now()).has_value());
      services.clock.advance_seconds(i == 30 ? 0 : 20);
      values[Counter::cmd_get] += 40;
      values[Counter::get_hits] += 20;
      values[Counter::get_misses] += 20;
    }
  }
  json::array caches_seen_by(const std::string& who) {
    const auto answer = router.handle(
        {.segments = {"api", "admin", "v1", "activity"}, .headers = {{"X-Test", who}}});
    EXPECT_EQ(answer.status, 200) << answer.body;
    return json::parse(answer.body).at("caches").as_array();
  }

  control::ServicesFixture services;
  control::CacheDetails one = services.make_cache("one");
  control::CacheDetails other = services.make_cache("other");
  control::Sampler sampler{*services.store, services.node};
  SaysWho says_who;
  Principals principals{{&says_who}};
  http::Router router{
      admin_endpoints(principals, activity_rows(services.caches, *services.store, services.clock))};
};

TEST_F(ActivityApiTest, TellsTheLastHourInTwelveSteps) {
  const json::array caches = caches_seen_by("operator");
  ASSERT_EQ(caches.size(), 2u);
  EXPECT_EQ(caches[0].at("id").to_number<uint64_t>(), one.cache.id);
  EXPECT_EQ(caches[0].at("hit_rate").to_number<double>(), 0.5);
  const json::array& rates = caches[0].at("request_rate").as_array();
  ASSERT_EQ(rates.size(), 12u);
  EXPECT_TRUE(rates[0].is_null()) << "nobody sampled then";
  EXPECT_EQ(rates[10].to_number<double>(), 2.0);
}

TEST_F(ActivityApiTest, TellsTheLastMinutesApartFromTheHour) {
  tenant::CounterValues values;
  for (int i = 0; i < 7; ++i) {
    values[Counter::cmd_get] += 120;
    values[Counter::get_misses] += 120;
    services.node.set_activity({{.node = 0, .caches = {{one.cache.id, values}}}});
    ASSERT_TRUE(sampler.run(services.clock.now()));
    services.clock.advance_seconds(60);
  }
  const json::value cache = caches_seen_by("operator")[0];
  EXPECT_GT(cache.at("hit_rate").to_number<double>(), 0.2);
  EXPECT_EQ(cache.at("now").at("hit_rate").to_number<double>(), 0);
  EXPECT_EQ(cache.at("now").at("get_rate").to_number<double>(), 2);
  EXPECT_EQ(cache.at("now").at("seconds").to_number<double>(), 300);
  services.clock.advance_seconds(600);
  EXPECT_EQ(caches_seen_by("operator")[0].at("now").at("seconds").to_number<double>(), 0)
      << "of ten minutes ago nothing is of now";
}

TEST_F(ActivityApiTest, TellsHowManyAlertsFireAlsoOfACacheThatIsNotUsed) {
  const control::CacheDetails idle = services.make_cache("idle");
  ASSERT_TRUE(services.store->write([&](control::Records& records) -> Status {
    for (const uint64_t id : {1u, 2u, 3u}) {
      const control::AlertRecord alert{.id = id,
                                       .scope = id == 3 ? other.cache.id : idle.cache.id,
                                       .is_enabled = id != 2,
                                       .state = control::AlertState::firing};
      if (auto done = records.alerts().insert(alert); !done) return done;
    }
    return {};
  }));
  const json::array caches = caches_seen_by("operator");
  ASSERT_EQ(caches.size(), 3u);
  EXPECT_EQ(caches[0].at("firing_alerts").to_number<int>(), 0);
  EXPECT_EQ(caches[1].at("firing_alerts").to_number<int>(), 1);
  EXPECT_EQ(caches[2].at("id").to_number<uint64_t>(), idle.cache.id);
  EXPECT_EQ(caches[2].at("firing_alerts").to_number<int>(), 1) << "one of them is off";
}

TEST_F(ActivityApiTest, ShowsNobodyWhatIsNotHis) {
  EXPECT_TRUE(caches_seen_by("member 3").empty());
  const json::array linked = caches_seen_by("link " + std::to_string(other.cache.id));
  ASSERT_EQ(linked.size(), 1u);
  EXPECT_EQ(linked[0].at("id").to_number<uint64_t>(), other.cache.id);
}

}  // namespace
}  // namespace cachery::api
