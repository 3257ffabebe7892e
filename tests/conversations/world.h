// Where a conversation takes place: a server of upstream's or ours in a process of its own, or our
// session engine in this process with a clock that can be moved. The player knows no more than this
// of any of them. Receiving takes a patience because only a real network needs one: a world without
// a network answers at once and ignores it.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "conversation.h"

namespace cachery::conversation {

class Connection {
 public:
  virtual ~Connection() = default;

  // A connection that the server has closed swallows the bytes: is_closed() tells.
  virtual void send(std::string_view bytes) = 0;

  // What has come since the last call; empty when nothing did within `patience`.
  [[nodiscard]] virtual std::string receive(std::chrono::milliseconds patience) = 0;

  // The server has closed and all that it sent before has been received.
  [[nodiscard]] virtual bool is_closed() const = 0;
};

class World {
 public:
  virtual ~World() = default;

  [[nodiscard]] virtual Result<std::unique_ptr<Connection>> connect() = 0;

  // Real time passes where the clock cannot be moved.
  [[nodiscard]] virtual Status advance(std::chrono::seconds by) = 0;

  // No item is left. The player calls it before it repeats a conversation.
  [[nodiscard]] virtual Status clear() = 0;

  // `now` (unix seconds) and, with accounts, `owner_user`, `owner_password` and so on.
  [[nodiscard]] virtual Variables variables() = 0;
};

// What is true of every world of one kind.
struct Place {
  Side side = Side::us;
  Version version;                      // of upstream
  std::chrono::seconds advance_max{3};  // longer waits are skipped, with a line that says so
};

}  // namespace cachery::conversation
