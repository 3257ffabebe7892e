#include "control/samples.h"

#include <gtest/gtest.h>

#include <random>

namespace cachery::control {
namespace {

using tenant::Counter;
using tenant::CounterValues;

CounterValues counted(std::initializer_list<std::pair<Counter, uint64_t>> given) {
  CounterValues values;
  for (const auto& [counter, value] : given) values[counter] = value;
  return values;
}

TEST(Samples, AreGrowthOfCountersAndLevelTimesSecondsOfGauges) {
  const Sample sample =
      sample_between(counted({{Counter::cmd_get, 10}, {Counter::bytes, 1'000}}),
                     counted({{Counter::cmd_get, 25}, {Counter::bytes, 700}}), 60);
  EXPECT_EQ(sample.seconds, 60u);
  EXPECT_EQ(sample.sums[Counter::cmd_get], 15u);
  EXPECT_EQ(sample.sums[Counter::bytes], 42'000u);
}

TEST(Samples, OfCountersThatBeganAnewAreWhatWasCountedSince) {
  const Sample sample = sample_between(
      counted({{Counter::cmd_get, 1'000}, {Counter::cmd_set, 1}, {Counter::bytes_read, 50'000}}),
      counted({{Counter::cmd_get, 7}, {Counter::cmd_set, 9}, {Counter::bytes_read, 400}}), 60);
  EXPECT_EQ(sample.sums[Counter::cmd_get], 7u);
  EXPECT_EQ(sample.sums[Counter::cmd_set], 9u);
}

TEST(Samples, ACounterThatWasTakenBackHasGrownByNothing) {
  const auto before = counted({{Counter::total_items, 5}, {Counter::bytes_read, 100}});
  const auto now = counted({{Counter::total_items, 4}, {Counter::bytes_read, 120}});
  EXPECT_EQ(sample_between(before, now, 60).sums[Counter::total_items], 0u);
}

TEST(Samples, ACacheThatOnlyHoldsItemsHasNoActivity) {
  const auto idle = counted({{Counter::bytes, 9}, {Counter::curr_items, 1}});
  EXPECT_FALSE(has_activity(sample_between(idle, idle, 60)));
  const auto connected = counted({{Counter::curr_connections, 1}});
  EXPECT_TRUE(has_activity(sample_between(connected, connected, 60)));
  EXPECT_TRUE(has_activity(sample_between({}, counted({{Counter::auth_errors, 1}}), 60)));
}

TEST(Samples, ComeBackAsTheyWerePacked) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 200; ++round) {
    Sample sample{.seconds = random() % 100'000, .sums = {}};
    for (uint64_t& value : sample.sums.values) {
      value = random() % 3 == 0 ? random() >> random() % 64 : 0;
    }
    std::string bytes;
    pack(sample, bytes);
    const auto read = unpack(bytes);
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->seconds, sample.seconds);
    EXPECT_EQ(read->sums.values, sample.sums.values);
  }
}

TEST(Samples, CutOffBytesAreNoSample) {
  std::string bytes;
  pack(Sample{.seconds = 60, .sums = counted({{Counter::bytes, 1u << 30}})}, bytes);
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(unpack(std::string_view(bytes).substr(0, size)).has_value()) << size;
  }
}

TEST(Samples, ATypicalMinuteTakesAboutFortyBytes) {
  const Sample minute{.seconds = 60,
                      .sums = counted({{Counter::bytes_read, 420'000},
                                       {Counter::bytes_written, 2'100'000},
                                       {Counter::cmd_get, 5'000},
                                       {Counter::cmd_set, 600},
                                       {Counter::get_hits, 4'600},
                                       {Counter::get_misses, 400},
                                       {Counter::total_items, 600},
                                       {Counter::evictions, 80},
                                       {Counter::bytes, 28'000'000ull * 60},
                                       {Counter::curr_connections, 20 * 60},
                                       {Counter::curr_items, 40'000 * 60},
                                       {Counter::limit_maxbytes, 28'835'840ull * 60}})};
  std::string bytes;
  pack(minute, bytes);
  EXPECT_LE(bytes.size(), 44u);
}

// A minute of reads around 2 us and some writes around 8 us, each with a tail.
PackedLatency typical_latency() {
  tenant::LatencySums sums{.requests_count = 5'600, .busy_ns = 15'000'000};
  for (const uint64_t base : {2'000u, 8'000u}) {
    for (uint64_t step = 0; step < 12; ++step) {
      const uint64_t ns = base * (6 + step) / 8;
      sums.counts[tenant::latency_bucket(ns)] += 400 >> step / 2;
    }
  }
  return pack_sums(coarse(sums));
}

TEST(Samples, TellHowLongRequestsTookInAboutFortyBytesMore) {
  Sample sample{.seconds = 60, .sums = counted({{Counter::cmd_get, 5'000}})};
  std::string without;
  pack(sample, without);
  EXPECT_EQ(unpack(without)->latency.requests_count, 0u) << "as it was kept before there was any";
  sample.latency = typical_latency();
  std::string bytes;
  pack(sample, bytes);
  EXPECT_LE(bytes.size() - without.size(), 40u);
  const auto read = unpack(bytes);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->latency.requests_count, 5'600u);
  EXPECT_EQ(read->latency.busy_ns, 15'000'000u);
  EXPECT_EQ(read->latency.counts, sample.latency.counts);
  for (size_t size = without.size() + 1; size < bytes.size(); ++size) {
    EXPECT_FALSE(unpack(std::string_view(bytes).substr(0, size)).has_value()) << size;
  }
}

TEST(Samples, OfNeighboursAddTheirLatencies) {
  Sample sum{.seconds = 60, .sums = {}};
  sum.add({.seconds = 60, .sums = {}, .latency = typical_latency()});
  sum.add({.seconds = 60, .sums = {}, .latency = typical_latency()});
  EXPECT_EQ(sum.latency.requests_count, 11'200u);
  EXPECT_EQ(tenant::latency_quantile_ns(unpack_sums(sum.latency).counts, 0.5),
            tenant::latency_quantile_ns(unpack_sums(typical_latency()).counts, 0.5));
}

TEST(Frames, GiveOneCacheWithoutTheOthers) {
  std::vector<FrameEntry> entries;
  for (const tenant::CacheId cache : {0u, 100'001u, 100'002u, 4'000'000'000u}) {
    entries.push_back({cache, {.seconds = 60, .sums = counted({{Counter::cmd_get, cache}})}});
  }
  const std::string frame = pack_frame(entries);
  ASSERT_EQ(unpack_frame(frame).size(), 4u);
  for (const FrameEntry& entry : entries) {
    const auto found = find_in_frame(frame, entry.cache);
    ASSERT_TRUE(found.has_value()) << entry.cache;
    EXPECT_EQ(found->sums[Counter::cmd_get], entry.cache);
  }
  for (const tenant::CacheId cache : {1u, 100'003u, 4'000'000'001u}) {
    EXPECT_FALSE(find_in_frame(frame, cache).has_value()) << cache;
  }
}

TEST(Frames, OfAnyBytesAreReadAsFarAsTheyGo) {
  std::mt19937 random(11);
  for (int round = 0; round < 2'000; ++round) {
    std::string bytes(random() % 60, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    EXPECT_LE(unpack_frame(bytes).size(), bytes.size());
    EXPECT_LE(unpack_chunk(bytes).size(), bytes.size());
    static_cast<void>(find_in_frame(bytes, 5));
  }
}

TEST(Chunks, KeepTheStepOfEachSample) {
  const auto points =
      unpack_chunk(pack_chunk({{3, {.seconds = 60, .sums = {}}},
                               {9, {.seconds = 61, .sums = counted({{Counter::cmd_set, 2}})}}}));
  ASSERT_EQ(points.size(), 2u);
  EXPECT_EQ(points[0].step_index, 3u);
  EXPECT_EQ(points[1].step_index, 9u);
  EXPECT_EQ(points[0].sample.sums[Counter::cmd_set], 0u);
  EXPECT_EQ(points[1].sample.sums[Counter::cmd_set], 2u);
}

TEST(Chunks, ComeBackAsTheyWerePackedWhateverTheDifferences) {
  std::mt19937_64 random(13);
  for (int round = 0; round < 100; ++round) {
    std::vector<ChunkPoint> points(random() % 12);
    for (size_t i = 0; i < points.size(); ++i) {
      points[i].step_index = static_cast<uint32_t>(i);
      points[i].sample.seconds = random() % 100;
      for (uint64_t& value : points[i].sample.sums.values) {
        value = random() % 3 == 0 ? random() >> random() % 64 : 0;
      }
    }
    const std::string bytes = pack_chunk(points);
    const auto read = unpack_chunk(bytes);
    ASSERT_EQ(read.size(), points.size());
    for (size_t i = 0; i < points.size(); ++i) {
      EXPECT_EQ(read[i].sample.seconds, points[i].sample.seconds);
      EXPECT_EQ(read[i].sample.sums.values, points[i].sample.sums.values);
    }
    for (size_t size = 0; size + 1 < bytes.size(); ++size) {
      EXPECT_TRUE(unpack_chunk(std::string_view(bytes).substr(0, size)).empty()) << size;
    }
  }
}

TEST(Chunks, KeepTheMeanAndTheQuantilesOfEachSampleInFourBytes) {
  const std::vector<ChunkPoint> points{
      {3, {.seconds = 60, .sums = {}}},
      {4, {.seconds = 60, .sums = {}, .latency = typical_latency()}}};
  const std::string bytes = pack_chunk(points);
  EXPECT_LE(bytes.size(), pack_chunk({points[0], points[0]}).size() + 5) << "one says: none";
  const auto read = unpack_chunk(bytes);
  ASSERT_EQ(read.size(), 2u);
  EXPECT_EQ(read[0].sample.latency.requests_count, 0u);
  const LatencySummary told = summarize(unpack_sums(read[1].sample.latency), 60);
  const LatencySummary whole = summarize(unpack_sums(typical_latency()), 60);
  EXPECT_NEAR(*told.mean_ns, *whole.mean_ns, 1);
  EXPECT_NEAR(*told.p50_ns, *whole.p50_ns, *whole.p50_ns / 8);
  EXPECT_NEAR(*told.p99_ns, *whole.p99_ns, *whole.p99_ns / 8);
  EXPECT_EQ(pack_chunk(read), bytes) << "written again as it was";
  EXPECT_EQ(unpack_chunk(pack_chunk({points[0]})).size(), 1u) << "as it was before there was any";
  EXPECT_TRUE(unpack_chunk(std::string_view(bytes).substr(0, bytes.size() - 1)).empty());
}

TEST(Chunks, OfSlowRequestsKeepTheLastBucket) {
  tenant::LatencySums sums{.requests_count = 1, .busy_ns = 9'000'000'000};
  sums.counts.back() = 1;
  const auto read =
      unpack_chunk(pack_chunk({{0, {.seconds = 60, .sums = {}, .latency = pack_sums(sums)}}}));
  ASSERT_EQ(read.size(), 1u);
  EXPECT_EQ(unpack_sums(read[0].sample.latency).counts.back(), 100u);
}

TEST(Chunks, WhatDoesNotChangeTakesAByteAMinute) {
  std::vector<ChunkPoint> points;
  for (uint32_t i = 0; i < 10; ++i) {
    points.push_back({i, {.seconds = 60, .sums = counted({{Counter::bytes, 28'835'840u * 60}})}});
  }
  EXPECT_LE(pack_chunk(points).size(), 45u);
}

}  // namespace
}  // namespace cachery::control
