#include "control/watched_prefixes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/db/services_fixture.h"

namespace cachery::control {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct WatchedPrefixesTest : testing::Test {
  ServicesFixture services;
  CacheId cache = services.make_cache("shop").cache.id;
  CacheId other = services.make_cache("other").cache.id;
  WatchedPrefixes prefixes{*services.store, services.node, services.audit, services.clock};
  Actor actor{.kind = ActorKind::account, .id = 1};

  WatchedPrefixRecord watch(std::string_view name) {
    return prefixes.watch(actor, cache, name).value();
  }
  // The node counted so many hits of the prefix until now.
  void sample(const std::string& prefix, uint64_t hits, uint64_t items = 0) {
    services.node.introspection().set(cache, {.prefixes = {{.prefix = prefix,
                                                            .items = items,
                                                            .bytes = items * 100,
                                                            .hits = hits,
                                                            .misses = hits / 2,
                                                            .mutations = 0}}});
    ASSERT_TRUE(prefixes.run(services.clock.now()));
  }
};

TEST_F(WatchedPrefixesTest, TellsTheNodeAtOnceWhatToWatch) {
  const auto user = watch("user:");
  const auto cart = watch("cart:");
  EXPECT_NE(user.id, cart.id);
  EXPECT_EQ(watch("user:").id, user.id) << "once is enough";
  EXPECT_THAT(services.node.introspection().watched(cache), ElementsAre("user:", "cart:"));
  ASSERT_TRUE(prefixes.unwatch(actor, cache, user.id));
  EXPECT_THAT(services.node.introspection().watched(cache), ElementsAre("cart:"));
  EXPECT_EQ(prefixes.list(cache)->size(), 1u);
}

TEST_F(WatchedPrefixesTest, ABytePrefixComesBackAsItWas) {
  const std::string bytes("\xff\xfe:", 3);
  watch(bytes);
  EXPECT_EQ(prefixes.list(cache)->at(0).name, bytes);
}

TEST_F(WatchedPrefixesTest, RefusesWhatNoKeyBeginsWith) {
  for (const std::string& name : {std::string(), std::string("a b"), std::string("a\n"),
                                  std::string(tenant::kWatchedPrefixBytesMax + 1, 'a')}) {
    EXPECT_EQ(prefixes.watch(actor, cache, name).error().fault, Fault::invalid) << name;
  }
  EXPECT_TRUE(prefixes.watch(actor, cache, std::string(tenant::kWatchedPrefixBytesMax, 'a')));
}

TEST_F(WatchedPrefixesTest, WatchesABoundedNumber) {
  for (size_t i = 0; i < tenant::kWatchedPrefixesMax; ++i) watch(std::to_string(i));
  EXPECT_EQ(prefixes.watch(actor, cache, "more").error().fault, Fault::conflict);
  EXPECT_TRUE(prefixes.watch(actor, cache, "0")) << "one that is watched already";
  EXPECT_TRUE(prefixes.watch(actor, other, "more")) << "another cache's are its own";
}

TEST_F(WatchedPrefixesTest, AnotherCachesPrefixIsNotThere) {
  const auto user = watch("user:");
  EXPECT_EQ(prefixes.find(other, user.id).error().fault, Fault::not_found);
  EXPECT_EQ(prefixes.unwatch(actor, other, user.id).error().fault, Fault::not_found);
  EXPECT_THAT(*prefixes.list(other), IsEmpty());
  EXPECT_TRUE(prefixes.find(cache, user.id));
}

TEST_F(WatchedPrefixesTest, MakesPointsOfWhatTheNodeCounted) {
  const auto user = watch("user:");
  const int64_t start = services.clock.now().unix_seconds;
  sample("user:", 1'000);
  services.clock.advance_seconds(60);
  sample("user:", 1'120, 7);
  services.clock.advance_seconds(60);
  sample("user:", 60, 8);  // the node was restarted
  const auto points = prefixes.points(user.id, {start, start + 600}, 60).value();
  ASSERT_EQ(points.size(), 2u);
  EXPECT_EQ(points[0].items, 7u);
  EXPECT_EQ(points[0].bytes, 700u);
  EXPECT_DOUBLE_EQ(points[0].hits_rate, 2);
  EXPECT_DOUBLE_EQ(points[0].misses_rate, 1);
  EXPECT_DOUBLE_EQ(points[1].hits_rate, 1) << "what it counted since";
}

TEST_F(WatchedPrefixesTest, ForgetsSamplesAfterAWeek) {
  const auto user = watch("user:");
  const int64_t start = services.clock.now().unix_seconds;
  sample("user:", 1);
  services.clock.advance_seconds(60);
  sample("user:", 2);
  services.clock.advance_seconds(kPrefixSamplesKeptSeconds + 1);
  sample("user:", 3);
  EXPECT_THAT(*prefixes.points(user.id, {start, start + 600}, 60), IsEmpty());
}

TEST(PrefixPoints, CoarserStepsAddUp) {
  std::vector<PrefixSampleRecord> samples;
  for (int i = 0; i <= 20; ++i) {
    samples.push_back({.prefix = 1,
                       .at_unix_seconds = 1'200 + 60 * i,
                       .items = static_cast<uint64_t>(i),
                       .hits = static_cast<uint64_t>(i) * 30});
  }
  const auto points = points_of(samples, 600);
  ASSERT_EQ(points.size(), 2u);
  EXPECT_EQ(points[0].start, 1'200);
  EXPECT_EQ(points[0].items, 10u);
  EXPECT_DOUBLE_EQ(points[0].hits_rate, 0.5);
  EXPECT_EQ(points[1].start, 1'800);
  EXPECT_TRUE(points_of({}, 60).empty());
  EXPECT_TRUE(points_of({samples[0]}, 60).empty()) << "one sample has no rate";
}

}  // namespace
}  // namespace cachery::control
