#include "serve/worker.h"

#include <pthread.h>
#include <time.h>

#include <algorithm>

#include "base/limits.h"
#include "base/log.h"

namespace cachery::serve {
namespace {

constexpr uint64_t kSecondNs = 1'000'000'000;
constexpr uint64_t kNotedUsesNs = 60 * kSecondNs;
constexpr size_t kLookedAtTogether = 256;  // some tens of microseconds

Session& session_of(const net::Connection& connection) {
  return static_cast<Session&>(*connection.handler);
}

// The credential that a TLS connection names by its certificate or its server name.
const tenant::Entry* named_by(const tenant::TenantTable& table, const net::TlsStream& tls) {
  const std::string client = tls.client_common_name();
  if (!client.empty()) {
    if (const tenant::Entry* entry = table.find_tls_client(client)) return entry;
  }
  const std::string server = tls.server_name();
  return server.empty() ? nullptr : table.find_tls_server_name(server);
}

}  // namespace

Worker::Worker(size_t number, Executor& executor, const SessionSettings& settings,
               const WorkerLimits& limits)
    : limits_(limits), context_(executor, settings, number) {}

Result<std::unique_ptr<Worker>> Worker::start(size_t number, Executor& executor,
                                              const SessionSettings& settings,
                                              const WorkerLimits& limits, const Clock& clock,
                                              net::PollerKind poller) {
  auto loop = net::Loop::open(clock, poller);
  if (!loop) return std::unexpected(loop.error());
  std::unique_ptr<Worker> worker(new Worker(number, executor, settings, limits));
  worker->loop_ = std::move(*loop);
  worker->loop_->set_waiting_bytes_max(limits.waiting_bytes_max);
  worker->loop_->set_block_source(executor.block_source());
  worker->context_.places.set_strangers_max(limits.strangers_max);
  worker->context_.on_given_up = [self = worker.get()] {
    self->loop_->post([self] { self->close_given_up(); });
  };
  worker->thread_ = std::thread([self = worker.get()] {
    self->loop_->run([self](const Now& now) {
      self->tell_of_closing();
      return self->look_at_connections(now);
    });
  });
  pthread_setname_np(worker->thread_.native_handle(), ("worker-" + std::to_string(number)).c_str());
  return worker;
}

Worker::~Worker() { stop(); }

void Worker::stop() {
  if (!thread_.joinable()) return;
  loop_->stop();
  thread_.join();
}

uint64_t Worker::processor_ns() const {
  // The thread's own handle is only read: pthread_t is a number.
  const pthread_t thread = const_cast<std::thread&>(thread_).native_handle();
  clockid_t clock{};
  timespec time{};
  if (::pthread_getcpuclockid(thread, &clock) != 0 || ::clock_gettime(clock, &time) != 0) return 0;
  return static_cast<uint64_t>(time.tv_sec) * kSecondNs + static_cast<uint64_t>(time.tv_nsec);
}

void Worker::drain() {
  loop_->post([this] { loop_->drain(); });
}

void Worker::adopt(Arrival arrival) {
  arriving_.fetch_add(1, std::memory_order_relaxed);
  // A task must be copyable; the descriptor and the stream are handed over inside it.
  auto handed = std::make_shared<Arrival>(std::move(arrival));
  loop_->post([this, handed] { admit(std::move(*handed)); });
}

void Worker::admit(Arrival arrival) {
  context_.counters.connections_opened.add(1);
  auto owned =
      std::make_unique<Session>(context_, std::move(arrival.peer), std::move(arrival.network));
  Session& session = *owned;
  const Admitted how = arrival.own_credential != 0 ? Admitted::by_own_port : Admitted::by_tls_name;
  if (const tenant::Entry* entry = entry_of(arrival)) session.admit_as(*entry, loop_->now(), how);
  if (!session.is_authenticated()) session.arrive(arrival.room);
  session.set_connection(
      loop_->add(std::move(arrival.socket), std::move(owned), std::move(arrival.tls)));
  arriving_.fetch_sub(1, std::memory_order_relaxed);
  if (context_.places.has_given_up()) close_given_up();
}

// By the port or the names that it came by; null: it has to log in.
const tenant::Entry* Worker::entry_of(const Arrival& arrival) const {
  if (!context_.table) return nullptr;
  if (arrival.own_credential != 0) return context_.table->find_credential(arrival.own_credential);
  return arrival.tls ? named_by(*context_.table, *arrival.tls) : nullptr;
}

void Worker::close_given_up() {
  for (const ConnectionPlace* place : context_.places.take_given_up()) {
    if (place->connection == nullptr) continue;
    session_of(*place->connection).count_given_up();
    loop_->close(*place->connection);
  }
}

void Worker::note_refused(tenant::CredentialId own_credential) {
  loop_->post([this, own_credential] {
    tenant::CacheId cache = context_.settings.open_cache;
    if (cache == 0 && own_credential != 0 && context_.table) {
      const tenant::Entry* entry = context_.table->find_credential(own_credential);
      if (entry != nullptr) cache = entry->cache->id;
    }
    if (cache == 0) return;
    const auto use = context_.executor.use(cache, context_.worker);
    if (use) use->counters.add(tenant::Counter::rejected_connections);
  });
}

void Worker::set_table(std::shared_ptr<const tenant::TenantTable> table,
                       std::function<void()> done) {
  loop_->post([this, table = std::move(table), done = std::move(done)] {
    apply(table);
    done();
  });
}

void Worker::apply(std::shared_ptr<const tenant::TenantTable> table) {
  // Sessions point into the old table until each has looked itself up in the new one.
  const auto old = std::exchange(context_.table, std::move(table));
  std::vector<net::Connection*> gone;
  for (const auto& connection : loop_->connections()) {
    if (!session_of(*connection).on_new_table()) gone.push_back(connection.get());
  }
  for (net::Connection* connection : gone) loop_->close(*connection);
}

// All of ten thousand would take some milliseconds, in which nobody is answered.
bool Worker::look_at_connections(const Now& now) {
  if (next_looked_at_ == 0) round_began_ns_ = now.steady_ns;
  const auto& connections = loop_->connections();
  const size_t end = std::min(next_looked_at_ + kLookedAtTogether, connections.size());
  const bool notes_uses = round_began_ns_ - noted_uses_ns_ >= kNotedUsesNs;
  std::vector<net::Connection*> overdue;
  for (size_t at = next_looked_at_; at < end; ++at) {
    net::Connection& connection = *connections[at];
    if (notes_uses) note_use(connection, now);
    if (is_overdue(connection, now)) overdue.push_back(&connection);
  }
  const bool has_more = end < connections.size();
  next_looked_at_ = has_more ? end : 0;
  if (notes_uses && !has_more) noted_uses_ns_ = round_began_ns_;
  for (net::Connection* connection : overdue) loop_->close(*connection);
  return has_more;
}

bool Worker::is_overdue(const net::Connection& connection, const Now& now) {
  const uint64_t authentication_ns =
      limits_.authentication_seconds.load(std::memory_order_relaxed) * kSecondNs;
  const uint64_t idle_ns = limits_.idle_seconds.load(std::memory_order_relaxed) * kSecondNs;
  const bool is_known = session_of(connection).is_authenticated();
  if (!is_known && connection.opened_ns + authentication_ns <= now.steady_ns) {
    context_.counters.authentication_timeouts.add(1);
    return true;
  }
  return idle_ns != 0 && connection.active_ns + idle_ns <= now.steady_ns;
}

// A connection that stays open logs in once: what it does later is a use of its credential too.
void Worker::note_use(const net::Connection& connection, const Now& now) {
  const tenant::CredentialId credential = session_of(connection).credential();
  if (credential == 0 || connection.active_ns <= noted_uses_ns_) return;
  context_.credential_uses.note(credential, now.unix_seconds);
}

// Of what the loop closed by itself.
void Worker::tell_of_closing() {
  const uint64_t shed = loop_->shed_count() - told_of_shed_;
  if (shed > 0) log::warning("connections_shed", {{"connections", std::to_string(shed)}});
  told_of_shed_ += shed;
  const uint64_t without_memory = loop_->out_of_memory_count() - told_of_memory_;
  if (without_memory > 0) {
    log::error("connections_without_memory", {{"connections", std::to_string(without_memory)}});
  }
  told_of_memory_ += without_memory;
}

}  // namespace cachery::serve
