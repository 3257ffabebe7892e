// One application's connection through a follower (follow.h): its bytes to the cache, what they
// need fetched before, and the answers back. Two threads, one a direction, since either side may be
// slow while the other goes on.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "moving/follow.h"
#include "net/line_stream.h"
#include "protocol/parse.h"

namespace cachery::moving {

class FollowedClient {
 public:
  FollowedClient(Following& following, net::LineStream client);
  // Closes the connection and waits for its threads.
  ~FollowedClient();

  bool has_ended() const { return has_ended_; }

 private:
  // What a batch of requests needs before it may be passed on.
  struct Batch {
    std::vector<std::string> needed = {};
    std::vector<std::string> written = {};
    bool flushes = false;
  };

  void run();
  bool open_cache();
  void pass_answers();
  // Passes on what is whole; returns how many bytes that was. Nothing: the cache is gone.
  std::optional<size_t> pass_requests(std::span<const char> input);
  void note(const protocol::Request& request, Batch& batch);
  // False: the cache is gone.
  bool prepare(const Batch& batch);
  bool copy(std::span<const std::string> keys);
  std::optional<std::vector<std::string>> missing_of(std::span<const std::string> keys);
  bool store(const std::vector<OldItem>& items);
  void count(std::string_view answer);

  Following& following_;
  net::LineStream client_;
  protocol::ParseState state_;
  protocol::ParseLimits limits_;

  std::mutex mutex_;                       // of the two while they are opened
  std::optional<net::LineStream> cache_;   // the application's own conversation
  std::optional<net::LineStream> beside_;  // ours: `me` and `add`
  bool is_stopping_ = false;               // guarded by mutex_

  std::atomic<bool> has_ended_{false};
  std::jthread answers_;
  std::jthread requests_;  // ends first, and starts answers_
};

}  // namespace cachery::moving
