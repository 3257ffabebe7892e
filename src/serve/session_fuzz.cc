// Sessions of several clients on one executor: two caches, a credential that may only read, one
// with a key prefix, one connection that never logs in. An input is a list of steps: a client
// stores or reads values that name their owner, sends bytes as they come, reconnects, or time
// passes; a step may be held back and leave with the next one in the same read.
//
// Properties: nobody is shown a value of another cache, from outside of their prefix, or without a
// login; who may only read changes nothing; no cache holds more than its limit; cutting what is
// sent into other pieces does not change a byte of what is answered.
//
// Values carry a mark that ends with `!`, and keys of the prefix hold `:`; bytes that are sent as
// they come have neither, so a mark in a reply was stored by its owner and found under its key.
#include "serve/session.h"

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/log.h"
#include "command/local_executor.h"
#include "net/waiting_bytes.h"
#include "protocol/wire.h"
#include "store/pool.h"
#include "tenant/table.h"

namespace cachery::serve {
namespace {

constexpr uint64_t kPoolBytes = 16u << 20;
constexpr uint64_t kCacheBytes = 512u << 10;
constexpr uint32_t kItemBytesMax = 64u << 10;
constexpr uint64_t kSecondNs = 1'000'000'000;
constexpr size_t kKeys = 8;
constexpr size_t kStepsMax = 64;

struct Client {
  tenant::CacheId cache;  // 0: never logs in
  std::string_view mark;  // in each value that it stores
  std::string_view key_prefix;
  bool may_write;
};

constexpr std::array kClients = {
    Client{1, "a-value-of-the-first-cache!", "", true},
    Client{1, "a-value-of-the-reader!", "", false},
    Client{1, "a-value-under-a-prefix!", "Vq7-x2kTz:", true},
    Client{2, "a-value-of-the-second-cache!", "", true},
    Client{0, "a-value-of-nobody!", "", false},
};

// What a client's replies may show: its own values and, without a prefix, all of its cache.
bool may_see(size_t client, size_t owner) {
  return client == owner || (kClients[client].cache != 0 && kClients[client].key_prefix.empty() &&
                             kClients[client].cache == kClients[owner].cache);
}

tenant::Snapshot make_snapshot() {
  tenant::Snapshot snapshot{.revision = 1, .caches = {}};
  for (const tenant::CacheId id : {1u, 2u}) {
    tenant::Cache& cache = snapshot.caches.emplace_back();
    cache.id = id;
    cache.limits.memory_bytes = kCacheBytes;
    for (size_t i = 0; i < kClients.size(); ++i) {
      if (kClients[i].cache != id) continue;
      tenant::Credential& credential = cache.credentials.emplace_back();
      credential.id = i + 1;
      credential.username = "user" + std::to_string(i);
      credential.password_digest = tenant::digest_password("a password that no input holds");
      credential.capabilities = {kClients[i].may_write, kClients[i].may_write, true};
      credential.key_prefix = kClients[i].key_prefix;
    }
  }
  return snapshot;
}

// How bytes that leave together arrive.
enum class Arrival : uint8_t { whole, in_pieces, in_blocks };

class World {
 public:
  World(store::Pool& pool, Arrival arrival)
      : arrival_(arrival), executor_(pool, {1, kItemBytesMax}) {
    settings_.parse.item_bytes_max = kItemBytesMax;
    settings_.started = now_;
    context_.table = tenant::TenantTable::build(make_snapshot()).value();
    executor_.apply(context_.table);
    for (size_t client = 0; client < kClients.size(); ++client) connect(client);
  }

  void connect(size_t client) {
    Connection& connection = connections_[client];
    connection.session = std::make_unique<Session>(context_, "192.0.2.1");
    connection.waiting.clear();
    connection.is_closed = false;
    const tenant::Entry* entry = context_.table->find_credential(client + 1);
    if (entry != nullptr) connection.session->admit_as(*entry, now_);
  }

  void send(size_t client, std::string_view bytes) {
    const tenant::CounterValues before = counters(kClients[client].cache);
    const size_t piece = arrival_ == Arrival::in_pieces ? bytes.size() / 23 + 1 : bytes.size();
    for (size_t at = 0; at < bytes.size(); at += piece) receive(client, bytes.substr(at, piece));
    if (kClients[client].may_write || kClients[client].cache == 0) return;
    check_unchanged(before, counters(kClients[client].cache));
  }

  void advance_seconds(uint64_t seconds) { advance_ns(seconds * kSecondNs); }

  void check_limits() {
    for (const tenant::CacheId id : {1u, 2u}) {
      CHECK(counters(id)[tenant::Counter::bytes] <= kCacheBytes);
    }
  }

