#include "api/history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/request_metrics.h"
#include "control/db/services_fixture.h"
#include "control/sampler.h"
#include "http/status.h"

namespace cachery::api {
namespace {

namespace json = http::json;
using http::Method;
using tenant::Counter;
using testing::HasSubstr;

constexpr int64_t kStart = 1'700'006'400;  // 2023-11-15T00:00:00Z

// A cache that serves 2 gets a second, half of them hits, for a quarter of an hour.
struct HistoryTest : testing::Test {
  HistoryTest() {
    services.clock = FakeClock(kStart);
    tenant::CounterValues values;
    values[Counter::limit_maxbytes] = 1'000'000;
    values[Counter::bytes] = 5'000;
    tenant::NodeLatency latency;
    for (int i = 0; i < 46; ++i) {
      services.node.set_activity({{.node = 0, .caches = {{shop.cache.id, values}}}});
      services.node.set_latencies({latency});
      CHECK(watch.look(services.clock.now()).has_value());
      CHECK(sampler.run(services.clock.now()).has_value());
      services.clock.advance_seconds(i == 45 ? 0 : 20);
      values[Counter::cmd_get] += 40;
      values[Counter::get_hits] += 20;
      values[Counter::get_misses] += 20;
      // A neighbour asks a thousand times as much, and slower.
      latency.sums.requests_count += 40'000;
      latency.sums.busy_ns += 40'000 * 9'000;
      latency.sums.counts[tenant::latency_bucket(9'000)] += 40'000;
      services.node.add_cache_latency(shop.cache.id, tenant::Family::read, 2'000, 30);
      services.node.add_cache_latency(shop.cache.id, tenant::Family::write, 4'000, 10);
    }
  }
  http::Response ask(const std::string& path, http::NamedValues query = {}) {
    http::Request request{.query = std::move(query)};
    for (size_t from = 0; from < path.size();) {
      const size_t slash = std::min(path.find('/', from), path.size());
      request.segments.push_back(path.substr(from, slash - from));
      from = slash + 1;
    }
    return router.handle(std::move(request));
  }
  http::Response v2(const std::string& path, http::NamedValues query = {}) {
    return ask("api/v2/caches/100001/" + path, std::move(query));
  }
  json::value v2_json(const std::string& path, http::NamedValues query = {}) {
    const auto response = v2(path, std::move(query));
    EXPECT_EQ(response.status, 200) << response.body;
    return json::parse(response.body);
  }
  CacheGuard see_all() {
    return [this](CacheHandler handler) -> http::Handler {
      return [this, handler = std::move(handler)](const http::Request& request) {
        const auto found = services.caches.find(request.parameter("cache"));
        return found ? handler(request, found->cache) : http::error_response(found.error());
      };
    };
  }

  control::ServicesFixture services;
  control::CacheDetails shop = services.make_cache("shop");
  control::Sampler sampler{*services.store, services.node};
  control::SeriesReader reader{*services.store};
  control::NodeWatch watch{services.node, services.clock};
  ServiceAddresses addresses{{"cache.example.org:11211"}, {}};
  HistoryServices history{reader, services.node, addresses, services.clock, watch};
  http::Router router{all_endpoints()};

  // v2 without its login, which v2_test.cc tests.
  std::vector<http::Endpoint> all_endpoints() {
    auto all = history_endpoints(history, see_all());
    for (V2Row& row : v2_stats_rows(history)) {
      all.push_back({.method = row.method,
                     .path = std::string(kV2Base) + row.path,
                     .handler = [this, answer = row.answer](const http::Request& request) {
                       return answer({request, ApiCredential{.cache = shop.cache.id}});
                     }});
    }
    return all;
  }
};

TEST_F(HistoryTest, StatsAreOneFlatObjectOfTheDocumentedFields) {
  const json::value stats = v2_json("stats");
  EXPECT_EQ(stats.as_object().size(), 31u);
  EXPECT_EQ(stats.at("get_hits").as_int64(), 7);
  EXPECT_EQ(stats.at("time").as_int64(), services.clock.now().unix_seconds);
  for (const char* extra : {"cmd_meta", "throttled", "get_expired"}) {
    EXPECT_FALSE(stats.as_object().contains(extra)) << extra;
  }
}

TEST_F(HistoryTest, ProcessedStatsHaveTheDocumentedShape) {
  const json::value all =
      v2_json("insight/processed_stats", {{"names", "get_rate,hit_rate,bytes,cas_hit_rate"}});
  ASSERT_EQ(all.as_array().size(), 1u);
  const json::value& result = all.at(0);
  EXPECT_EQ(result.at("name").as_string(), "processed_stats");
  EXPECT_FALSE(result.as_object().contains("tags"));
  EXPECT_EQ(json::serialize(result.at("columns")),
            R"(["time","get_rate","hit_rate","bytes","cas_hit_rate"])");
  ASSERT_EQ(result.at("values").as_array().size(), 15u);
  EXPECT_EQ(json::serialize(result.at("values").at(3)),
            R"(["2023-11-15T00:03:00Z",2,5E-1,5000,null])");
}

TEST_F(HistoryTest, PerServerIsOneElementEachWithItsName) {
  const json::value all = v2_json("insight/processed_stats/per_server", {{"names", "max_bytes"}});
  ASSERT_EQ(all.as_array().size(), 1u);
  EXPECT_EQ(all.at(0).at("tags").at("server").as_string(), "cache.example.org:11211");
  EXPECT_EQ(all.at(0).at("values").at(0).at(1).as_int64(), 1'000'000);
}

TEST_F(HistoryTest, LatencyOfTheAnalyticsApiIsTheServersInNanosecondsEveryTwentySeconds) {
  const json::value all = v2_json("insight/latency");
  ASSERT_EQ(all.as_array().size(), 1u);
  EXPECT_EQ(all.at(0).at("name").as_string(), "latency");
  EXPECT_EQ(json::serialize(all.at(0).at("columns")), R"(["time","duration"])");
  EXPECT_EQ(all.at(0).at("tags").at("server").as_string(), "cache.example.org:11211");
  ASSERT_EQ(all.at(0).at("values").as_array().size(), 45u);
  EXPECT_EQ(json::serialize(all.at(0).at("values").at(1)), R"(["2023-11-15T00:00:20Z",9E3])");
}

TEST_F(HistoryTest, AWindowIsWhatIsAnswered) {
  const json::value all =
      v2_json("insight/processed_stats", {{"names", "get_rate"},
                                          {"startTime", "2023-11-15T00:02:30Z"},
                                          {"endTime", "2023-11-15T01:05:00+01:00"}});
  const auto& values = all.at(0).at("values").as_array();
  ASSERT_EQ(values.size(), 3u);
  EXPECT_EQ(values[0].at(0).as_string(), "2023-11-15T00:02:00Z");
  EXPECT_EQ(values[2].at(0).as_string(), "2023-11-15T00:04:00Z");
  const json::value longer = v2_json(
      "insight/processed_stats", {{"names", "get_rate"}, {"startTime", "2023-11-13T00:00:00Z"}});
  EXPECT_EQ(longer.at(0).at("values").as_array().size(), 2u) << "ten minutes each";
}

TEST_F(HistoryTest, BadInputIsInvalidAndSaysWhy) {
  const std::pair<http::NamedValues, const char*> cases[] = {
      {{}, "names is required"},
      {{{"names", ""}}, "names is required"},
      {{{"names", "hit_rate,"}}, "no series \\\"\\\""},
      {{{"names", "hits"}}, "no series \\\"hits\\\""},
      {{{"names", "hit_rate,get_rate,hit_rate"}}, "named twice"},
      {{{"names", "hit_rate"}, {"startTime", "now"}}, "RFC 3339"},
      {{{"names", "hit_rate"}, {"startTime", "2023-11-16T00:00:00Z"}}, "is after"},
  };
  for (const auto& [query, text] : cases) {
    for (const char* path : {"insight/processed_stats", "insight/processed_stats/per_server"}) {
      const http::Response response = v2(path, query);
      EXPECT_EQ(response.status, 400) << text;
      EXPECT_THAT(response.body, HasSubstr(text));
    }
  }
  EXPECT_EQ(v2("insight/latency", {{"endTime", "never"}}).status, 400);
}

TEST_F(HistoryTest, TheDashboardGetsEverySeriesByDefaultWithItsMeaning) {
  const auto response = ask("api/admin/v1/caches/shop/series", {{"start", "2023-11-15T00:00:00Z"}});
  ASSERT_EQ(response.status, 200) << response.body;
  const json::value answer = json::parse(response.body);
  EXPECT_EQ(answer.at("step_seconds").as_int64(), 60);
  EXPECT_EQ(answer.at("series").as_array().size(), control::all_series().size());
  EXPECT_EQ(answer.at("series").at(0).at("formula").as_string(), "auth_cmds / seconds");
  EXPECT_EQ(answer.at("points").at(0).as_array().size(), control::all_series().size() + 1);
  EXPECT_EQ(answer.at("points").at(0).at(0).as_int64(), kStart);
  EXPECT_EQ(ask("api/admin/v1/caches/nobody/series").status, 404);
  EXPECT_EQ(ask("api/admin/v1/caches/shop/series", {{"names", "x"}}).status, 400);
  EXPECT_EQ(ask("api/admin/v1/caches/shop/series", {{"start", "x"}}).status, 400);
}

TEST_F(HistoryTest, LiveIsAtMostTwoSecondsOldAndTellsRates) {
  const auto live = [&] { return json::parse(ask("api/admin/v1/caches/shop/live").body); };
  const json::value first = live();
  EXPECT_EQ(first.at("stats").at("get_hits").as_int64(), 7);
  EXPECT_TRUE(first.at("series").at("get_rate").is_null()) << "nothing to compare with yet";
  services.clock.advance_seconds(1);
  EXPECT_EQ(live(), first);
  services.clock.advance_seconds(1);
  const json::value second = live();
  EXPECT_EQ(second.at("seconds").as_int64(), 2);
  EXPECT_EQ(second.at("series").at("get_rate").as_int64(), 0);
}

TEST_F(HistoryTest, LiveLatencyIsTheCachesOwnByFamilyWhateverItsNeighboursDo) {
  const auto live = [&] {
    return json::parse(ask("api/admin/v1/caches/shop/live").body).at("latency").at(0);
  };
  const json::value first = live();
  EXPECT_EQ(first.at("mean_ns").as_int64(), 2'500) << "of the last minute";
  EXPECT_EQ(first.at("requests_per_second").to_number<double>(), 3) << "not its node's 3,000";
  EXPECT_EQ(first.at("families").at(0).at("family").as_string(), "read");
  EXPECT_EQ(first.at("families").at(0).at("mean_ns").as_int64(), 2'000);
  EXPECT_NEAR(first.at("families").at(1).at("p99_ns").to_number<double>(), 4'000, 500);
  services.clock.advance_seconds(2);
  services.node.add_cache_latency(shop.cache.id, tenant::Family::write, 8'000, 10);
  const json::value second = live();
  EXPECT_EQ(second.at("requests_per_second").to_number<double>(), 5);
  EXPECT_EQ(second.at("mean_ns").as_int64(), 8'000);
  EXPECT_TRUE(second.at("families").at(0).at("mean_ns").is_null()) << "nothing was read since";
  services.clock.advance_seconds(2);
  EXPECT_TRUE(live().at("mean_ns").is_null()) << "nothing was asked since";
}

TEST_F(HistoryTest, LiveRatesAreNeverTheMeanSinceSomebodyLookedLongAgo) {
  const auto live = [&] { return json::parse(ask("api/admin/v1/caches/shop/live").body); };
  static_cast<void>(live());
  services.clock.advance_seconds(3'600);
  EXPECT_TRUE(live().at("series").at("get_rate").is_null());
  services.clock.advance_seconds(2);
  EXPECT_EQ(live().at("seconds").as_int64(), 2);
}

TEST_F(HistoryTest, LiveIsFollowedAsEventsForAsLongAsTheCacheMayBeSeen) {
  http::Request request{.segments = {"api", "admin", "v1", "caches", "shop", "live"},
                        .headers = {{"accept", "text/event-stream"}}};
  const http::Response answer = router.handle(request);
  EXPECT_EQ(answer.content_type, "text/event-stream");
  const auto sample = [](std::string_view event) {
    EXPECT_TRUE(event.starts_with("data: ") && event.ends_with("\n\n")) << event;
    return json::parse(event.substr(6));
  };
  EXPECT_TRUE(sample(answer.body).at("series").at("get_rate").is_null());
  ASSERT_TRUE(answer.stream);
  EXPECT_EQ(answer.stream->period, std::chrono::seconds(2));
  services.clock.advance_seconds(2);
  EXPECT_EQ(sample(answer.stream->next().value()).at("seconds").as_int64(), 2);
  ASSERT_TRUE(services.caches.remove(services.actor, shop.cache.id));
  EXPECT_EQ(answer.stream->next(), std::nullopt);
  EXPECT_FALSE(router.handle(request).stream) << "what is refused is refused once";
}

TEST_F(HistoryTest, LatencyOfACacheOverTimeIsItsOwnEveryMinute) {
  const json::value answer = json::parse(ask("api/admin/v1/caches/shop/latency").body);
  EXPECT_EQ(answer.at("step_seconds").as_int64(), 60);
  const json::array& points = answer.at("servers").at(0).at("points").as_array();
  EXPECT_EQ(points.size(), 15u);
  EXPECT_EQ(json::serialize(answer.at("columns")), R"(["time","mean","p50","p99"])");
  EXPECT_EQ(points[0].at(1).to_number<double>(), 2'500);
  EXPECT_NEAR(points[0].at(2).to_number<double>(), 2'000, 500);
  EXPECT_NEAR(points[0].at(3).to_number<double>(), 4'000, 1'000);
}

TEST(RequestMetricsTest, CountsByClassAndStatusWhateverTheAddress) {
  FakeClock clock;
  RequestMetrics metrics(clock);
  const auto ask = [&](std::vector<std::string> segments, int status) {
    metrics.answer(
        [&](const http::Request&) {
          clock.advance_seconds(1);
          return http::Response{.status = status};
        },
        {.segments = std::move(segments)});
  };
  ask({"api", "v2", "caches", "1", "stats"}, 200);
  ask({"api", "v2", "caches", "2", "info"}, 200);
  ask({"api", "v1", "login"}, 403);
  ask({"api", "login"}, 403);
  ask({"whatever"}, 404);
  const std::string text = metrics.metrics();
  EXPECT_THAT(text, HasSubstr("{class=\"analytics_v2\",status=\"200\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("{class=\"analytics_v1\",status=\"403\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("{class=\"other\",status=\"404\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("request_seconds_total{class=\"analytics_v2\"} 2\n"));
}

}  // namespace
}  // namespace cachery::api
