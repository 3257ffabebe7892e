#include "insight/watch.h"

#include <gmock/gmock.h>

#include <functional>

namespace cachery::insight {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr int64_t kNow = 1'700'000'000;

uint64_t hash_of(std::string_view key) { return std::hash<std::string_view>{}(key); }

Event event(std::string_view key, Act act) {
  return {.key = key,
          .hash = hash_of(key),
          .value_bytes = 7,
          .charged_bytes = 64,
          .act = act,
          .command = act == Act::store ? "SET" : "GET",
          .status = act == Act::miss ? "NOT_FOUND" : "OK"};
}

std::vector<std::string> names(const std::vector<tenant::PopularItem>& items) {
  std::vector<std::string> found;
  for (const auto& item : items) found.push_back(item.name);
  return found;
}

TEST(RequestLog, HoldsTheLastHundredFromTheOldestOn) {
  RequestLog log;
  EXPECT_THAT(log.read(), IsEmpty());
  for (int i = 0; i < 150; ++i) log.add(event("key" + std::to_string(i), Act::hit), kNow + i);
  const auto requests = log.read();
  ASSERT_EQ(requests.size(), RequestLog::kRequests);
  EXPECT_EQ(requests.front().key, "key50");
  EXPECT_EQ(requests.back().key, "key149");
  EXPECT_EQ(requests.back().unix_seconds, kNow + 149);
  EXPECT_EQ(requests.back().command, "GET");
  EXPECT_EQ(requests.back().status, "OK");
  EXPECT_EQ(requests.back().value_bytes, 7u);
}

TEST(Watch, RanksKeysByWhatWasDoneToThem) {
  Watch watch(kNow);
  for (int i = 0; i < 3; ++i) watch.note(event("user:1", Act::hit), 1, kNow);
  watch.note(event("user:2", Act::hit), 1, kNow);
  watch.note(event("user:3", Act::miss), 1, kNow);
  watch.note(event("cart:1", Act::store), 1, kNow);
  watch.note(event("cart:1", Act::remove), 1, kNow);
  watch.note(event("refused", Act::other), 1, kNow);
  const auto items = watch.popular_items(kNow);
  EXPECT_THAT(names(items.hit_keys), ElementsAre("user:1", "user:2"));
  EXPECT_EQ(items.hit_keys[0].popularity, 3u);
  EXPECT_THAT(names(items.missed_keys), ElementsAre("user:3"));
  EXPECT_THAT(names(items.mutated_keys), ElementsAre("cart:1"));
  EXPECT_EQ(items.mutated_keys[0].popularity, 2u);
  EXPECT_THAT(names(items.prefixes), ElementsAre("user:", "cart:"));
  EXPECT_EQ(watch.recent_requests().size(), 8u) << "what was refused is in the log all the same";
}

TEST(Watch, LetsPopularityFadeByTheSlice) {
  Watch watch(kNow);
  for (int i = 0; i < 100; ++i) watch.note(event("a", Act::hit), 1, kNow);
  const auto before = watch.popular_items(kNow);
  const auto after = watch.popular_items(kNow + 60);
  EXPECT_EQ(after.time_slice, before.time_slice + 1);
  EXPECT_EQ(after.hit_keys[0].popularity, 80u);
  EXPECT_THAT(watch.popular_items(kNow + 3'600).hit_keys, IsEmpty());
}

TEST(Watch, SaysSinceWhenItCountsAndForHowManyEachStands) {
  Watch watch(kNow);
  EXPECT_EQ(watch.popular_items(kNow).since_unix_seconds, kNow);
  EXPECT_EQ(watch.popular_items(kNow).sampled_one_in, 1);
  watch.note(event("a", Act::hit), 1, kNow);
  watch.note(event("a", Act::hit), 4, kNow);
  EXPECT_EQ(watch.popular_items(kNow).sampled_one_in, 2.5);
  for (int i = 0; i < 100; ++i) watch.note(event("a", Act::hit), 1, kNow + 1'200);
  EXPECT_NEAR(watch.popular_items(kNow + 1'200).sampled_one_in, 1, 0.01) << "lately";
}

TEST(Watch, CountsAKeyFromTheFirstTimeItIsAskedAbout) {
  Watch watch(kNow);
  watch.note(event("key", Act::hit), 1, kNow);
  watch.note(event("key", Act::hit), 1, kNow);
  EXPECT_EQ(watch.ask_about(hash_of("key"), "key").hits, 2) << "known as a popular one";
  watch.note(event("key", Act::miss), 3, kNow);
  watch.note(event("other", Act::miss), 1, kNow);
  const Tally tally = watch.ask_about(hash_of("key"), "key");
  EXPECT_EQ(tally.hits, 2);
  EXPECT_EQ(tally.misses, 3) << "each by the weight of its sample";
  EXPECT_EQ(watch.ask_about(hash_of("never"), "never").hits, 0);
}

TEST(Watch, CountsWhatComesUnderItsPrefixesOnly) {
  Watch watch(kNow);
  EXPECT_FALSE(watch.has_prefixes());
  watch.watch_prefixes({"user:", "cart:"});
  watch.note(event("user:1", Act::store), 1, kNow);
  watch.note(event("user:2", Act::hit), 1, kNow);
  watch.note(event("use", Act::hit), 1, kNow);
  watch.note(event("cart:1", Act::miss), 1, kNow);
  auto tallies = watch.prefix_tallies();
  ASSERT_EQ(tallies.size(), 2u);
  EXPECT_EQ(tallies[0].prefix, "user:");
  EXPECT_EQ(tallies[0].tally.hits, 1);
  EXPECT_EQ(tallies[0].tally.mutations, 1);
  EXPECT_EQ(tallies[0].keys.size(), 2u) << "those that were seen in the cache";
  EXPECT_EQ(tallies[0].keys_weight, 1);
  EXPECT_EQ(tallies[1].tally.misses, 1);
  EXPECT_THAT(tallies[1].keys, IsEmpty());
  EXPECT_THAT(names(watch.popular_items("user:", kNow)->hit_keys), ElementsAre("user:2"));
  EXPECT_FALSE(watch.popular_items("order:", kNow).has_value());

  watch.watch_prefixes({"user:", "order:"});
  tallies = watch.prefix_tallies();
  ASSERT_EQ(tallies.size(), 2u);
  EXPECT_EQ(tallies[0].tally.hits, 1) << "what stays keeps its counts";
  EXPECT_EQ(tallies[1].tally.hits, 0);
}

TEST(Watch, SamplesTheKeysOfALargePrefix) {
  Watch watch(kNow);
  watch.watch_prefixes({"k"});
  for (int i = 0; i < 20'000; ++i) {
    watch.note(event("k" + std::to_string(i * 7919), Act::store), 1, kNow);
  }
  const auto tally = watch.prefix_tallies().at(0);
  EXPECT_LE(tally.keys.size(), Watch::kPrefixKeys);
  EXPECT_NEAR(static_cast<double>(tally.keys.size()) * tally.keys_weight, 20'000, 6'000);
}

TEST(Watch, KeepsWithinItsMemory) {
  Watch watch(kNow);
  std::vector<std::string> prefixes;
  for (size_t i = 0; i < tenant::kWatchedPrefixesMax + 3; ++i) {
    prefixes.push_back(std::string(1, static_cast<char>('a' + i)));
  }
  watch.watch_prefixes(prefixes);
  for (int i = 0; i < 20'000; ++i) {
    std::string key(249, static_cast<char>('a' + i % 8));
    key.replace(5, 8, std::to_string(10'000'000 + i) + ":");
    for (const Act act : {Act::hit, Act::miss, Act::store}) watch.note(event(key, act), 1, kNow);
    if (i % 100 == 0) watch.ask_about(hash_of(key), key);
  }
  EXPECT_EQ(watch.prefix_tallies().size(), tenant::kWatchedPrefixesMax);
  EXPECT_LE(watch.memory_bytes(), Watch::kMemoryBytesMax);
}

}  // namespace
}  // namespace cachery::insight
