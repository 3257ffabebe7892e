// A worker: one thread, one event loop, the sessions of its connections, for their whole life.
//
//   acceptor ──adopt()──▶ worker 0: loop ─▶ sessions ─▶ executor ─▶ shards (a lock each)
//            └──adopt()──▶ worker 1: loop ─▶ sessions ─▶ executor ─┘
//
// Others reach it by posting: new connections, a new tenant table, the end.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <unordered_map>

#include "net/loop.h"
#include "serve/session.h"

namespace cachery::serve {

// What may change while it runs.
struct WorkerLimits {
  std::atomic<uint32_t> authentication_seconds{0};
  std::atomic<uint32_t> idle_seconds{0};  // 0: for ever
  // set at start
  size_t waiting_bytes_max = SIZE_MAX;  // of its connections' buffers
  size_t strangers_max = SIZE_MAX;      // of its connections, those that have not logged in
};

// A connection on its way to its worker.
struct Arrival {
  net::OwnedSocket socket = net::OwnedSocket();
  std::unique_ptr<net::TlsStream> tls = {};  // null: plain
  std::string peer = {};                     // its address
  std::string network = {};                  // see ConnectionPlace
  tenant::CredentialId own_credential = 0;   // whose port it came in by; 0: none
  ConnectionPlaces::Room room = ConnectionPlaces::Room::there_is;
};

class Worker {
 public:
  // All references outlive it. Fails where the system has no descriptors left.
  [[nodiscard]] static Result<std::unique_ptr<Worker>> start(size_t number, Executor& executor,
                                                             const SessionSettings& settings,
                                                             const WorkerLimits& limits,
                                                             const Clock& clock,
                                                             net::PollerKind poller);
  ~Worker();  // stops at once
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Any thread, all of these.
  void adopt(Arrival arrival);
  // A connection was refused before it came here: counted for its cache, where that is known.
  void note_refused(tenant::CredentialId own_credential);
  // `done` runs on the worker once the table is in force on every connection.
  void set_table(std::shared_ptr<const tenant::TenantTable> table, std::function<void()> done);
  // Answers what has been sent and closes.
  void drain();
  void stop();

  // By which credentials clients came since the last call, and when last. Any thread.
  std::unordered_map<tenant::CredentialId, int64_t> take_credential_uses() {
    return context_.credential_uses.take();
  }
  const NodeCounters& counters() const { return context_.counters; }
  // Open ones and those on their way here.
  size_t connections() const {
    return arriving_.load(std::memory_order_relaxed) + loop_->connection_count();
  }
  // Processor time since it started. Not after stop().
  uint64_t processor_ns() const;
  // Connections that have not logged in.
  size_t strangers() const { return context_.places.strangers(); }
  size_t waiting_bytes() const { return loop_->waiting_bytes(); }
  uint64_t shed_count() const { return loop_->shed_count(); }
  uint64_t out_of_memory_count() const { return loop_->out_of_memory_count(); }

 private:
  Worker(size_t number, Executor& executor, const SessionSettings& settings,
         const WorkerLimits& limits);

  void admit(Arrival arrival);
  const tenant::Entry* entry_of(const Arrival& arrival) const;
  void close_given_up();
  void apply(std::shared_ptr<const tenant::TenantTable> table);
  // Closes who is overdue and notes whose credential was used, a few connections at a time. True
  // while there are more to look at.
  bool look_at_connections(const Now& now);
  bool is_overdue(const net::Connection& connection, const Now& now);  // counts who never logged in
  void note_use(const net::Connection& connection, const Now& now);
  void tell_of_closing();

  // set at start
  const WorkerLimits& limits_;
  std::unique_ptr<net::Loop> loop_;

  // this worker only, but for its counters and uses of credentials
  SessionContext context_;
  uint64_t told_of_shed_ = 0;
  uint64_t told_of_memory_ = 0;
  size_t next_looked_at_ = 0;
  uint64_t round_began_ns_ = 0;
  uint64_t noted_uses_ns_ = 0;  // when the last round began that noted them

  std::atomic<size_t> arriving_{0};
  std::thread thread_;
};

}  // namespace cachery::serve
