// What one change of a credential costs where there are many: the transaction, the table made of
// the last one, and a node that takes it. By hand: build/release/bench/change_cost [credentials]
// [dir].
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "base/check.h"
#include "control/cache_records.h"
#include "control/credential_records.h"
#include "control/credentials.h"
#include "control/db/rows_store.h"
#include "control/fake_node.h"

namespace cachery::control {
namespace {

constexpr CredentialId kOfCache = 100;  // credentials of each cache
constexpr int kChanges = 21;

double ms_of(const auto& act) {
  const auto begin = std::chrono::steady_clock::now();
  act();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin)
      .count();
}

Status fill(Records& records, uint64_t count, const std::string& sealed_password) {
  for (CredentialId id = 1; id <= count; ++id) {
    const auto cache = static_cast<CacheId>(kFirstCacheId + id / kOfCache);
    if (id % kOfCache == 0 || id == 1) {
      CacheRecord record{.id = cache, .name = fmt::format("c{}", cache), .plan = "dev"};
      record.limit_bytes = 28'835'840;
      if (auto done = records.caches().insert(record); !done) return done;
    }
    CredentialRecord record{.id = id, .cache = cache, .username = fmt::format("{:06x}", id)};
    record.sealed_password = sealed_password;
    record.is_primary = id % kOfCache == 0 || id == 1;
    if (auto done = records.credentials().insert(record); !done) return done;
  }
  return {};
}

void measure(uint64_t count, const std::string& database) {
  const auto store = db::open_store(database).value();
  const Sealer sealer(MasterKey{1, 2, 3});
  const std::string sealed = sealer.seal(std::string(32, 'A'));
  CHECK(store->write([&](Records& records) { return fill(records, count, sealed); }).has_value());
  FakeNode node;
  const FakeClock clock;
  Publisher publisher(*store, node);
  const Audit audit(*store, clock);
  const Quotas quotas(*store, node, {});
  Credentials credentials(*store, publisher, sealer, clock, audit, quotas, {});
  const double whole = ms_of([&] { CHECK(publisher.publish_present().has_value()); });
  std::vector<double> changes;
  for (int i = 0; i < kChanges; ++i) {
    changes.push_back(ms_of([&] {
      CHECK(credentials.update({}, kFirstCacheId, 2, {.flush = i % 2 == 0}).has_value());
    }));
  }
  std::ranges::sort(changes);
  fmt::print(
      "{} credentials: all of it read {:.1f} ms, a change {:.2f} ms (median of {}, max {:.2f})\n",
      count, whole, changes[kChanges / 2], kChanges, changes.back());
}

}  // namespace
}  // namespace cachery::control

int main(int argc, char** argv) {
  const uint64_t count = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 50'000;
  const std::filesystem::path directory = argc > 2 ? argv[2] : "/tmp";
  const auto file = directory / fmt::format("change_cost-{}.db", std::rand());
  cachery::control::measure(count, file.string());
  for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(file.string() + end);
  return 0;
}
