// How many connections, or answers that go on, each address has, where one must not have all of
// them. A count is kept for as long as its place is held, so that the table is never larger than
// what is open. An IPv6 address counts as its /64, which costs its owner nothing.
#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/network.h"

namespace cachery::http {

// Any thread. Outlives its places.
class PeerCounts {
 public:
  // Gives back what it stands for when it goes.
  class Place {
   public:
    Place() = default;  // of nobody
    Place(PeerCounts& counts, std::string client) : counts_(&counts), client_(std::move(client)) {}
    ~Place() {
      if (counts_ != nullptr) counts_->give_back(client_);
    }
    Place(Place&& other) noexcept
        : counts_(std::exchange(other.counts_, nullptr)), client_(std::move(other.client_)) {}
    Place& operator=(Place&&) = delete;

   private:
    PeerCounts* counts_ = nullptr;
    std::string client_;
  };

  // 0: no bound.
  explicit PeerCounts(size_t count_max) : count_max_(count_max) {}

  // Nothing: the address has as many as it may have.
  std::optional<Place> take(const std::string& address) {
    if (count_max_ == 0) return Place();
    std::string client = network_of_client(address);
    const std::lock_guard lock(mutex_);
    size_t& count = counts_[client];
    if (count >= count_max_) return std::nullopt;
    ++count;
    return std::optional<Place>(std::in_place, *this, std::move(client));
  }

 private:
  void give_back(const std::string& client) {
    const std::lock_guard lock(mutex_);
    const auto at = counts_.find(client);
    if (--at->second == 0) counts_.erase(at);
  }

  const size_t count_max_;
  std::mutex mutex_;
  std::unordered_map<std::string, size_t> counts_;  // guarded by mutex_
};

}  // namespace cachery::http
