// The server that is being moved away from, asked beside the traffic of the new one: a few
// connections, a rate, and a deadline for everything, because whatever it does not answer in time
// is only a miss. It is connected to in the background, so a request never waits for that.
//
// A memcached from 1.6 on tells with a value how long it has left (`mg` with `t`). An older one
// cannot, nor one behind SASL, which speaks the binary protocol alone: their items get a time that
// the operator names.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "moving/server.h"

namespace cachery::moving {

struct OldServerSettings {
  Server server = {};
  size_t connections = 8;
  std::chrono::milliseconds patience{100};  // for all that one batch asks
  uint64_t items_per_second = 0;            // at most; 0: no bound
  int64_t untold_seconds = 3600;            // an item's time where the server cannot tell it
};

struct OldServerCounters {
  std::atomic<uint64_t> fetched{0};
  std::atomic<uint64_t> absent{0};
  std::atomic<uint64_t> over_rate{0};
  std::atomic<uint64_t> late{0};         // keys asked in vain: no answer in time, or a wrong one
  std::atomic<uint64_t> unavailable{0};  // keys not asked: no connection
  std::atomic<uint64_t> deleted{0};      // there, because the application wrote them
  std::atomic<uint64_t> undeleted{0};    // should have been
};

// As an `add` states it.
struct OldItem {
  std::string key = {};
  std::string flags = {};
  std::string value = {};
  int64_t exptime = 0;  // seconds from now; 0: never
};

class OldServer {
 public:
  // Fails where it refuses the login or has no address. That it does not answer is no reason not to
  // begin, since applications may depend on it: first_failure() tells.
  [[nodiscard]] static Result<std::unique_ptr<OldServer>> open(OldServerSettings settings);
  ~OldServer();
  OldServer(const OldServer&) = delete;
  OldServer& operator=(const OldServer&) = delete;

  // Any thread. Those items that it has and tells in time, in the order of the keys.
  std::vector<OldItem> fetch(std::span<const std::string> keys);
  // Deletes them there.
  void forget(std::span<const std::string> keys);

  const OldServerCounters& counters() const { return counters_; }
  // Why it could not be reached at the start; empty: it could.
  const std::string& first_failure() const { return first_failure_; }

 private:
  enum class Dialect { meta, text, binary };
  struct Line {
    net::LineStream stream;
    Dialect dialect = Dialect::text;
  };
  using Deadline = std::chrono::steady_clock::time_point;

  explicit OldServer(OldServerSettings settings);
  [[nodiscard]] Result<Line> connect() const;
  [[nodiscard]] Result<Line> open_line(std::chrono::milliseconds patience) const;
  void keep_connected(const std::stop_token& stop);
  std::optional<Line> take(Deadline deadline);
  void give_back(std::optional<Line> line);
  size_t allowed(size_t keys);
  // Nothing: the connection is out of step, and to be given up.
  std::optional<std::vector<OldItem>> ask_meta(Line& line, std::span<const std::string> keys,
                                               Deadline deadline) const;
  std::optional<std::vector<OldItem>> ask_text(Line& line, std::span<const std::string> keys,
                                               Deadline deadline) const;
  std::optional<std::vector<OldItem>> ask_binary(Line& line, std::span<const std::string> keys,
                                                 Deadline deadline) const;
  std::optional<std::vector<OldItem>> ask(Line& line, std::span<const std::string> keys,
                                          Deadline deadline) const;
  static bool delete_next(Line& line);

  const OldServerSettings settings_;  // set at start
  std::string first_failure_ = {};    // set at start
  OldServerCounters counters_;

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<Line> idle_;      // guarded by mutex_
  size_t open_ = 0;             // guarded by mutex_: idle ones and those in use
  double allowance_ = 0;        // guarded by mutex_: items that may be asked for now
  Deadline allowance_at_ = {};  // guarded by mutex_: when that was so

  std::jthread keeper_;  // ends first
};

}  // namespace cachery::moving
