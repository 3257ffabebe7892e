#include "store/shard.h"

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <random>
#include <string>

#include "store/hash.h"

namespace cachery::store {
namespace {

constexpr uint32_t kNow = 1'700'000'000;
constexpr uint64_t kSeed = 99;

class ShardTest : public testing::Test {
 protected:
  Put put(const std::string& key, const std::string& value, Record::Fields fields = {}) {
    return shard_.put(hash_key(key, kSeed), key, value, fields, now_);
  }
  std::optional<std::string> get(const std::string& key) {
    const Found found = shard_.find(hash_key(key, kSeed), key, now_);
    if (!found) return std::nullopt;
    shard_.note_use(found, now_);
    return std::string(found.record.value());
  }
  bool remove(const std::string& key) {
    const Found found = shard_.find(hash_key(key, kSeed), key, now_);
    if (found) shard_.remove(hash_key(key, kSeed), found);
    return static_cast<bool>(found);
  }

  void free_garbage() {
    while (shard_.has_garbage()) {
      for (const Extent& extent : shard_.take_garbage(1u << 20)) shard_.holding().release(extent);
    }
  }

  std::unique_ptr<Pool> pool_ = Pool::open(256u << 20, 1u << 20).value();
  Shard shard_{*pool_, kSeed, 4u << 20};
  uint32_t now_ = kNow;
};

TEST_F(ShardTest, ReturnsWhatWasStored) {
  EXPECT_EQ(put("a", "1"), Put::stored);
  EXPECT_EQ(get("a"), "1");
  EXPECT_EQ(get("b"), std::nullopt);
  EXPECT_EQ(put("a", "longer than before"), Put::stored);
  EXPECT_EQ(get("a"), "longer than before");
  EXPECT_EQ(put("a", ""), Put::stored);
  EXPECT_EQ(get("a"), "");
  EXPECT_TRUE(remove("a"));
  EXPECT_EQ(get("a"), std::nullopt);
  EXPECT_EQ(shard_.items(), 0u);
}

TEST_F(ShardTest, KeepsEveryFieldOfAnItem) {
  Record::Fields fields;
  fields.flags = 0xffffffff;
  fields.expiry = kNow + 100;
  fields.accessed = kNow;
  fields.cas = UINT64_MAX;
  fields.is_stale = true;
  fields.is_key_base64 = true;
  put("k", "value", fields);
  const Record record = shard_.find(hash_key("k", kSeed), "k", now_).record;
  EXPECT_EQ(record.flags(), 0xffffffffu);
  EXPECT_EQ(record.expiry(), kNow + 100);
  EXPECT_EQ(record.cas(), UINT64_MAX);
  EXPECT_TRUE(record.is_stale());
  EXPECT_TRUE(record.is_key_base64());
  EXPECT_FALSE(record.is_token_sent());
  EXPECT_FALSE(record.is_fetched());
  EXPECT_EQ(record.value(), "value");
}

TEST_F(ShardTest, NeverChargesMoreThanItsLimit) {
  std::mt19937 random(1);
  for (int i = 0; i < 60'000; ++i) {
    put("key" + std::to_string(random() % 40'000), std::string(random() % 700, 'x'));
    ASSERT_LE(shard_.charged_bytes(), shard_.limit_bytes()) << i;
  }
  EXPECT_GT(shard_.counters().evictions, 0u);
  EXPECT_GT(shard_.charged_bytes(), shard_.limit_bytes() * 95 / 100);
}

TEST_F(ShardTest, LosesNothingWhileThereIsRoom) {
  for (int i = 0; i < 10'000; ++i) put("key" + std::to_string(i), std::string(100, 'v'));
  for (int i = 0; i < 10'000; ++i) ASSERT_TRUE(get("key" + std::to_string(i))) << i;
  EXPECT_EQ(shard_.counters().evictions, 0u);
}

TEST_F(ShardTest, WhatIsUsedOutlivesWhatIsNot) {
  for (int i = 0; i < 1000; ++i) put("used" + std::to_string(i), std::string(100, 'u'));
  for (int i = 0; i < 200'000; ++i) {
    put("once" + std::to_string(i), std::string(100, 'o'));
    if (i % 5 == 0) get("used" + std::to_string(i / 5 % 1000));
  }
  int kept = 0;
  for (int i = 0; i < 1000; ++i) kept += get("used" + std::to_string(i)).has_value() ? 1 : 0;
  EXPECT_EQ(kept, 1000);
}

TEST_F(ShardTest, TakesWhatHasExpiredBeforeAnythingAlive) {
  Record::Fields soon;
  soon.expiry = kNow + 1;
  for (int i = 0; i < 10'000; ++i) put("soon" + std::to_string(i), std::string(100, 's'), soon);
  for (int i = 0; i < 10'000; ++i) put("long" + std::to_string(i), std::string(100, 'l'));
  now_ += 2;
  for (int i = 0; i < 15'000; ++i) put("new" + std::to_string(i), std::string(100, 'n'));
  EXPECT_EQ(shard_.counters().evictions, 0u);
  while (shard_.sweep_expired(now_, 100)) {
  }
  EXPECT_EQ(shard_.counters().expired, 10'000u);
  for (int i = 0; i < 10'000; ++i) ASSERT_TRUE(get("long" + std::to_string(i)));
}

TEST_F(ShardTest, NoClassOfSizesIsStarved) {
  for (const size_t bytes :
       {size_t{50}, size_t{1} << 20, size_t{5'000}, size_t{100'000}, size_t{50}, size_t{1} << 20}) {
    const std::string prefix = std::to_string(bytes) + ":";
    for (size_t i = 0; i * bytes < (16u << 20); ++i) {
      ASSERT_EQ(put(prefix + std::to_string(i % 60'000), std::string(bytes, 'v')), Put::stored);
    }
    EXPECT_LE(shard_.charged_bytes(), shard_.limit_bytes());
    EXPECT_LE(shard_.physical_bytes(), shard_.limit_bytes() * 14 / 10) << bytes;
  }
}

TEST_F(ShardTest, RefusesAnItemLargerThanItsLimitAndDropsTheOldOne) {
  put("k", "old");
  EXPECT_EQ(put("k", std::string(5u << 20, 'x')), Put::out_of_memory);
  EXPECT_EQ(get("k"), std::nullopt);
}

// The node has less memory than its caches may have together.
TEST_F(ShardTest, DoesWithWhatThePoolHas) {
  const auto pool = Pool::open(4u << 20).value();
  for (const size_t bytes : {size_t{100}, size_t{3'000}, size_t{100'000}}) {
    Shard shard(*pool, kSeed, 64u << 20);
    const std::string value(bytes, 'v');
    const size_t count = (16u << 20) / bytes;
    size_t refused = 0;
    for (size_t i = 0; i < count; ++i) {
      const std::string key = std::to_string(i);
      if (shard.put(hash_key(key, kSeed), key, value, {}, now_) != Put::stored) ++refused;
    }
    EXPECT_LE(refused, count / 1000) << bytes;
    EXPECT_GE(shard.item_bytes(), 2u << 20) << bytes;
    const std::string last = std::to_string(count - 1);
    EXPECT_TRUE(shard.find(hash_key(last, kSeed), last, now_)) << bytes;
  }
}

TEST_F(ShardTest, ALargeItemOverwrittenByASmallerOneGivesItsMemoryBack) {
  for (int i = 0; i < 10; ++i) put("large" + std::to_string(i), std::string(380'000, 'l'));
  for (int i = 0; i < 10; ++i) put("large" + std::to_string(i), std::string(20'000, 's'));
  EXPECT_LE(shard_.physical_bytes(), 400'000u);
  for (int i = 0; i < 10'000; ++i) put("key" + std::to_string(i), std::string(200, 'v'));
  EXPECT_EQ(shard_.counters().evictions, 0u);
}

TEST_F(ShardTest, FlushEmptiesAtOnceAndGivesTheMemoryBack) {
  for (int i = 0; i < 10'000; ++i) put("key" + std::to_string(i), std::string(100, 'v'));
  shard_.flush();
  EXPECT_EQ(shard_.items(), 0u);
  EXPECT_EQ(shard_.charged_bytes(), 0u);
  EXPECT_EQ(get("key1"), std::nullopt);
  free_garbage();
  EXPECT_EQ(pool_->allocated_bytes(), 0u);
  EXPECT_EQ(put("key1", "again"), Put::stored);
}

TEST_F(ShardTest, FillingAndFlushingInTurnHoldsNoMoreThanFilling) {
  const auto pool = Pool::open(64u << 20).value();
  Shard shard(*pool, kSeed, 4u << 20);
  for (const size_t bytes : {size_t{100}, size_t{10'000}, size_t{200'000}}) {
    const std::string value(bytes, 'v');
    for (size_t i = 0; i < (40u << 20) / bytes; ++i) {
      if (i % ((5u << 20) / bytes) == 0) shard.flush();
      const std::string key = std::to_string(i);
      ASSERT_EQ(shard.put(hash_key(key, kSeed), key, value, {}, now_), Put::stored);
      ASSERT_LE(pool->allocated_bytes(), (4u << 20) * 5 / 4) << bytes;
    }
  }
}

// What was flushed gives its memory first: nothing that was stored since is evicted for it.
TEST_F(ShardTest, NothingIsEvictedAfterAFlushThatFillsThePool) {
  const auto pool = Pool::open(uint64_t{5} << 20).value();
  Shard shard(*pool, kSeed, 4u << 20);
  const std::string value(1'000, 'v');
  size_t stored = 0;
  const auto store_one = [&] {
    const std::string key = std::to_string(stored++);
    return shard.put(hash_key(key, kSeed), key, value, {}, now_);
  };
  while (shard.counters().evictions == 0) ASSERT_EQ(store_one(), Put::stored);
  const uint64_t evicted_before = shard.counters().evictions;
  const size_t filling = stored;
  for (int round = 0; round < 4; ++round) {
    shard.flush();
    for (size_t i = 0; i < filling * 9 / 10; ++i) ASSERT_EQ(store_one(), Put::stored);
    ASSERT_EQ(shard.counters().evictions, evicted_before) << round;
    ASSERT_EQ(shard.items(), filling * 9 / 10);
  }
}

TEST_F(ShardTest, AnItemTakesAFewPagesUntilMoreFollow) {
  put("k", "v");
  EXPECT_LE(pool_->allocated_bytes(), 8u << 10);
  for (int i = 0; i < 200; ++i) put(std::to_string(i), std::string(100, 'v'));
  EXPECT_LE(pool_->allocated_bytes(), 80u << 10);
}

TEST_F(ShardTest, TinyShardsLeaveThePoolToOthers) {
  const auto pool = Pool::open(32u << 20).value();
  std::vector<std::unique_ptr<Shard>> tiny;
  for (int i = 0; i < 1'000; ++i) {
    tiny.push_back(std::make_unique<Shard>(*pool, kSeed, 27u << 20));
    ASSERT_EQ(tiny.back()->put(hash_key("k", kSeed), "k", "1", {}, now_), Put::stored);
  }
  Shard shard(*pool, kSeed, 20u << 20);
  for (int i = 0; i < 10'000; ++i) {
    const std::string key = std::to_string(i);
    ASSERT_EQ(shard.put(hash_key(key, kSeed), key, std::string(1'000, 'v'), {}, now_), Put::stored);
  }
  EXPECT_EQ(shard.counters().evictions, 0u);
}

TEST_F(ShardTest, DeadBytesAreGivenBackWhereNothingIsStoredAnyMore) {
  for (int i = 0; i < 10'000; ++i) put(std::to_string(i), std::string(200, 'x'));
  for (int i = 0; i < 10'000; ++i) {
    if (i % 4 != 0) remove(std::to_string(i));
  }
  const uint64_t held = shard_.physical_bytes();
  for (int i = 0; i < 1'000 && shard_.compact_slack(now_, 64u << 10); ++i) {
  }
  EXPECT_FALSE(shard_.compact_slack(now_, 64u << 10)) << "it ends";
  EXPECT_LT(shard_.physical_bytes(), held / 2);
  for (int i = 0; i < 10'000; i += 4) EXPECT_NE(get(std::to_string(i)), std::nullopt) << i;
}

TEST_F(ShardTest, ASmallerLimitIsReachedInBoundedSteps) {
  for (int i = 0; i < 20'000; ++i) put("key" + std::to_string(i), std::string(100, 'v'));
  shard_.set_limit(1u << 20);
  int steps = 0;
  while (shard_.trim(now_, 100)) ++steps;
  EXPECT_GT(steps, 10);
  EXPECT_LE(shard_.charged_bytes(), 1u << 20);
}

// A map that holds all that was ever stored: the shard may have evicted an item, but what it
// returns is that item and nothing else.
TEST_F(ShardTest, ReturnsTheRightItemOrAMissWhateverIsDone) {
  const uint64_t seed = std::random_device{}();
  RecordProperty("seed", std::to_string(seed));
  std::mt19937_64 random(seed);
  struct Held {
    std::string value;
    uint32_t expiry;
  };
  std::map<std::string, Held> model;
  for (int i = 0; i < 150'000; ++i) {
    const std::string key = "key" + std::to_string(random() % 5'000);
    switch (random() % 10) {
      case 0:
        remove(key);
        model.erase(key);
        break;
      case 1:
        now_ += random() % 50 == 0 ? 1u : 0u;
        break;
      case 2:
      case 3:
      case 4: {
        const size_t bytes = random() % 200 == 0 ? random() % 300'000 : random() % 2'000;
        const Held held{std::string(bytes, static_cast<char>('a' + random() % 26)),
                        random() % 3 == 0 ? now_ + static_cast<uint32_t>(random() % 20) + 1 : 0};
        Record::Fields fields;
        fields.expiry = held.expiry;
        fields.flags = random() % 2 == 0 ? 0 : 7;
        ASSERT_EQ(put(key, held.value, fields), Put::stored);
        model[key] = held;
        break;
      }
      default: {
        const auto value = get(key);
        if (!value) break;
        const auto held = model.find(key);
        ASSERT_NE(held, model.end()) << "a removed item came back, seed " << seed;
        ASSERT_EQ(*value, held->second.value) << "seed " << seed;
        ASSERT_TRUE(held->second.expiry == 0 || held->second.expiry > now_) << "seed " << seed;
      }
    }
    ASSERT_LE(shard_.charged_bytes(), shard_.limit_bytes()) << "seed " << seed;
  }
}

// An extent in which a value was received behind a line, as a connection leaves it.
class ReceivedValue {
 public:
  static constexpr size_t kValueAt = 400;

  ReceivedValue(Pool& pool, size_t value_bytes, char filling, size_t unused_bytes = 0)
      : pool_(pool), value_bytes_(value_bytes) {
    block_.bytes = kValueAt + value_bytes + 8 + unused_bytes;
    block_.data = pool.lend(block_.bytes);
    std::memset(block_.data + kValueAt, filling, value_bytes);
  }
  ~ReceivedValue() {
    if (!block_.is_taken) pool_.take_back(block_.data, block_.bytes);
  }
  ReceivedValue(const ReceivedValue&) = delete;
  ReceivedValue& operator=(const ReceivedValue&) = delete;

  std::string_view value() const { return {block_.data + kValueAt, value_bytes_}; }
  OfferedBlock& block() { return block_; }

 private:
  Pool& pool_;
  const size_t value_bytes_;
  OfferedBlock block_;
};

TEST_F(ShardTest, ALongValueStaysWhereItWasReceived) {
  const std::string key = "k";
  for (const char filling : {'a', 'b'}) {  // stored, then in place of what is there
    ReceivedValue received(*pool_, 100'001, filling);
    const Record::Fields fields{.flags = 7, .cas = UINT64_MAX};
    const char* const at = received.value().data();
    ASSERT_EQ(
        shard_.put(hash_key(key, kSeed), key, received.value(), fields, now_, &received.block()),
        Put::stored);
    EXPECT_TRUE(received.block().is_taken);
    const Record record = shard_.find(hash_key(key, kSeed), key, now_).record;
    EXPECT_EQ(record.value().data(), at);
    EXPECT_EQ(record.value(), std::string(100'001, filling));
    EXPECT_EQ(record.key(), key);
    EXPECT_EQ(record.flags(), 7u);
    EXPECT_EQ(record.cas(), UINT64_MAX);
    EXPECT_EQ(shard_.items(), 1u);
    EXPECT_EQ(shard_.item_bytes(), record.bytes());
  }
  EXPECT_EQ(put("k", std::string(100'000, 'c')), Put::stored) << "copied over it";
  EXPECT_EQ(get("k"), std::string(100'000, 'c'));
  EXPECT_TRUE(remove("k"));
  shard_.flush();
  free_garbage();
  EXPECT_EQ(pool_->allocated_bytes(), 0u);
}

TEST_F(ShardTest, AValueThatWouldWasteItsBlockIsCopied) {
  struct Case {
    size_t value_bytes;
    size_t unused_bytes;
  };
  const std::string key = "k";
  for (const auto& [value_bytes, unused_bytes] : {Case{10'000, 0}, Case{100'000, 100'000}}) {
    ReceivedValue received(*pool_, value_bytes, 'v', unused_bytes);
    ASSERT_EQ(shard_.put(hash_key(key, kSeed), key, received.value(), {}, now_, &received.block()),
              Put::stored);
    EXPECT_FALSE(received.block().is_taken);
    EXPECT_EQ(get(key), std::string(value_bytes, 'v'));
  }
}

TEST_F(ShardTest, BlocksKeepTheLimitAsCopiesDo) {
  for (int i = 0; i < 300; ++i) {
    const std::string key = "key" + std::to_string(i % 90);
    const auto filling = static_cast<char>('a' + i % 26);
    ReceivedValue received(*pool_, 50'000 + static_cast<size_t>(i % 7) * 10'000, filling);
    ASSERT_EQ(shard_.put(hash_key(key, kSeed), key, received.value(), {}, now_, &received.block()),
              Put::stored);
    ASSERT_TRUE(received.block().is_taken);
    ASSERT_LE(shard_.charged_bytes(), shard_.limit_bytes());
    ASSERT_LE(pool_->allocated_bytes(), shard_.limit_bytes() * 115 / 100);
    ASSERT_EQ(pool_->lent_bytes(), 0u);
    ASSERT_EQ(get(key)->find_first_not_of(filling), std::string::npos);
  }
  EXPECT_GT(shard_.counters().evictions, 0u);
}

TEST_F(ShardTest, ABlockIsNotTakenBeyondThePoolsMemory) {
  constexpr uint64_t kPoolBytes = 1u << 20;
  const auto pool = Pool::open(kPoolBytes, kPoolBytes).value();
  Shard shard(*pool, kSeed, 8u << 20);
  size_t taken = 0;
  for (int i = 0; i < 40; ++i) {
    const std::string key = "key" + std::to_string(i);
    ReceivedValue received(*pool, 100'000, 'v');
    ASSERT_EQ(shard.put(hash_key(key, kSeed), key, received.value(), {}, now_, &received.block()),
              Put::stored);
    taken += received.block().is_taken ? size_t{1} : size_t{0};
    ASSERT_LE(pool->allocated_bytes(), kPoolBytes);
    ASSERT_TRUE(shard.find(hash_key(key, kSeed), key, now_));
  }
  EXPECT_GT(taken, 0u);
  EXPECT_LT(taken, 40u);
  EXPECT_GT(shard.counters().evictions, 0u);
}

}  // namespace
}  // namespace cachery::store
