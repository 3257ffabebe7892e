#include "inprocess_world.h"

#include <memory>
#include <utility>

#include "base/clock.h"
#include "base/limits.h"
#include "command/local_executor.h"
#include "net/handler.h"
#include "serve/session.h"
#include "store/pool.h"
#include "tenant/digest.h"
#include "tenant/table.h"

namespace cachery::conversation {
namespace {

constexpr std::uint64_t kPoolBytes = 256u << 20;
constexpr std::uint64_t kCacheBytes = 28'835'840;  // 1.1 x 25 MiB, as the plan dev has it
constexpr tenant::CacheId kOne = 100001;
constexpr tenant::CacheId kTwo = 100002;

struct Person {
  const char* name;
  const char* username;
  const char* password;
  tenant::CacheId cache;
  tenant::Capabilities may;
  const char* key_prefix;
};

constexpr Person kPeople[] = {
    {"owner", "a00001", "A0000000000000000000000000000001", kOne, {}, ""},
    {"reader", "a00002", "A0000000000000000000000000000002", kOne, {false, false, true}, ""},
    {"writer", "a00003", "A0000000000000000000000000000003", kOne, {true, false, true}, ""},
    {"tenant", "a00004", "A0000000000000000000000000000004", kOne, {}, "app:"},
    {"other", "b00001", "B0000000000000000000000000000001", kTwo, {}, ""},
};

tenant::Snapshot make_snapshot() {
  tenant::Snapshot snapshot{.revision = 1, .caches = {}};
  for (const tenant::CacheId id : {kOne, kTwo}) {
    tenant::Cache& cache = snapshot.caches.emplace_back();
    cache.id = id;
    cache.name = id == kOne ? "one" : "two";
    cache.limits.memory_bytes = kCacheBytes;
    for (const Person& person : kPeople) {
      if (person.cache != id) continue;
      tenant::Credential& credential = cache.credentials.emplace_back();
      credential.id = static_cast<tenant::CredentialId>(&person - kPeople + 1);
      credential.username = person.username;
      credential.password_digest = tenant::digest_password(person.password);
      credential.capabilities = person.may;
      credential.key_prefix = person.key_prefix;
    }
  }
  return snapshot;
}

// What the connection layer of a node does with a session, without the network.
class SessionConnection : public Connection {
 public:
  SessionConnection(serve::SessionContext& context, FakeClock& clock)
      : clock_(clock), session_(context, "127.0.0.1") {}

  void send(std::string_view bytes) override {
    received_ += bytes;
    while (!is_ended_ && answers()) {
    }
  }

  std::string receive(std::chrono::milliseconds) override { return std::exchange(replies_, {}); }
  bool is_closed() const override { return is_ended_ && replies_.empty(); }

 private:
  // True when the rest is to be given again.
  bool answers() {
    const net::InputResult result = session_.on_input(received_, clock_.now());
    replies_ += session_.output();
    session_.output_taken();
    received_.erase(0, result.consumed);
    switch (result.next) {
      case net::Next::go_on:
        return false;
      case net::Next::output_full:
        return true;
      case net::Next::wait:
        wait_until(result.wait_until_ns);
        return true;
      case net::Next::close:
        break;
    }
    is_ended_ = true;
    return false;
  }

  void wait_until(std::uint64_t steady_ns) {
    clock_.advance_turn();  // at the earliest: who waits till now waits for the loop to come round
    while (clock_.now().steady_ns < steady_ns) clock_.advance_seconds(1);
  }

  FakeClock& clock_;
  serve::Session session_;
  std::string received_;
  std::string replies_;
  bool is_ended_ = false;
};

class InprocessWorld : public World {
 public:
  InprocessWorld(std::unique_ptr<store::Pool> pool,
                 std::shared_ptr<const tenant::TenantTable> table, bool needs_accounts)
      : pool_(std::move(pool)), needs_accounts_(needs_accounts) {
    if (!needs_accounts) settings_.open_cache = kOne;
    settings_.started = clock_.now();
    executor_.apply(table);
    context_.table = std::move(table);
  }

  Result<std::unique_ptr<Connection>> connect() override {
    return std::make_unique<SessionConnection>(context_, clock_);
  }

  Status advance(std::chrono::seconds by) override {
    clock_.advance_seconds(by.count());
    return {};
  }

  Status clear() override {
    for (const tenant::CacheId id : {kOne, kTwo}) {
      const std::shared_ptr<serve::CacheUse> use = executor_.use(id, 0);
      if (use == nullptr) return fail(Fault::internal, "a cache of the world is gone");
      executor_.flush(*use, 0, clock_.now());
    }
    return {};
  }

  Variables variables() override {
    Variables all{{"now", std::to_string(clock_.now().unix_seconds)}};
    if (!needs_accounts_) return all;
    for (const Person& person : kPeople) {
      all[std::string(person.name) + "_user"] = person.username;
      all[std::string(person.name) + "_password"] = person.password;
    }
    return all;
  }

 private:
  FakeClock clock_;
  std::unique_ptr<store::Pool> pool_;
  bool needs_accounts_;
  serve::SessionSettings settings_;
  command::LocalExecutor executor_{
      *pool_, {.workers = 1, .item_bytes_max = limits::kItemBytesDefault, .started = clock_.now()}};
  serve::SessionContext context_{executor_, settings_, 0};
};

}  // namespace

Result<std::unique_ptr<World>> make_inprocess_world(const Conversation& conversation) {
  Result<std::unique_ptr<store::Pool>> pool = store::Pool::open(kPoolBytes);
  if (!pool) return std::unexpected(pool.error());
  Result<std::shared_ptr<const tenant::TenantTable>> table =
      tenant::TenantTable::build(make_snapshot());
  if (!table) return std::unexpected(table.error());
  return std::make_unique<InprocessWorld>(std::move(*pool), std::move(*table),
                                          conversation.needs_accounts);
}

}  // namespace cachery::conversation
