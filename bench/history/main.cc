// Measures what history costs: a node of many caches, a tenth of them active, is sampled for days
// by a clock that is moved by hand, into a real database, and then asked for a year. What a sampler
// does in a day is the same whatever the clock says, so the CPU time of a simulated day over 86,400
// seconds is its share of a core. One JSON object on stdout.
//
//   bench_history [--database PATH|postgresql://…] [--caches 10000] [--active 1000] [--hours 24]
//
// Without a database it makes one of each engine for itself, one JSON object a line.
// A year is written as its days are (rows a day each), not sampled minute by minute.
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "base/check.h"
#include "control/db/postgresql_server_fixture.h"
#include "control/db/rows_store.h"
#include "control/fake_node.h"
#include "control/sample_records.h"
#include "control/sampler.h"
#include "control/series_reader.h"

namespace cachery {
namespace {

using tenant::Counter;

constexpr int64_t kStart = 1'700'006'400;  // a whole day
constexpr tenant::CacheId kFirst = 100'001;
constexpr int kReads = 50;

struct Settings {
  std::string database;
  uint32_t caches = 10'000;
  uint32_t active = 1'000;
  int hours = 24;
};

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double wall_ms() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double, std::milli>(now).count();
}

// A node whose caches have requests at rates that differ by three orders of magnitude, as tenants
// do, and by the minute. All caches were used once, so each is looked at every minute.
class Load {
 public:
  Load(const Settings& settings) : settings_(settings), random_(7) {
    std::lognormal_distribution<double> rate(2.5, 1.5);  // median 12 requests a second
    for (uint32_t i = 0; i < settings.active; ++i) rates_.push_back(rate(random_));
    activity_.caches.resize(settings.caches);
    for (uint32_t i = 0; i < settings.caches; ++i) {
      activity_.caches[i].cache = kFirst + i;
      activity_.caches[i].values[Counter::limit_maxbytes] = 28'835'840;
      activity_.caches[i].values[Counter::total_connections] = 1;
    }
  }

  void serve(uint64_t seconds, control::FakeNode& node) {
    for (uint32_t i = 0; i < settings_.active; ++i) {
      // Spread over all ids, as active caches are.
      auto& values = activity_.caches[size_t{i} * settings_.caches / settings_.active].values;
      const double noise = 0.7 + 0.6 * static_cast<double>(random_() % 1000) / 1000;
      const auto requests =
          static_cast<uint64_t>(rates_[i] * noise * static_cast<double>(seconds)) + 1;
      const uint64_t gets = requests * 9 / 10;
      values[Counter::cmd_get] += gets;
      values[Counter::get_hits] += gets * 4 / 5;
      values[Counter::get_misses] += gets - gets * 4 / 5;
      values[Counter::cmd_set] += requests - gets;
      values[Counter::total_items] += requests - gets;
      values[Counter::cmd_delete] += requests / 50;
      values[Counter::delete_hits] += requests / 60;
      values[Counter::delete_misses] += requests / 50 - requests / 60;
      values[Counter::bytes_read] += requests * 70 + random_() % 500;
      values[Counter::bytes_written] += requests * 450 + random_() % 500;
      values[Counter::evictions] += i % 3 == 0 ? requests / 20 : 0;
      values[Counter::auth_cmds] += random_() % 3;
      values[Counter::total_connections] += random_() % 3;
      // Full caches, whose contents change slowly, under pools of connections that hardly do.
      values[Counter::bytes] = 28'000'000 + random_() % 200'000;
      values[Counter::curr_items] = 30'000 + i + random_() % 200;
      values[Counter::curr_connections] = 5 + i % 40 + random_() % 2;
      const uint64_t mean_ns = 900 + random_() % 400;
      const uint64_t slow = requests - requests * 98 / 100;
      const tenant::CacheId cache =
          activity_.caches[size_t{i} * settings_.caches / settings_.active].cache;
      add_latency(node, cache, tenant::Family::read, mean_ns, gets * 98 / 100);
      add_latency(node, cache, tenant::Family::write, 3 * mean_ns, requests - gets);
      add_latency(node, cache, tenant::Family::read, mean_ns << random_() % 12, slow);
    }
  }
  void add_latency(control::FakeNode& node, tenant::CacheId cache, tenant::Family family,
                   uint64_t ns, uint64_t count) {
    node.add_cache_latency(cache, family, ns, count);
    latency_.sums.requests_count += count;
    latency_.sums.busy_ns += count * ns;
    latency_.sums.counts[tenant::latency_bucket(ns)] += count;
  }
  const tenant::NodeActivity& activity() const { return activity_; }
  const tenant::NodeLatency& latency() const { return latency_; }

