// One POST to an address that a user gave, by libcurl: bounded in time and bytes, over http and
// https only, without redirects (one could lead where the address policy forbids, and would make a
// POST a GET), proxies of the environment or credentials of a file. Certificates are verified by
// the machine's authorities.
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "base/ending.h"
#include "base/error.h"
#include "outgoing/address_policy.h"
#include "outgoing/limits.h"

namespace cachery::outgoing {

struct Post {
  std::string url = {};
  std::vector<std::pair<std::string, std::string>> headers = {};  // without line ends
  std::string body = {};
};

class HttpPoster {
 public:
  struct Settings {
    Reach reach = Reach::public_only;
    std::chrono::milliseconds connect_time = kConnectTime;
    std::chrono::milliseconds exchange_time = kExchangeTime;
    const Ending* ending = nullptr;  // once it has begun, nothing is waited for
  };

  // One a process: it prepares libcurl, which wants that done before there are threads.
  explicit HttpPoster(Settings settings);

  // Done: the receiver answered 2xx. Any thread; several at once. invalid: the address is none.
  // forbidden: it is one that must not be connected to, or it answered 410 Gone. unavailable:
  // nobody answered in time, or with another status, which the detail tells with the answer's first
  // bytes.
  [[nodiscard]] Status send(const Post& post) const;

 private:
  Settings settings_;
};

}  // namespace cachery::outgoing
