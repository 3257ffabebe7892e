// What a request costs without the kernel: batches as they arrive from sockets, given to a session
// over a cache of a million items, on one core. The part of a server's time that its own code can
// change, measured where no load generator and no network blur it; run it under callgrind to count
// instructions instead. One line a load: nanoseconds a key, the best and the median of the rounds,
// and what is added while somebody looks at the cache (log, popular keys, prefixes), the median of
// the differences of rounds beside each other.
//
//     build/release/bench/session_cost [load...]
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/random.h"
#include "command/local_cache.h"
#include "command/local_executor.h"
#include "serve/session.h"
#include "store/pool.h"
#include "tenant/table.h"

namespace cachery {
namespace {

constexpr uint64_t kKeys = 1'000'000;
constexpr uint64_t kCacheBytes = uint64_t{1} << 30;
constexpr size_t kValueBytes = 100;
constexpr size_t kBatches = 4000;
constexpr size_t kRounds = 25;
constexpr uint64_t kBatchNs = 5000;  // about what a batch takes with the kernel's part

struct Load {
  std::string_view name;
  size_t keys_in_batch;
  double get_ratio;
  bool is_multi_get;
};

constexpr Load kLoads[] = {
    {"get_1", 1, 1, false},       {"get_16", 16, 1, false},        {"mixed_16", 16, 0.9, false},
    {"mixed_32", 32, 0.9, false}, {"multi_get_100", 100, 1, true}, {"set_1", 1, 0, false},
    {"set_16", 16, 0, false},
};

std::string key_of(uint64_t number) { return fmt::format("{:032x}", number); }

std::string set_of(uint64_t key) {
  return fmt::format("set {} 0 0 {}\r\n{}\r\n", key_of(key), kValueBytes,
                     std::string(kValueBytes, 'v'));
}

class Bench {
 public:
  Bench() : pool_(std::move(store::Pool::open(2 * kCacheBytes).value())) {
    settings_.open_cache = 1;
    tenant::Snapshot snapshot{.revision = 1, .caches = {}};
    snapshot.caches.push_back(
        {.id = 1, .name = "bench", .limits = {.memory_bytes = kCacheBytes}, .credentials = {}});
    context_.table = tenant::TenantTable::build(std::move(snapshot)).value();
    executor_.apply(context_.table);
    session_ = std::make_unique<serve::Session>(context_, "127.0.0.1");
    for (uint64_t key = 0; key < kKeys; ++key) give(set_of(key));
  }

  void run(const Load& load) {
    std::vector<std::string> batches;
    for (size_t i = 0; i < kBatches; ++i) batches.push_back(batch_of(load));
    const double keys = static_cast<double>(kBatches * load.keys_in_batch);
    std::vector<double> rounds;
    std::vector<double> added;
    for (size_t round = 0; round < kRounds; ++round) {
      watch(false);
      rounds.push_back(nanoseconds_of(batches) / keys);
      watch(true);
      added.push_back(nanoseconds_of(batches) / keys - rounds.back());
    }
    std::ranges::sort(rounds);
    std::ranges::sort(added);
    fmt::print("{:16} best {:7.1f} ns  median {:7.1f} ns  looked at {:+6.1f} ns\n", load.name,
               rounds.front(), rounds[kRounds / 2], added[kRounds / 2]);
  }

 private:
  void watch(bool is_looked_at) {
    insight::Observer& observer = executor_.find(1)->observer();
    if (!is_looked_at) return observer.stop_watching();
    const int64_t seconds = executor_.item_clock().seconds(now_);
    observer.recent_requests(seconds);
    observer.popular_items(seconds);
    observer.watch_prefixes({"0", "00"}, seconds);
  }

  double nanoseconds_of(const std::vector<std::string>& batches) {
    const auto start = std::chrono::steady_clock::now();
    for (size_t i = 0; i < kBatches; ++i) {
      look_ahead(batches, i);
      give(batches[i]);
    }
    const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - start;
    return took.count();
  }

  // As the poller does for the connections of one turn.
  void look_ahead(const std::vector<std::string>& batches, size_t at) {
    if (at + 12 < batches.size()) tokens_[(at + 12) % 16] = session_->look_ahead(batches[at + 12]);
    if (at + 6 < batches.size() && at >= 6) session_->fetch_ahead(tokens_[(at + 6) % 16]);
  }

  std::string batch_of(const Load& load) {
    std::string batch = load.is_multi_get ? "get" : "";
    for (size_t i = 0; i < load.keys_in_batch; ++i) {
      const uint64_t key = random_u64() % kKeys;
      const bool is_get = static_cast<double>(random_u64() % 1000) < load.get_ratio * 1000;
      if (load.is_multi_get) {
        batch += " " + key_of(key);
      } else {
        batch += is_get ? "get " + key_of(key) + "\r\n" : set_of(key);
      }
    }
    return load.is_multi_get ? batch + "\r\n" : batch;
  }

  // Its own copy, as a buffer that was just received is in the processor's cache.
  void give(std::string batch) {
    now_.steady_ns += kBatchNs;
    size_t used = 0;
    while (used < batch.size()) {
      const auto result = session_->on_input(std::span(batch).subspan(used), now_);
      CHECK(result.consumed > 0);
      used += result.consumed;
      session_->output_taken();
    }
  }

  std::unique_ptr<store::Pool> pool_;
  command::LocalExecutor executor_{*pool_, {1, 1u << 20}};
  serve::SessionSettings settings_;
  serve::SessionContext context_{executor_, settings_, 0};
  std::unique_ptr<serve::Session> session_;
  Now now_{.unix_seconds = 1'800'000'000, .steady_ns = 1'000'000'000'000};
  std::array<uint64_t, 16> tokens_{};
};

}  // namespace
}  // namespace cachery

int main(int count, char** arguments) {
  cachery::Bench bench;
  const std::vector<std::string_view> wanted(arguments + 1, arguments + count);
  for (const cachery::Load& load : cachery::kLoads) {
    if (wanted.empty() || std::ranges::find(wanted, load.name) != wanted.end()) bench.run(load);
  }
  return 0;
}
