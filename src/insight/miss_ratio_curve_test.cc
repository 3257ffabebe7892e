// The small form of bench/miss_ratio_curve: where the answer is known exactly.
#include "insight/miss_ratio_curve.h"

#include <gtest/gtest.h>

#include <random>
#include <unordered_set>

namespace cachery::insight {
namespace {

constexpr uint32_t kItemBytes = 128;
constexpr uint32_t kNow = 1'000'000;

uint64_t hash_of(uint64_t key) {
  key = (key ^ key >> 30) * 0xbf58476d1ce4e5b9;
  key = (key ^ key >> 27) * 0x94d049bb133111eb;
  return key ^ key >> 31;
}

// A read of a cache that holds `has` or not.
void read(MissRatioCurve& curve, uint64_t key, bool has, uint32_t now = kNow) {
  const uint64_t hash = hash_of(key);
  if (position_of(hash) < curve.threshold()) {
    curve.note({hash, kItemBytes, 0, now, has ? Act::hit : Act::miss});
    if (!has) curve.note({hash, kItemBytes, 0, now, Act::store});
  }
  curve.count(1, has ? 0 : 1, now);
}

TEST(MissRatioCurve, HasNoPointsBeforeAnythingWasRead) {
  MissRatioCurve curve(1 << 20);
  EXPECT_TRUE(curve.read().points.empty());
  EXPECT_EQ(curve.read().limit_bytes, 1u << 20);
}

// Uniform reads of n keys by any policy that does not know the future: a cache of a share s of them
// misses 1 - s.
TEST(MissRatioCurve, KnowsUniformReads) {
  const uint32_t seed = 7;  // the curve's noise is the sample's: this one's is known
  std::mt19937 random(seed);
  constexpr uint64_t kKeys = 40'000;
  MissRatioCurve curve(kKeys * kItemBytes / 4);
  std::unordered_set<uint64_t> seen;
  for (int i = 0; i < 2'000'000; ++i) {
    // In a pace that lets no halving happen for its sake.
    const uint32_t now = kNow + static_cast<uint32_t>(i / 5'000);
    read(curve, random() % kKeys, random() % 4 == 0, now);
  }
  const auto points = curve.read().points;
  ASSERT_EQ(points.size(), MissRatioCurve::kSizes.size());
  constexpr double kFirst = 0.02;  // the first read of a key misses at any size
  const double expected[] = {1 - 1 / 16.0, 1 - 1 / 8.0, 0.75, 0.5, kFirst, kFirst, kFirst};
  for (size_t i = 0; i < points.size(); ++i) {
    EXPECT_NEAR(points[i].miss_ratio, expected[i], i == 4 ? 0.05 : 0.03) << i;
  }
  EXPECT_EQ(points[MissRatioCurve::kPresent].memory_bytes, curve.limit_bytes());
  EXPECT_LE(curve.memory_bytes(), MissRatioCurve::kMemoryBytesMax);
}

TEST(MissRatioCurve, NeverRisesWithTheSizeAndIsTheMeasuredRatioAtThePresentOne) {
  std::mt19937 random(3);
  MissRatioCurve curve(1'000 * kItemBytes);
  for (int i = 0; i < 200'000; ++i) {
    read(curve, random() % (1 + random() % 5'000), random() % 3 != 0,
         kNow + static_cast<uint32_t>(i) / 5'000);
  }
  const auto curve_now = curve.read();
  for (size_t i = 1; i < curve_now.points.size(); ++i) {
    EXPECT_GT(curve_now.points[i].memory_bytes, curve_now.points[i - 1].memory_bytes);
    EXPECT_LE(curve_now.points[i].miss_ratio, curve_now.points[i - 1].miss_ratio);
  }
  EXPECT_NEAR(curve_now.points[MissRatioCurve::kPresent].miss_ratio, 1.0 / 3, 0.01);
}

TEST(MissRatioCurve, SamplesFewerKeysWhereRequestsAreMany) {
  MissRatioCurve curve(1 << 20);
  for (uint64_t i = 0; i < 4 * MissRatioCurve::kSamplesPerSecond; ++i) read(curve, i % 50, true);
  EXPECT_LE(curve.threshold(), kPositions / 2);
  EXPECT_GT(curve.threshold(), 0u);
}

TEST(MissRatioCurve, ForgetsOldReadsByHalves) {
  MissRatioCurve curve(1 << 20);
  for (int i = 0; i < 1'000; ++i) read(curve, 1, true);
  curve.count(0, 0, kNow + MissRatioCurve::kHalfLifeSeconds);
  EXPECT_NEAR(curve.read().reads, 500, 1);
}

TEST(MissRatioCurve, CountsAfterAChangeOfLimitOnlyOnceItIsWarm) {
  MissRatioCurve curve(1 << 20);
  curve.start_over(2 << 20);  // nothing was read yet: nothing is cold that the cache has
  read(curve, 1, false);
  EXPECT_EQ(curve.read().reads, 1);
  curve.start_over(4 << 20);
  EXPECT_EQ(curve.limit_bytes(), 4u << 20);
  EXPECT_EQ(curve.read().ready_unix_seconds, 0) << "nobody has read since";
  for (int i = 0; i < 100; ++i) read(curve, 1, true);
  EXPECT_TRUE(curve.read().points.empty());
  EXPECT_EQ(curve.read().ready_unix_seconds, kNow + MissRatioCurve::kWarmUpSeconds);
  read(curve, 1, true, kNow + MissRatioCurve::kWarmUpSeconds);
  EXPECT_EQ(curve.read().reads, 1);
  EXPECT_EQ(curve.read().points[MissRatioCurve::kPresent].miss_ratio, 0);
}

}  // namespace
}  // namespace cachery::insight
