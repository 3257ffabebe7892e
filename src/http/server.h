// The HTTP server: its own few threads, one coroutine a connection, HTTP and HTTPS on one port
// (told apart by the first byte, so that a plain probe and a dashboard over TLS need one address).
// All sizes and times are bounded by http/limits.h: a slow or silent client is dropped.
// Connections, answers that go on and turns of slow requests are shared fairly (places.h): when all
// are taken a newcomer gets one of whoever holds most, and a part is kept for clients who are
// known. One address may have a part of the connections; beyond it a request is answered 429, as
// long as few are. Handlers run on threads of their own and may block for as long as a small SQL
// transaction takes; those that read and write never wait for them, and answer Pace::instant by
// themselves. Rejected: a thread a connection (a slow client would cost a stack each), and a port
// more for HTTPS.
#pragma once

#include <openssl/ssl.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/error.h"
#include "http/limits.h"
#include "http/router.h"

namespace cachery::http {

enum class Refused : uint8_t { all_taken, address_has_its_share };

struct ServerSettings {
  std::vector<std::string> addresses = {"127.0.0.1"};
  uint16_t port = 0;  // 0: a free one
  // The context for the next TLS connection; it may differ from call to call (certificates are
  // renewed). Empty, or an empty result: no HTTPS. Called from the server's threads.
  std::function<std::shared_ptr<SSL_CTX>()> tls = {};
  // Which requests are slow or instant; empty: none. Called from the server's threads.
  std::function<Pace(const Request&)> pace = {};
  // Told the port that it is bound to, before the first request is taken.
  std::function<void(uint16_t)> on_listening = {};
  // Whether many clients come by this address (this machine, a proxy): it has no share. Empty:
  // none. Called from the server's threads.
  std::function<bool(const std::string&)> is_shared_address = {};
  // The client's address, where a proxy tells it; empty: the peer. Called from the server's
  // threads.
  std::function<std::string(const Request&)> client_of = {};
  // Whether somebody proved who they are from this address not long ago; empty: nobody did. Called
  // from the server's threads.
  std::function<bool(const std::string&)> is_known_client = {};
  // Who a slow request counts for, where the request itself tells it (a cookie that only a browser
  // has which signed in before); nothing: its address. Called from the server's threads.
  std::function<std::optional<std::string>(const Request&)> known_name_of = {};
  // Told of each connection that is refused. From one of the server's threads at a time.
  std::function<void(Refused)> on_refused = {};
  size_t connections_of_address_max = kConnectionsOfAddress;  // 0: no bound
  size_t streams_of_address_max = kStreamsOfAddress;          // likewise
  // The bounds that a test must be able to reach.
  std::chrono::milliseconds request_time = kRequestSeconds;
  size_t connections_max = kConnectionsMax;
  size_t connections_kept = kConnectionsKept;  // of connections_max, for clients who are known
  size_t streams_max = kStreamsMax;
  size_t streams_of_one_max = kStreamsOfOne;
};

class Server {
 public:
  virtual ~Server() = default;  // stops

  virtual uint16_t port() const = 0;  // the one that it is bound to
  // Closes the listener and every connection, and ends the threads. Twice is as good as once.
  virtual void stop() = 0;
};

// Listening when it returns. conflict: the port is in use.
[[nodiscard]] Result<std::unique_ptr<Server>> start_server(ServerSettings settings,
                                                           Handler handler);

}  // namespace cachery::http