  bool has_evicted() {
    return counters(1)[tenant::Counter::evictions] + counters(2)[tenant::Counter::evictions] > 0;
  }

  const std::string& replies(size_t client) const { return connections_[client].replies; }

 private:
  struct Connection {
    std::unique_ptr<Session> session;
    std::string waiting;
    std::string replies;  // of all sessions that this client had
    bool is_closed = false;
  };

  void receive(size_t client, std::string_view bytes) {
    Connection& connection = connections_[client];
    if (connection.is_closed) return;
    connection.waiting += bytes;
    while (answers(connection)) {
    }
  }

  // True when the rest is to be given again.
  bool answers(Connection& connection) {
    const net::InputResult result =
        arrival_ == Arrival::in_blocks ? give_in_block(connection) : give(connection);
    connection.replies += connection.session->output();
    connection.session->output_taken();
    switch (result.next) {
      case net::Next::go_on:
        return false;
      case net::Next::output_full:
        return true;
      case net::Next::wait:
        advance_ns(std::max(result.wait_until_ns, now_.steady_ns + 1) - now_.steady_ns);
        return true;
      case net::Next::close:
        break;
    }
    connection.is_closed = true;
    return false;
  }

  net::InputResult give(Connection& connection) {
    // Exactly the bytes that wait, so that a sanitizer sees a read past them.
    std::vector<char> input(connection.waiting.begin(), connection.waiting.end());
    const net::InputResult result = connection.session->on_input(input, now_);
    CHECK(result.consumed <= input.size());
    connection.waiting.assign(input.begin() + static_cast<ptrdiff_t>(result.consumed), input.end());
    return result;
  }

  net::InputResult give_in_block(Connection& connection) {
    const size_t size = connection.waiting.size();
    net::WaitingBytes waiting;
    waiting.begin_in(*executor_.block_source(), size);
    if (!waiting.is_from_source()) return give(connection);
    waiting.append(connection.waiting);
    OfferedBlock block = waiting.offered();
    const net::InputResult result = connection.session->on_input_in(block, waiting.bytes(), now_);
    CHECK(result.consumed <= size);
    CHECK(!block.is_taken || result.consumed == size);
    if (block.is_taken) waiting.forget();
    connection.waiting.erase(0, result.consumed);
    return result;
  }

  void advance_ns(uint64_t ns) {
    now_.steady_ns += ns;
    now_.unix_seconds = kStartSeconds + static_cast<int64_t>(now_.steady_ns / kSecondNs);
  }

  tenant::CounterValues counters(tenant::CacheId id) {
    if (id == 0) return {};
    return executor_.counters(*executor_.use(id, 0));
  }

  // Reading may find that something has expired, or that a flush is due, and does nothing else.
  static void check_unchanged(const tenant::CounterValues& before,
                              const tenant::CounterValues& after) {
    using tenant::Counter;
    CHECK(after[Counter::total_items] == before[Counter::total_items]);
    CHECK(after[Counter::evictions] == before[Counter::evictions]);
    const uint64_t expired = after[Counter::expired] - before[Counter::expired];
    CHECK(after[Counter::curr_items] + expired == before[Counter::curr_items] ||
          after[Counter::curr_items] == 0);
  }

  static constexpr int64_t kStartSeconds = 1'700'000'000;

  const Arrival arrival_;
  Now now_{kStartSeconds, 0};
  SessionSettings settings_;
  command::LocalExecutor executor_;
  SessionContext context_{executor_, settings_, 0};
  std::array<Connection, kClients.size()> connections_;
};

std::string key_name(size_t key) { return "k" + std::to_string(key % kKeys); }

// Of many repeats it is a long one, with memory of its own.
std::string marked_value(size_t client, size_t repeats) {
  if (repeats >= 224) repeats *= 8;
  std::string value;
  for (size_t i = 0; i <= repeats; ++i) value += kClients[client].mark;
  return value;
}

std::string set_line(const std::string& key, const std::string& value, uint8_t seconds) {
  return "set " + key + " 0 " + std::to_string(seconds) + " " + std::to_string(value.size()) +
         "\r\n" + value + "\r\n";
}

std::string get_line() {
  std::string line = "get";
  for (size_t key = 0; key < kKeys; ++key) line += " " + key_name(key);
  return line + "\r\n";
}

// "k0" … "k7" in base64, told from each other by the third digit.
std::string get_by_base64(size_t key) {
  return std::string("mg az") + "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef"[key % kKeys * 4] + "= b k v\r\n";
}

std::string packet(uint8_t opcode, const std::string& extras, const std::string& key,
                   const std::string& value) {
  std::string bytes(protocol::wire::kHeaderBytes, '\0');
  bytes[0] = static_cast<char>(protocol::wire::kRequestMagic);
  bytes[1] = static_cast<char>(opcode);
  protocol::wire::store16(bytes.data() + 2, static_cast<uint16_t>(key.size()));
  bytes[4] = static_cast<char>(extras.size());
  protocol::wire::store32(bytes.data() + 8,
                          static_cast<uint32_t>(extras.size() + key.size() + value.size()));
  return bytes + extras + key + value;
}

class Script {
 public:
  Script(std::string_view input, World& world) : input_(input), world_(world) {}

