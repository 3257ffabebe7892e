// Introspection by the analytics API v2 and for the dashboard, on the real services and a node that
// says what it was told to.
#include "api/insight.h"

#include <gtest/gtest.h>

#include "api/key_text.h"
#include "api/v2_introspection.h"
#include "control/db/services_fixture.h"
#include "control/sampler.h"
#include "http/status.h"

namespace cachery::api {
namespace {

namespace json = http::json;
using http::Method;

struct InsightTest : testing::Test {
  http::Response ask(Method method, const std::string& path, http::NamedValues query = {},
                     std::string body = {}) {
    http::Request request{.method = method, .query = std::move(query), .body = std::move(body)};
    for (size_t from = 0; from < path.size();) {
      const size_t slash = std::min(path.find('/', from), path.size());
      request.segments.push_back(path.substr(from, slash - from));
      from = slash + 1;
    }
    return router.handle(std::move(request));
  }
  http::Response v2(const std::string& path, http::NamedValues query = {}) {
    return ask(Method::get, "api/v2/caches/100001/" + path, std::move(query));
  }
  http::Response admin(const std::string& path, http::NamedValues query = {}) {
    return ask(Method::get, "api/admin/v1/caches/shop/" + path, std::move(query));
  }
  static json::value read(const http::Response& response) {
    EXPECT_EQ(response.status, 200) << response.body;
    return json::parse(response.body);
  }
  json::value watch(const std::string& name) {
    return read(ask(Method::post, "api/v2/caches/100001/introspection/prefixes", {},
                    json::serialize(json::object{{"name", name}})));
  }

  CacheGuard see_all() {
    return [this](CacheHandler handler) -> http::Handler {
      return [this, handler = std::move(handler)](const http::Request& request) {
        const auto found = services.caches.find(request.parameter("cache"));
        return found ? handler(request, found->cache) : http::error_response(found.error());
      };
    };
  }
  ActingGuard change_all() {
    return [this](ActingHandler handler) {
      return see_all()([handler = std::move(handler)](const http::Request& request,
                                                      const control::CacheRecord& cache) {
        return handler(request, cache, control::Actor{.kind = control::ActorKind::account});
      });
    };
  }
  std::vector<http::Endpoint> endpoints() {
    auto all = insight_endpoints(insight, see_all(), change_all());
    for (V2Row& row : v2_introspection_rows(insight)) {
      all.push_back({.method = row.method,
                     .path = std::string(kV2Base) + row.path,
                     .handler = [this, answer = row.answer](const http::Request& request) {
                       return answer({request, ApiCredential{.cache = shop.cache.id}});
                     }});
    }
    return all;
  }

