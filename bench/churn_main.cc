// churn: what memory a cache really takes while the sizes of its values shift from 50 B to 5 KB,
// 100 KB and 1 MB and back, over ten times its limit, with overwrites of changing size and times to
// live. Prints resident (of this process, less what it was at the start), charged and live bytes as
// time goes by, and ends with 1 where resident passes 1.2 x charged and a fixed base.
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <memory>

#include "base/size.h"
#include "store/hash.h"
#include "store/shard.h"

namespace cachery::bench {
namespace {

using store::Found;
using store::Record;

constexpr uint64_t kHashSeed = 1;
// Free extents that the pool keeps for the next segment (4 MiB of every cache together), the open
// segments and what the allocator holds.
constexpr uint64_t kBaseBytes = uint64_t{8} << 20;
constexpr double kResidentOfCharged = 1.2;
constexpr std::array<uint32_t, 7> kPhases = {50,      5'000,   100'000, 1'000'000,
                                             100'000, 5'000, 50};
constexpr uint32_t kLimitsWritten = 10;
constexpr int kRowsOfPhase = 4;
constexpr uint32_t kOverwritePercent = 30;
constexpr uint32_t kExpiringPercent = 30;
constexpr uint32_t kBytesOfSecond = 1u << 20;  // how fast its time goes

uint64_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  uint64_t total = 0, resident = 0;
  statm >> total >> resident;
  return resident * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

class Random {
 public:
  uint64_t next() {  // xorshift64*
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return state_ * 0x2545f4914f6cdd1d;
  }
  uint64_t below(uint64_t bound) { return next() % bound; }
  double fraction() { return static_cast<double>(next() >> 11) * 0x1p-53; }

 private:
  uint64_t state_ = 0x9e3779b97f4a7c15;
};

class Churn {
 public:
  explicit Churn(uint64_t limit_bytes, std::unique_ptr<store::Pool> pool)
      : limit_bytes_(limit_bytes),
        pool_(std::move(pool)),
        shard_(*pool_, kHashSeed, limit_bytes),
        value_(Record::bytes_for(0, 1u << 20, {}), 'v'),
        resident_at_start_(resident_bytes()) {}

  bool run() {
    fmt::print("{:>10} {:>9} {:>9} {:>9} {:>9} {:>9} {:>10} {:>9}\n", "value", "written MB",
               "resident", "pool", "charged", "live", "items", "res/chg");
    for (const uint32_t value_bytes : kPhases) {
      for (int row = 0; row < kRowsOfPhase; ++row) {
        write(limit_bytes_ * kLimitsWritten / kPhases.size() / kRowsOfPhase, value_bytes);
        report(value_bytes);
      }
    }
    fmt::print("worst: resident {:.3f} x charged beyond {} of base; bar {:.1f}\n", worst_,
               format_size(kBaseBytes), kResidentOfCharged);
    return worst_ <= kResidentOfCharged;
  }

 private:
  uint32_t now() const { return static_cast<uint32_t>(written_ / kBytesOfSecond) + 1; }

  void write(uint64_t bytes, uint32_t value_bytes) {
    const uint64_t end = written_ + bytes;
    while (written_ < end) {
      // Half to twice the phase's size, and at most what an item may be.
      const double factor = std::exp2(2 * random_.fraction() - 1);
      const auto size = static_cast<uint32_t>(
          std::min(value_bytes * factor, static_cast<double>((1u << 20) - 100)));
      const bool is_overwrite = keys_ > 0 && random_.below(100) < kOverwritePercent;
      const uint64_t recent = std::max<uint64_t>(shard_.items(), 1);
      put(is_overwrite ? keys_ - 1 - random_.below(std::min(recent, keys_)) : keys_++, size);
    }
  }

  void put(uint64_t number, uint32_t size) {
    const std::string key = fmt::format("churn:{:016}", number);
    Record::Fields fields;
    fields.accessed = now();
    fields.cas = shard_.next_cas();
    if (random_.below(100) < kExpiringPercent) {
      fields.expiry = now() + 1 + static_cast<uint32_t>(random_.below(
                                      limit_bytes_ / kBytesOfSecond * 2));
    }
    shard_.put(store::hash_key(key, kHashSeed), key, std::string_view(value_).substr(0, size),
               fields, now());
    written_ += size + key.size();
  }

  void report(uint32_t value_bytes) {
    const uint64_t resident = resident_bytes() - resident_at_start_;
    const double charged = static_cast<double>(shard_.charged_bytes());
    const double beyond = resident > kBaseBytes ? static_cast<double>(resident - kBaseBytes) : 0;
    worst_ = std::max(worst_, beyond / charged);
    const auto mb = [](uint64_t bytes) { return static_cast<double>(bytes) / 1e6; };
    fmt::print("{:>10} {:>10.0f} {:>9.1f} {:>9.1f} {:>9.1f} {:>9.1f} {:>10} {:>9.3f}\n",
               value_bytes, mb(written_), mb(resident),
               mb(pool_->allocated_bytes() + pool_->kept_bytes()), mb(shard_.charged_bytes()),
               mb(shard_.item_bytes()), shard_.items(),
               static_cast<double>(resident) / charged);
  }

  const uint64_t limit_bytes_;
  std::unique_ptr<store::Pool> pool_;
  store::Shard shard_;
  const std::string value_;
  const uint64_t resident_at_start_;
  Random random_;
  uint64_t keys_ = 0;
  uint64_t written_ = 0;
  double worst_ = 0;
};

}  // namespace
}  // namespace cachery::bench

int main(int argc, char** argv) {
  const auto limit = cachery::parse_size(argc > 1 ? argv[1] : "110m");
  if (argc > 2 || !limit || *limit < (8u << 20)) {
    fmt::print(stderr, "usage: churn [LIMIT]: what a cache may hold, from 8m on; 110m\n");
    return 2;
  }
  auto pool = cachery::store::Pool::open(*limit * 2);
  if (!pool) {
    fmt::print(stderr, "churn: {}\n", pool.error().detail);
    return 2;
  }
  return cachery::bench::Churn(*limit, std::move(*pool)).run() ? 0 : 1;
}
