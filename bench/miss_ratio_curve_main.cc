// miss_ratio_curve_of: how well insight/miss_ratio_curve.h knows the store. Plays a trace to the
// store at a present size, as the curve sees it in service, and to the store at a quarter to four
// times that size; prints a line of JSON for each: what the curve said and what the store did.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>

#include "bench/replay_target.h"
#include "insight/miss_ratio_curve.h"
#include "store/hash.h"

namespace cachery::bench {
namespace {

using insight::Act;
using insight::MissRatioCurve;

constexpr double kPresentPercents[] = {4, 8, 16};  // of the trace's footprint
constexpr size_t kSizesChecked = 5;                // a quarter to four times
// Slow enough that the curve's bound on its work is not reached: a trace is minutes of a busy
// cache.
constexpr size_t kRequestsOfSecond = 5'000;
constexpr uint32_t kItemBesideRecord = 2;  // the ghosts' share, which charge_of leaves out

class Player {
 public:
  Player(const Trace& trace, uint64_t limit_bytes)
      : trace_(trace), target_(make_store_target(trace, limit_bytes)), curve_(limit_bytes) {}

  tenant::MissRatioCurve play() {
    for (const TraceRequest& request : trace_.requests) {
      ++played_;
      switch (request.op) {
        case TraceOp::get:
          get(request);
          break;
        case TraceOp::set:
          set(request);
          break;
        case TraceOp::remove:
          target_->remove(request);
          note(request, Act::remove);
          break;
      }
    }
    return curve_.read();
  }
  size_t memory_bytes() const { return curve_.memory_bytes(); }

 private:
  void get(const TraceRequest& request) {
    const bool is_hit = target_->get(request);
    note(request, is_hit ? Act::hit : Act::miss);
    curve_.count(1, is_hit ? 0 : 1, now());
    if (!is_hit) set(request);
  }
  void set(const TraceRequest& request) {
    target_->set(request);
    note(request, Act::store);
  }
  void note(const TraceRequest& request, Act act) {
    const std::string& key = trace_.keys[request.key];
    const uint64_t hash = store::hash_key(key, kSeed);
    if (insight::position_of(hash) >= curve_.threshold()) return;
    const auto charge = static_cast<uint32_t>(charge_of(key.size(), request.value_bytes));
    curve_.note({hash, charge + kItemBesideRecord, 0, now(), act});
  }
  uint32_t now() const { return 1 + static_cast<uint32_t>(played_ / kRequestsOfSecond); }

  static constexpr uint64_t kSeed = 12'345;

  const Trace& trace_;
  std::unique_ptr<ReplayTarget> target_;
  MissRatioCurve curve_;
  size_t played_ = 0;
};

double real_miss_ratio(const Trace& trace, uint64_t limit_bytes) {
  const auto target = make_store_target(trace, limit_bytes);
  const ReplayTotals totals = replay(trace, *target);
  return static_cast<double>(totals.misses) /
         static_cast<double>(std::max<uint64_t>(totals.gets, 1));
}

int run(const std::string& path, uint64_t requests_max) {
  const auto trace = read_trace(path, {.requests_max = requests_max});
  if (!trace) {
    fmt::print(stderr, "miss_ratio_curve_of: {}\n", trace.error().detail);
    return 2;
  }
  const uint64_t footprint = footprint_bytes(*trace);
  for (const double percent : kPresentPercents) {
    Player player(*trace, static_cast<uint64_t>(static_cast<double>(footprint) * percent / 100));
    const auto start = std::chrono::steady_clock::now();
    const tenant::MissRatioCurve curve = player.play();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    for (size_t i = 0; i < kSizesChecked && i < curve.points.size(); ++i) {
      const tenant::MissRatioPoint& point = curve.points[i];
      fmt::print(
          "{{\"present_percent\": {}, \"size\": {}, \"memory_bytes\": {}, \"predicted\": {:.4f}, "
          "\"real\": {:.4f}, \"curve_bytes\": {}, \"seconds\": {:.3f}}}\n",
          percent, MissRatioCurve::kSizes[i], point.memory_bytes, point.miss_ratio,
          real_miss_ratio(*trace, point.memory_bytes), player.memory_bytes(), took.count());
    }
  }
  return 0;
}

}  // namespace
}  // namespace cachery::bench

int main(int argc, char** argv) {
  if (argc < 2 || argc > 3) {
    fmt::print(stderr, "usage: miss_ratio_curve_of FILE.csv [REQUESTS]\n");
    return 2;
  }
  const uint64_t requests_max = argc == 3 ? std::strtoull(argv[2], nullptr, 10) : UINT64_MAX;
  return cachery::bench::run(argv[1], requests_max);
}