 private:
  const Settings& settings_;
  std::mt19937_64 random_;
  std::vector<double> rates_;
  tenant::NodeActivity activity_;
  tenant::NodeLatency latency_;
};

struct DayCost {
  double cpu = 0;         // seconds, of the sampler and the database's client
  double longest_ms = 0;  // of one run
  std::vector<double> runs_ms;
};

// What PostgreSQL's own autovacuum does within minutes: a simulated day is over before it looks.
void vacuum(const std::string& database) {
  if (!database.starts_with("postgres")) return;
  const auto connection = control::db::connect(database);
  CHECK(connection.has_value());
  for (const char* table : {"sample_frames", "latencies", "samples"}) {
    CHECK((*connection)->run(fmt::format("VACUUM {}", table)).has_value());
  }
}

DayCost sample(const Settings& settings, control::Store& store, FakeClock& clock) {
  Load load(settings);
  control::FakeNode node;
  control::Sampler sampler(store, node);
  DayCost cost;
  for (int tick = 0; tick < settings.hours * 180; ++tick) {
    load.serve(20, node);
    // Copying is what a real node does too: it makes the answer.
    const double cpu = cpu_seconds();
    const double begun = wall_ms();
    node.set_latencies({load.latency()});
    if (tick % 3 == 0) node.set_activity({load.activity()});
    CHECK(sampler.run(clock.now()).has_value());
    cost.runs_ms.push_back(wall_ms() - begun);
    cost.cpu += cpu_seconds() - cpu;
    clock.advance_seconds(20);
    if (tick % 90 == 89) vacuum(settings.database);  // each half an hour
  }
  cost.longest_ms = std::ranges::max(cost.runs_ms);
  return cost;
}

// Two years of days and three months of hours, for some caches among all.
void write_years(control::Store& store, int64_t now) {
  const auto written = store.write([&](control::Records& records) -> Status {
    for (uint32_t cache = 0; cache < 100; ++cache) {
      control::Sample sample{.seconds = 86'400, .sums = {}};
      for (uint64_t& value : sample.sums.values) value = 1'000'000 + cache;
      control::SampleRecord record;
      pack(sample, record.packed);
      for (int day = 1; day <= 730; ++day) {
        record.key = {cache == 0 ? control::kNodeItself : kFirst + cache * 10, 0,
                      control::kDaySeconds, (now / 86'400 - day) * 86'400};
        if (auto put = records.samples().put({record}); !put) return put;
      }
      for (int hour = 24; hour <= 92 * 24; ++hour) {
        record.key.step_seconds = control::kHourSeconds;
        record.key.start = (now / 3'600 - hour) * 3'600;
        if (auto put = records.samples().put({record}); !put) return put;
      }
    }
    return {};
  });
  CHECK(written.has_value());
}

struct ReadCost {
  double median_ms = 0;
  double longest_ms = 0;
  size_t points = 0;
};

// All series of some caches over `seconds` until now.
ReadCost read(control::Store& store, int64_t now, int64_t seconds) {
  control::SeriesReader reader(store);
  std::vector<double> took;
  ReadCost cost;
  for (uint32_t i = 1; i <= kReads; ++i) {
    const double begun = wall_ms();
    const control::TimeWindow window{now - seconds, now};
    const auto nodes = reader.spans(kFirst + i * 10, window,
                                    resolution_for(control::kCounterResolutions, window, now));
    CHECK(nodes.has_value());
    double sum = 0;
    const auto points = control::merged(*nodes);
    for (const auto& point : points) {
      for (const control::Series& series : control::all_series()) {
        sum += value_of(series, point.span).value_or(0);
      }
    }
    CHECK(std::isfinite(sum));
    cost.points = points.size();
    took.push_back(wall_ms() - begun);
  }
  std::ranges::sort(took);
  cost.median_ms = took[took.size() / 2];
  cost.longest_ms = took.back();
  return cost;
}

uint64_t database_bytes(const std::string& database) {
  const auto connection = control::db::connect(database);
  CHECK(connection.has_value());
  const bool is_postgresql = database.starts_with("postgres");
  auto statement =
      (*connection)
          ->prepare(
              is_postgresql
                  ? "SELECT pg_total_relation_size('samples') + "
                    "pg_total_relation_size('sample_frames') + "
                    "pg_total_relation_size('latencies')"
                  : "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()");
  CHECK(statement.step().value());
  return static_cast<uint64_t>(statement.integer());
}

std::string to_json(const char* name, const ReadCost& cost) {
  return fmt::format(R"("{}":{{"points":{},"median_ms":{:.2f},"longest_ms":{:.2f}}})", name,
                     cost.points, cost.median_ms, cost.longest_ms);
}

int run(const Settings& settings) {
  auto store = control::db::open_store(settings.database);
  if (!store) {
    fmt::print(stderr, "{}\n", store.error().detail);
    return 1;
  }
  const uint64_t empty_bytes = database_bytes(settings.database);
  FakeClock clock(kStart);
  DayCost day = sample(settings, **store, clock);
  const double days = settings.hours / 24.0;
  const uint64_t bytes = database_bytes(settings.database) - empty_bytes;
  const int64_t now = clock.now().unix_seconds;
  write_years(**store, now);
  std::ranges::sort(day.runs_ms);
  fmt::print(
      "{{\"engine\":\"{}\",\"caches\":{},\"active\":{},\"simulated_hours\":{},"
      "\"cpu_seconds_a_day\":{:.1f},\"core_percent\":{:.3f},\"run_median_ms\":{:.2f},"
      "\"run_longest_ms\":{:.1f},\"database_mb_a_day\":{:.1f},\"read\":{{{},{},{},{}}}}}\n",
      settings.database.starts_with("postgres") ? "postgresql" : "sqlite", settings.caches,
      settings.active, settings.hours, day.cpu / days, day.cpu / days / 864,
      day.runs_ms[day.runs_ms.size() / 2], day.longest_ms, static_cast<double>(bytes) / 1e6 / days,
      to_json("day", read(**store, now, control::kDaySeconds)),
      to_json("week", read(**store, now, 7 * control::kDaySeconds)),
      to_json("quarter", read(**store, now, 90 * control::kDaySeconds)),
      to_json("year", read(**store, now, 365 * control::kDaySeconds)));
  return 0;
}

int run_on_both(Settings settings) {
  std::string name = (std::filesystem::temp_directory_path() / "cachery-history-XXXXXX").string();
  CHECK(::mkdtemp(name.data()) != nullptr);
  settings.database = name + "/history.db";
  int code = run(settings);
  std::filesystem::remove_all(name);
  if (control::db::PostgresqlServer::programs().empty()) {
    fmt::print(stderr, "no PostgreSQL on this machine: only SQLite was measured\n");
    return code;
  }
  control::db::PostgresqlServer server;
  settings.database = server.make_database();
  code |= run(settings);
  return code;
}

}  // namespace
}  // namespace cachery

int main(int count, char** words) {
  cachery::Settings settings;
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string name = words[i];
    if (name == "--database") settings.database = words[i + 1];
    if (name == "--caches") settings.caches = static_cast<uint32_t>(std::atoi(words[i + 1]));
    if (name == "--active") settings.active = static_cast<uint32_t>(std::atoi(words[i + 1]));
    if (name == "--hours") settings.hours = std::atoi(words[i + 1]);
  }
  if (count % 2 == 1 && settings.caches >= 1'000 && settings.active >= 1 &&
      settings.active <= settings.caches && settings.hours >= 1) {
    return settings.database.empty() ? cachery::run_on_both(settings) : cachery::run(settings);
  }
  fmt::print(stderr,
             "usage: bench_history [--database PATH|postgresql://…] [--caches N (1000 or more)] "
             "[--active N] [--hours N]\n");
  return 2;
}
