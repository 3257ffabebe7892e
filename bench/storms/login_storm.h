// A storm of connections that come only to prove who they are: so many a second are opened, log in
// (by text or SASL) or shake hands (TLS), hear the answer and are reset, so that no port waits for
// its old connection. They start by the clock and not when an earlier one has ended, as those of a
// fleet of clients that all lost their server at once; what cannot keep up shows as connections
// that are open at once, up to a bound, and as a rate that is not reached.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"
#include "bench/client_socket.h"
#include "bench/histogram.h"

namespace cachery::bench {

enum class Greeting { text, sasl, tls };

struct LoginStormSettings {
  Endpoint server;  // an address, not a name
  Login login;
  Greeting greeting = Greeting::text;
  double rate = 2000;      // connections a second
  size_t open_max = 1000;  // at once
  double seconds = 5;
};

struct LoginStormReport {
  double seconds = 0;
  uint64_t accepted = 0;
  uint64_t refused = 0;  // another answer than the login's success, or closed, or no handshake
  Histogram took_ns;     // from before connect() to the answer
  size_t open_most = 0;
};

// Blocks. Fails when it cannot even begin.
[[nodiscard]] Result<LoginStormReport> run_login_storm(const LoginStormSettings& settings);
std::string report_as_json(const LoginStormReport& report);

}  // namespace cachery::bench
