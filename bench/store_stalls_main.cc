// store_stalls: how long one call of the store takes at its worst, in this process: stores while a
// cache grows from nothing to ten million items, stores right after its limit was made a quarter,
// and a flush. Prints a line of JSON for each.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <memory>

#include "base/size.h"
#include "bench/histogram.h"
#include "store/hash.h"
#include "store/shard.h"

namespace cachery::bench {
namespace {

constexpr uint64_t kHashSeed = 1;
constexpr uint64_t kItems = 10'000'000;
constexpr uint64_t kStoresAfterResize = 1'000'000;
constexpr uint32_t kNow = 1'700'000'000;

uint64_t now_ns() {
  return static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
}

class Stalls {
 public:
  Stalls(uint64_t limit_bytes, size_t value_bytes, std::unique_ptr<store::Pool> pool)
      : pool_(std::move(pool)), shard_(*pool_, kHashSeed, limit_bytes), value_(value_bytes, 'v') {}

  void run() {
    print("growth", stores(kItems));
    const uint64_t limit_bytes = shard_.limit_bytes();
    shard_.set_limit(limit_bytes / 4);
    print("limit_made_a_quarter", stores(kStoresAfterResize));
    shard_.set_limit(limit_bytes);
    stores(kItems);
    const uint64_t began = now_ns();
    shard_.flush();
    const uint64_t flushed = now_ns();
    while (shard_.has_garbage()) {
      for (const store::Extent& extent : shard_.take_garbage(256u << 10)) {
        shard_.holding().release(extent);
      }
    }
    fmt::print("{{\"act\": \"flush\", \"call_us\": {:.1f}, \"freed_beside_ms\": {:.1f}}}\n",
               static_cast<double>(flushed - began) / 1e3,
               static_cast<double>(now_ns() - flushed) / 1e6);
  }

 private:
  Histogram stores(uint64_t count) {
    Histogram times;
    for (const uint64_t end = number_ + count; number_ < end; ++number_) {
      const std::string key = fmt::format("stall:{:026}", number_);
      store::Record::Fields fields;
      fields.accessed = kNow;
      fields.cas = shard_.next_cas();
      const uint64_t began = now_ns();
      shard_.put(store::hash_key(key, kHashSeed), key, value_, fields, kNow);
      times.add(now_ns() - began);
    }
    return times;
  }

  void print(const char* act, const Histogram& times) const {
    const auto us = [&](double share) { return static_cast<double>(times.quantile(share)) / 1e3; };
    fmt::print(
        "{{\"act\": \"{}\", \"items\": {}, \"p50_us\": {:.1f}, \"p99_us\": {:.1f}, "
        "\"p999_us\": {:.1f}, \"longest_us\": {:.1f}}}\n",
        act, shard_.items(), us(0.5), us(0.99), us(0.999), static_cast<double>(times.max()) / 1e3);
  }

  std::unique_ptr<store::Pool> pool_;
  store::Shard shard_;
  const std::string value_;
  uint64_t number_ = 0;
};

}  // namespace
}  // namespace cachery::bench

int main(int argc, char** argv) {
  const auto limit = cachery::parse_size(argc > 1 ? argv[1] : "4400m");
  const auto value = cachery::parse_size(argc > 2 ? argv[2] : "360");
  if (argc > 3 || !limit || !value) {
    fmt::print(stderr, "usage: store_stalls [LIMIT [VALUE_BYTES]]\n");
    return 2;
  }
  auto pool = cachery::store::Pool::open(*limit / 100 * 120);
  if (!pool) {
    fmt::print(stderr, "store_stalls: {}\n", pool.error().detail);
    return 2;
  }
  cachery::bench::Stalls(*limit, *value, std::move(*pool)).run();
  return 0;
}
