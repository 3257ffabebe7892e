// Connections of one kind, made when they are first needed, a bounded number of them; who finds
// none idle waits. A connection that was lost is not kept, nor
// are those that were idle meanwhile: the next one who asks makes another, and that is all there is
// to reconnecting. Any thread.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "control/db/connection.h"

namespace cachery::control::db {

class ConnectionPool {
 public:
  using Connect = std::function<Result<std::unique_ptr<Connection>>()>;

  ConnectionPool(Connect connect, size_t connections_max)
      : connect_(std::move(connect)), free_count_(connections_max) {}

  // Runs `use` on a connection that nobody else has, or says why there is none.
  template <typename Use>
  [[nodiscard]] Status with(const Use& use) {
    auto connection = take();
    if (!connection) return std::unexpected(connection.error());
    const Status done = use(**connection);
    give_back(std::move(*connection));
    return done;
  }
  // One that was made before, so that it need not be made.
  void add(std::unique_ptr<Connection> connection);

 private:
  Result<std::unique_ptr<Connection>> take();
  void give_back(std::unique_ptr<Connection> connection);

  const Connect connect_;
  std::mutex mutex_;
  std::condition_variable freed_;
  // guarded by mutex_
  size_t free_count_;  // how many more may be in use
  std::vector<std::unique_ptr<Connection>> idle_;
};

}  // namespace cachery::control::db