  void play() {
    for (size_t step = 0; step < kStepsMax && !input_.empty(); ++step) {
      play_step();
      world_.check_limits();
    }
    for (size_t client = 0; client < kClients.size(); ++client) leave(client);
  }

 private:
  static constexpr uint8_t kHeld = 0x80;  // leaves with what the client sends next

  void play_step() {
    const uint8_t step = take();
    const size_t client = step % 8 % kClients.size();
    std::string bytes;
    switch (step / 8 % 8) {
      case 0: {
        const size_t key = take();
        const size_t repeats = take();
        bytes = set_line(key_name(key), marked_value(client, repeats), take() % 4);
        break;
      }
      case 1:
        bytes = get_line();
        break;
      case 2:
        bytes = get_by_base64(take());
        break;
      case 3: {
        const size_t key = take();
        bytes = packet(protocol::wire::op_set, std::string(8, '\0'), key_name(key),
                       marked_value(client, take()));
        break;
      }
      case 4:
        bytes = packet(protocol::wire::op_getk, "", key_name(take()), "");
        break;
      case 5:
        return act(client, take());
      default:
        bytes = take_raw(take());
        break;
    }
    held_[client] += bytes;
    if ((step & kHeld) == 0) leave(client);
  }

  void act(size_t client, uint8_t seconds) {
    if (seconds != 0) return world_.advance_seconds(seconds);
    held_[client].clear();
    world_.connect(client);
  }

  void leave(size_t client) {
    world_.send(client, held_[client]);
    held_[client].clear();
  }

  uint8_t take() {
    if (input_.empty()) return 0;
    const auto byte = static_cast<uint8_t>(input_[0]);
    input_.remove_prefix(1);
    return byte;
  }

  std::string take_raw(size_t bytes) {
    std::string raw(input_.substr(0, bytes));
    input_.remove_prefix(raw.size());
    for (char& c : raw) {
      if (c == '!' || c == ':') c = '_';
    }
    return raw;
  }

  std::string_view input_;
  World& world_;
  std::array<std::string, kClients.size()> held_;
};

void check_nobody_sees_another_s(const World& world) {
  for (size_t client = 0; client < kClients.size(); ++client) {
    for (size_t owner = 0; owner < kClients.size(); ++owner) {
      if (may_see(client, owner)) continue;
      CHECK(world.replies(client).find(kClients[owner].mark) == std::string::npos);
    }
  }
}

// `stats` counts the bytes of reads that are over: it may tell one arrival from another.
bool tells_bytes_read(const World& world) {
  for (size_t client = 0; client < kClients.size(); ++client) {
    if (world.replies(client).find("bytes_read") != std::string::npos) return true;
  }
  return false;
}

void check_input(std::string_view input) {
  const auto pool = store::Pool::open(kPoolBytes, kPoolBytes).value();
  World whole(*pool, Arrival::whole);
  Script(input, whole).play();
  check_nobody_sees_another_s(whole);
  World cut(*pool, Arrival::in_pieces);
  Script(input, cut).play();
  World received(*pool, Arrival::in_blocks);
  Script(input, received).play();
  check_nobody_sees_another_s(received);
  if (tells_bytes_read(whole)) return;
  // A block has more bytes than its value: full caches may evict another one.
  const bool is_same = !whole.has_evicted() && !received.has_evicted();
  for (size_t client = 0; client < kClients.size(); ++client) {
    CHECK(whole.replies(client) == cut.replies(client));
    if (is_same) CHECK(whole.replies(client) == received.replies(client));
  }
}

}  // namespace
}  // namespace cachery::serve

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const bool is_quiet = [] {
    cachery::log::configure(cachery::log::Level::error, cachery::log::Format::text);
    return true;
  }();
  if (is_quiet) cachery::serve::check_input({reinterpret_cast<const char*>(data), size});
  return 0;
}
