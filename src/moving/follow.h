// Reads through to an old server while an application has moved to a new cache already: a proxy in
// front of the cache for the time of the move.
//
//     application ──▶ follower ──▶ cache
//                        └──▶ old server, for what the cache lacks
//
// It understands requests and not answers. Before a request's bytes are passed on as they came, the
// follower sees to it that what the request is about is in the cache if the old server has it: asks
// the cache (`me`, which counts as no get and no use), fetches from the old server what is missing
// and stores it with `add` and the time that it has left. The cache then gives the right answer by
// itself, in every protocol and to every verb, logins included. Rejected: to read the answers and
// put hits in the place of misses, which is three protocols' answers and their order; to watch the
// cache's misses and copy afterwards, since the application has then made the value anew.
//
// What the application writes or deletes is its own from then on (written_keys.h) and is deleted on
// the old server before the request is passed on: a follower that is started again, or a way back,
// finds nothing out of date there.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "moving/old_server.h"
#include "moving/server.h"
#include "moving/written_keys.h"
#include "net/socket.h"

namespace cachery::moving {

struct FollowSettings {
  OldServerSettings old = {};
  Server cache = {};
  std::string listen_address = "127.0.0.1";
  uint16_t listen_port = 0;   // 0: a free one
  size_t clients_max = 1000;  // each takes two threads, and two connections to the cache
};

struct FollowCounters {
  std::atomic<uint64_t> clients{0};  // now
  std::atomic<uint64_t> refused_clients{0};
  std::atomic<uint64_t> needed{0};      // items that requests were about
  std::atomic<uint64_t> missing{0};     // of those, not in the cache
  std::atomic<uint64_t> copied{0};      // of those, since copied there
  std::atomic<uint64_t> kept{0};        // somebody else was faster, or wrote it meanwhile
  std::atomic<uint64_t> refused{0};     // by the cache: too large, or no right to write
  std::atomic<uint64_t> unreadable{0};  // requests whose key no text command can name
  std::atomic<uint64_t> flushes{0};     // after one, nothing is copied any more
};

// What all clients of a follower share.
struct Following {
  const FollowSettings& settings;
  OldServer& old;
  WrittenKeys written = {};
  FollowCounters counters = {};
  std::atomic<bool> is_asking{true};  // false: bytes are only passed on
};

class FollowedClient;

class Follower {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Follower>> start(FollowSettings settings);
  // Closes all connections.
  ~Follower();
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

  uint16_t port() const { return listener_.port; }
  // The old server is not asked any more, and clients are served on.
  void stop_asking() { following_.is_asking = false; }
  bool is_asking() const { return following_.is_asking; }

  const FollowCounters& counters() const { return following_.counters; }
  const OldServer& old() const { return *old_; }

 private:
  Follower(FollowSettings settings, std::unique_ptr<OldServer> old, net::Listener listener);
  void accept_clients(const std::stop_token& stop);
  void forget_ended_clients();

  const FollowSettings settings_;
  std::unique_ptr<OldServer> old_;
  Following following_;
  net::Listener listener_;
  net::OwnedSocket wakeup_;
  std::vector<std::unique_ptr<FollowedClient>> clients_;  // the acceptor's
  std::jthread acceptor_;
};

}  // namespace cachery::moving
