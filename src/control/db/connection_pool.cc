#include "control/db/connection_pool.h"

namespace cachery::control::db {

void ConnectionPool::add(std::unique_ptr<Connection> connection) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(connection));
}

Result<std::unique_ptr<Connection>> ConnectionPool::take() {
  std::unique_lock lock(mutex_);
  freed_.wait(lock, [this] { return free_count_ > 0; });
  --free_count_;
  if (!idle_.empty()) {
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    return connection;
  }
  lock.unlock();
  auto connection = connect_();
  if (!connection) give_back(nullptr);
  return connection;
}

void ConnectionPool::give_back(std::unique_ptr<Connection> connection) {
  const bool is_lost = connection && connection->is_lost();
  if (is_lost) connection.reset();
  {
    const std::lock_guard lock(mutex_);
    ++free_count_;
    if (is_lost) idle_.clear();
    if (connection) idle_.push_back(std::move(connection));
  }
  freed_.notify_one();
}

}  // namespace cachery::control::db