  control::ServicesFixture services;
  control::CacheDetails shop = services.make_cache("shop");
  control::CacheDetails other = services.make_cache("other");
  control::FakeIntrospection& node = services.node.introspection();
  control::WatchedPrefixes prefixes{*services.store, services.node, services.audit, services.clock};
  control::FlushLog flushes{*services.store, services.node};
  control::SeriesReader series{*services.store};
  ServiceAddresses addresses{{"cache.example.org:11211"}, {}};
  InsightServices insight{services.node, prefixes, flushes, series, addresses, services.clock, [] {
                            return std::vector<control::PlanSize>{{"25", 25}, {"100", 100}};
                          }};
  http::Router router{endpoints()};
};

TEST_F(InsightTest, RecentLogsHaveTheDocumentedShape) {
  node.set(shop.cache.id, {.requests = {{.unix_seconds = 1'700'000'000,
                                         .key = "key",
                                         .command = "GET",
                                         .status = "OK",
                                         .value_bytes = 3}}});
  EXPECT_EQ(v2("introspection/recent_logs").body,
            R"({"cache.example.org:11211":[{"timestamp":"2023-11-14T22:13:20Z","key":"key",)"
            R"("command":"GET","status":"OK","size":3}]})"
            "\n");
  EXPECT_EQ(admin("insight/recent_requests").body, v2("introspection/recent_logs").body);
  EXPECT_EQ(ask(Method::get, "api/admin/v1/caches/other/insight/recent_requests").body,
            R"({"cache.example.org:11211":[]})"
            "\n")
      << "never another cache's";
}

TEST_F(InsightTest, PopularItemsHaveTheDocumentedShape) {
  node.set(shop.cache.id, {.popular = {.time_slice = 9,
                                       .hit_keys = {{"a", 3}},
                                       .missed_keys = {{"b", 2}},
                                       .mutated_keys = {},
                                       .prefixes = {{"p:", 1}}}});
  EXPECT_EQ(v2("introspection/popular_items").body,
            R"({"time_slice":9,"most_hit_keys":[{"name":"a","popularity":3}],)"
            R"("most_missed_keys":[{"name":"b","popularity":2}],"most_mutated_keys":[],)"
            R"("popular_prefixes":[{"name":"p:","popularity":1}]})"
            "\n");
}

TEST_F(InsightTest, TheDashboardIsToldSinceWhenAndHowCountsAreMade) {
  EXPECT_TRUE(read(admin("insight/popular_items")).at("since").is_null());
  node.set(shop.cache.id,
           {.popular = {.since_unix_seconds = 1'700'000'000, .sampled_one_in = 2.5}});
  const json::value items = read(admin("insight/popular_items"));
  EXPECT_EQ(items.at("since").as_int64(), 1'700'000'000);
  EXPECT_EQ(items.at("sampled_one_in").as_double(), 2.5);
  watch("user:");
  EXPECT_EQ(read(admin("insight/prefixes")).at(0).at("since").as_int64(),
            services.clock.now().unix_seconds);
}

TEST_F(InsightTest, KeyStatsNeedAKey) {
  node.set(shop.cache.id, {.keys = {{"k",
                                     {.unix_seconds = 1'700'000'000,
                                      .is_in_cache = true,
                                      .value_bytes = 5,
                                      .hits = 1,
                                      .misses = 2,
                                      .mutations = 3}}}});
  EXPECT_EQ(v2("introspection/key_stats", {{"key", "k"}}).body,
            R"([{"timestamp":"2023-11-14T22:13:20Z","name":"k","size":5,"hit_count":1,)"
            R"("miss_count":2,"mutation_count":3,"in_cache":true}])"
            "\n");
  EXPECT_EQ(v2("introspection/key_stats").status, 400);
  EXPECT_EQ(admin("insight/key_stats").status, 400);
}

TEST_F(InsightTest, PrefixesAreWatchedListedAndDeleted) {
  const json::value made = watch("user:");
  EXPECT_EQ(made.at("name").as_string(), "user:");
  EXPECT_EQ(read(v2("introspection/prefixes")), json::value(json::array{made}));
  EXPECT_EQ(node.watched(shop.cache.id), std::vector<std::string>{"user:"});
  const std::string path = "introspection/prefixes/" + json::serialize(made.at("id"));
  EXPECT_EQ(v2(path + "/popular_items").status, 200);
  EXPECT_EQ(ask(Method::remove, "api/v2/caches/100001/" + path).status, 204);
  EXPECT_EQ(ask(Method::remove, "api/v2/caches/100001/" + path).status, 404);
  EXPECT_EQ(v2(path + "/stats").status, 404);
  EXPECT_TRUE(node.watched(shop.cache.id).empty());
}

TEST_F(InsightTest, RefusesWhatIsNoPrefix) {
  for (const char* body : {"", "{}", "[]", "{", R"({"name":1})", R"({"name":""})",
                           R"({"name":"a b"})", R"({"name":"a","more":1})"}) {
    EXPECT_EQ(ask(Method::post, "api/v2/caches/100001/introspection/prefixes", {}, body).status,
              400)
        << body;
    EXPECT_EQ(ask(Method::post, "api/admin/v1/caches/shop/insight/prefixes", {}, body).status, 400)
        << body;
  }
  for (size_t i = 0; i < tenant::kWatchedPrefixesMax; ++i) watch(std::to_string(i));
  EXPECT_EQ(
      ask(Method::post, "api/v2/caches/100001/introspection/prefixes", {}, R"({"name":"more"})")
          .status,
      400);
  EXPECT_EQ(v2("introspection/prefixes/x/stats").status, 400) << "no number";
}

TEST_F(InsightTest, AnotherCachesPrefixIsNotThere) {
  const auto theirs = prefixes.watch({}, other.cache.id, "user:").value();
  const std::string path = "introspection/prefixes/" + std::to_string(theirs.id);
  EXPECT_EQ(v2(path + "/stats").status, 404);
  EXPECT_EQ(v2(path + "/popular_items").status, 404);
  EXPECT_EQ(ask(Method::remove, "api/v2/caches/100001/" + path).status, 404);
  EXPECT_EQ(prefixes.list(other.cache.id)->size(), 1u);
}

TEST_F(InsightTest, PrefixStatsHaveTheShapeOfASeries) {
  const json::value made = watch("user:");
  for (uint64_t hits : {0u, 60u}) {
    node.set(shop.cache.id,
             {.prefixes = {{.prefix = "user:", .items = 4, .bytes = 400, .hits = hits}}});
    ASSERT_TRUE(prefixes.run(services.clock.now()));
    services.clock.advance_seconds(60);
  }
  const std::string path = "introspection/prefixes/" + json::serialize(made.at("id")) + "/stats";
  const json::value stats = read(v2(path));
  EXPECT_EQ(stats.at(0).at("name").as_string(), "prefix_stats");
  EXPECT_EQ(json::serialize(stats.at(0).at("columns")),
            R"(["time","num_keys","total_size","total_hits_rate","total_misses_rate",)"
            R"("total_mutations_rate"])");
  EXPECT_EQ(json::serialize(stats.at(0).at("values")), R"([["2023-11-14T22:13:00Z",4,400,1,0,0]])");
  EXPECT_EQ(v2(path, {{"startTime", "yesterday"}}).status, 400);
}

TEST_F(InsightTest, CompoundStatsAreOfTheCachesHistory) {
  control::Sampler sampler{*services.store, services.node};
  tenant::CounterValues values;
  values[tenant::Counter::bytes] = 5'000;
  values[tenant::Counter::curr_items] = 50;
  for (int i = 0; i < 10; ++i) {
    services.node.set_activity({{.node = 0, .caches = {{shop.cache.id, values}}}});
    ASSERT_TRUE(sampler.run(services.clock.now()));
    services.clock.advance_seconds(20);
    values[tenant::Counter::get_hits] += 40;
    values[tenant::Counter::cmd_set] += 20;
  }
  const json::value stats = read(v2("introspection/compound_stats"));
  EXPECT_EQ(stats.at(0).at("name").as_string(), "compound_stats");
  const json::array& points = stats.at(0).at("values").as_array();
  ASSERT_FALSE(points.empty());
  EXPECT_EQ(json::serialize(points.back().at(1)), "50");
  EXPECT_EQ(json::serialize(points.back().at(2)), "5000");
  EXPECT_EQ(json::serialize(points.back().at(3)), "2");
  EXPECT_EQ(json::serialize(points.back().at(4)), "0");
  EXPECT_EQ(json::serialize(points.back().at(5)), "1");
}

TEST_F(InsightTest, TheCurveNamesTheSmallestPlanThatKeepsTheHits) {
  node.set(shop.cache.id,
           {.curve = {.limit_bytes = 100,
                      .reads = 1'000,
                      .points = {{25, 0.41}, {50, 0.4}, {100, 0.4}, {200, 0.3}, {400, 0.2}}}});
  const json::value curve = read(v2("insight/miss_ratio_curve"));
  EXPECT_EQ(curve.at("limit_bytes").as_int64(), 100);
  EXPECT_DOUBLE_EQ(curve.at("hit_rate").as_double(), 0.6);
  EXPECT_EQ(curve.at("points").as_array().size(), 5u);
  EXPECT_EQ(curve.at("sizes").at(2).at("memory_bytes").as_int64(), 400);
  EXPECT_DOUBLE_EQ(curve.at("sizes").at(2).at("hit_rate").as_double(), 0.8);
  EXPECT_EQ(curve.at("plans").at(0).at("plan").as_string(), "25");
  EXPECT_EQ(curve.at("smallest_plan").as_string(), "100") << "0.59 is 98 % of 0.6";
  EXPECT_EQ(read(admin("insight/miss_ratio_curve")), curve);
}

TEST_F(InsightTest, AdviceIsOfNowAndEvictionsBeforeAResizeDoNotCount) {
  const int64_t start = services.clock.now().unix_seconds;
  tenant::MissRatioCurve curve{.limit_bytes = 50,
                               .reads = 100'000,
                               .ready_unix_seconds = start,
                               .points = {{25, 0.6}, {50, 0.4}, {100, 0.2}}};
  node.set(shop.cache.id, {.curve = curve});
  services.node.set_counter(shop.cache.id, tenant::Counter::bytes, 49);
  control::Sampler sampler(*services.store, services.node);
  tenant::CounterValues values;
  const auto minutes = [&](int count, uint64_t evictions) {
    for (int i = 0; i < count; ++i) {
      services.node.set_activity({{.node = 0, .caches = {{shop.cache.id, values}}}});
      ASSERT_TRUE(sampler.run(services.clock.now()));
      services.clock.advance_seconds(60);
      values[tenant::Counter::cmd_get] += 600;
      values[tenant::Counter::evictions] += evictions;
    }
  };
  minutes(10, 70);
  const auto advice = [&] { return read(admin("insight/miss_ratio_curve")).at("advice"); };
  EXPECT_EQ(advice().at("kind").as_string(), "larger");
  EXPECT_EQ(advice().at("plan").as_string(), "100");
  EXPECT_DOUBLE_EQ(advice().at("hit_rate").as_double(), 0.8);
  EXPECT_LT(advice().at("margin").as_double(), 0.01);
  EXPECT_EQ(read(v2("insight/miss_ratio_curve")).at("advice"), advice()) << "one source";

  curve.ready_unix_seconds = services.clock.now().unix_seconds - 30;
  node.set(shop.cache.id, {.curve = curve});
  EXPECT_EQ(advice().at("kind").as_string(), "stay") << "it evicted before it was resized";
  EXPECT_EQ(advice().at("reason").as_string(), "fits");

  curve.ready_unix_seconds = start;
  node.set(shop.cache.id, {.curve = curve});
  minutes(7, 0);
  EXPECT_EQ(advice().at("kind").as_string(), "stay") << "it evicts no more";
}

TEST_F(InsightTest, ACurveThatIsMeasuredAgainSaysWhenItIsReady) {
  node.set(shop.cache.id, {.curve = {.limit_bytes = 50, .ready_unix_seconds = 1'700'000'600}});
  const json::value curve = read(admin("insight/miss_ratio_curve"));
  EXPECT_EQ(curve.at("ready_at").as_int64(), 1'700'000'600);
  EXPECT_EQ(curve.at("reads_needed").as_int64(), 1'000);
  EXPECT_EQ(curve.at("advice").at("kind").as_string(), "measuring");
  EXPECT_TRUE(curve.at("advice").at("plan").is_null());
}

TEST_F(InsightTest, TheCurveOfACacheThatNobodyReadSaysSo) {
  const json::value curve = read(v2("insight/miss_ratio_curve"));
  EXPECT_TRUE(curve.at("hit_rate").is_null());
  EXPECT_TRUE(curve.at("smallest_plan").is_null());
  EXPECT_TRUE(curve.at("points").as_array().empty());
}

TEST_F(InsightTest, FlushesAreReadInPages) {
  for (const char* name : {"first", "second"}) {
    ASSERT_TRUE(services.caches.flush(
        {.kind = control::ActorKind::credential, .name = name, .address = "192.0.2.1"},
        shop.cache.id));
  }
  const json::value page = read(admin("flushes", {{"limit", "1"}}));
  ASSERT_EQ(page.at("flushes").as_array().size(), 1u);
  const json::value& last = page.at("flushes").at(0);
  EXPECT_EQ(last.at("credential").as_string(), "second");
  EXPECT_EQ(last.at("origin").as_string(), "API");
  EXPECT_EQ(last.at("address").as_string(), "192.0.2.1");
  EXPECT_EQ(last.at("server").as_string(), "cache.example.org:11211");
  EXPECT_TRUE(page.at("has_more").as_bool());
  const json::value next = read(admin("flushes", {{"before", json::serialize(last.at("id"))}}));
  EXPECT_EQ(next.at("flushes").at(0).at("credential").as_string(), "first");
  EXPECT_FALSE(next.at("has_more").as_bool());
  EXPECT_EQ(admin("flushes", {{"limit", "0"}}).status, 400);
  EXPECT_EQ(admin("flushes", {{"before", "x"}}).status, 400);
  EXPECT_EQ(ask(Method::get, "api/admin/v1/caches/nobody/flushes").status, 404);
}

TEST(KeyText, KeepsUtf8AndReplacesOtherBytes) {
  EXPECT_EQ(key_text("plain"), "plain");
  EXPECT_EQ(key_text("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"),
            "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80");
  const std::string one = "\xef\xbf\xbd";
  EXPECT_EQ(key_text("a\xff"
                     "b"),
            "a" + one + "b");
  EXPECT_EQ(key_text("\xc3"), one) << "cut short";
  EXPECT_EQ(key_text("\xc0\xaf"), one + one) << "longer than needed";
  EXPECT_EQ(key_text("\xed\xa0\x80"), one + one + one) << "a surrogate";
  EXPECT_EQ(key_text(""), "");
}

}  // namespace
}  // namespace cachery::api
