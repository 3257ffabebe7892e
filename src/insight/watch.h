// What is kept of a cache's traffic while somebody looks at it: the last requests, popular keys and
// prefixes, counts of the keys asked about and of the watched prefixes. Fixed memory: at most
// kMemoryBytesMax, reached only where every key kept has 250 bytes. Not for several threads: its
// owner brings the lock.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "insight/popular.h"
#include "insight/request_log.h"

namespace cachery::insight {

// Popular keys by what was done to them, and popular prefixes.
class PopularTables {
 public:
  explicit PopularTables(size_t entries_max);

  void add(const Event& event, double weight);
  void age(double share);
  tenant::PopularItems read(uint64_t time_slice) const;
  const Popular& hits() const { return hits_; }
  const Popular& misses() const { return misses_; }
  const Popular& mutations() const { return mutations_; }
  size_t memory_bytes() const;

 private:
  Popular hits_;
  Popular misses_;
  Popular mutations_;
  Popular prefixes_;
};

// Requests by what they did, each counted with the weight of its sample.
struct Tally {
  double hits = 0;
  double misses = 0;
  double mutations = 0;

  void add(Act act, double weight);
};

// A key that was seen to be in the cache.
struct SeenKey {
  uint64_t hash = 0;
  std::string key;
};

// Of a watched prefix: what was done under it, and a sample of its keys, by their hashes, from
// which its items are estimated by looking which are still there.
struct PrefixTally {
  std::string prefix;
  Tally tally;
  std::vector<SeenKey> keys;
  double keys_weight = 1;  // how many keys one of them stands for
};

class Watch {
 public:
  static constexpr size_t kEntries = 256;
  static constexpr size_t kPrefixEntries = 32;
  static constexpr size_t kPrefixKeys = 128;  // sampled: an estimate of its items errs by a tenth
  static constexpr size_t kKeysMax = 16;
  static constexpr uint64_t kSliceSeconds = 60;
  static constexpr double kSliceShare = 0.8;  // of a popularity that is left a slice later
  static constexpr size_t kNamesTold = 20;

  explicit Watch(int64_t item_seconds) : since_(item_seconds) {}

  // `weight`: how many requests one of these stands for.
  void note(const Event& event, double weight, int64_t item_seconds);

  std::vector<tenant::LoggedRequest> recent_requests() const { return log_.read(); }
  tenant::PopularItems popular_items(int64_t item_seconds);
  // nullopt: it is not watched.
  std::optional<tenant::PopularItems> popular_items(std::string_view prefix, int64_t item_seconds);
  // Counts the key from now on, in place of the one that was not asked about for longest.
  Tally ask_about(uint64_t hash, std::string_view key);

  void watch_prefixes(const std::vector<std::string>& prefixes);
  bool has_prefixes() const { return !prefixes_.empty(); }
  std::vector<PrefixTally> prefix_tallies() const;

  size_t memory_bytes() const;
  static constexpr size_t kMemoryBytesMax = 1u << 20;

 private:
  struct Key {
    uint64_t hash = 0;
    std::string name;
    Tally tally;
  };
  struct Prefix {
    std::string name = {};
    Tally tally = {};
    PopularTables popular{kPrefixEntries};
    std::vector<SeenKey> keys = {};
    uint64_t threshold = kPositions;
  };

  static void sample(Prefix& prefix, const Event& event);

  void age(int64_t item_seconds);
  tenant::PopularItems told(tenant::PopularItems items) const;

  RequestLog log_;
  PopularTables popular_{kEntries};
  std::vector<Key> keys_;  // last: the one asked about last
  std::vector<Prefix> prefixes_;
  uint64_t time_slice_ = 0;
  const int64_t since_;
  // Requests told of, and those that they stand for; older ones count less, as popularity does.
  double told_ = 0;
  double stood_for_ = 0;
};

}  // namespace cachery::insight
