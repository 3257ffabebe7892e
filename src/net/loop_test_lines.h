// Plain connections of a loop, of each kind of poller, that speak the line protocol. For *_test.cc
// only.
#pragma once

#include <atomic>
#include <memory>

#include "net/loop_test_handler.h"
#include "net/loop_test_peer.h"
#include "net/tls_test_peer.h"

namespace cachery::net::test {

class LineLoopFixture : public LoopFixture<ManualClock> {
 protected:
  Client connect() {
    const SocketPair pair = loopback_.connect();
    add(pair.server);
    return Client(pair.client);
  }
  void add(int server) {
    loop_->call([&](Loop& loop) {
      loop.add(OwnedSocket(server), std::make_unique<LineHandler>(alive_, &blocks_), nullptr);
    });
  }
  // One turn after this one: what the loop heard of before is done.
  void turn() {
    loop_->call([](Loop&) {});
    loop_->call([](Loop&) {});
  }

  Loopback loopback_;
  TestBlocks blocks_;  // the loop has them where a test gives it them
  std::atomic<int> alive_ = 0;
};

}  // namespace cachery::net::test
