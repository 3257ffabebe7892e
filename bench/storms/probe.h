// Polite clients, and what they feel while somebody else storms: connections that each ask for
// little, at a fixed rate, so that the delay of an answer is the server's and not that of a queue
// of one's own making.
//
// The storm's client shares the probe's core, and must not be what is measured. An answer's time is
// therefore the kernel's own: the moment at which it was put into the probe's socket
// (SO_TIMESTAMPING), which is while the server sends, on the server's core. A request's time is
// just before its send(); one that was due while its connection still waited for an answer counts
// from when it was due, so that a server that stops for a second is seen by all who would have
// asked meanwhile. What the process itself sees, its own delays included, is reported beside.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "bench/client_socket.h"
#include "bench/dialect.h"
#include "bench/histogram.h"

namespace cachery::bench {

struct ProbeSettings {
  Endpoint server;
  std::vector<Login> logins;  // connections are divided among them; empty: without a login
  size_t connections = 50;
  double rate = 5000;  // requests a second of all connections together
  double get_ratio = 0.9;
  uint64_t keys = 1000;  // of each login
  size_t key_bytes = 32;
  size_t value_bytes = 100;
  double warmup_seconds = 0.5;  // asked, not counted
  double seconds = 5;
};

struct ProbeReport {
  double seconds = 0;
  Tally tally;
  Histogram latency_ns;  // to the answer's arrival at the socket
  Histogram seen_ns;     // to the process that reads it
  Histogram late_ns;     // how late requests of free connections were sent: the probe's own delay
  uint64_t unanswered = 0;  // at the end
};

// Blocks. Fails when no connection can be made.
[[nodiscard]] Result<ProbeReport> run_probe(const ProbeSettings& settings);
std::string report_as_json(const ProbeReport& report);

}  // namespace cachery::bench
