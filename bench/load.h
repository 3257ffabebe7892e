// A load on a memcached-compatible server and what came of it: throughput, latencies, and whether
// every answer was right. Closed loop: each connection asks as soon as it has been answered. One
// thread drives several million pipelined requests a second, so that on two cores the server and
// not the generator is what is measured; a generator that records more (memtier) is the bottleneck
// there.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"
#include "bench/client_socket.h"
#include "bench/dialect.h"
#include "bench/histogram.h"

namespace cachery::bench {

enum class Tls { off, on };
enum class Prefill { no, yes, only };

struct LoadSettings {
  Endpoint server;
  Login login;
  Protocol protocol = Protocol::ascii;
  Tls tls = Tls::off;
  std::string ca_path;  // empty: the certificate is not verified
  size_t connections = 50;
  size_t threads = 1;
  size_t pipeline = 1;  // requests a batch
  size_t multiget = 1;  // keys a get
  double get_ratio = 0.9;
  uint64_t keys = 1'000'000;
  size_t key_bytes = 32;
  size_t value_bytes = 100;
  double seconds = 5;
  double warmup_seconds = 0.5;  // not counted
  uint64_t requests = 0;        // 0: by time; otherwise this many, without a warm-up
  uint64_t seed = 0;            // 0: a random one
  Prefill prefill = Prefill::no;
};

struct LoadReport {
  double seconds = 0;
  Tally tally;
  Histogram latency_ns;  // from writing a request's batch to reading its answer
  uint64_t seed = 0;
};

// Blocks until the load is done. Fails when no connection can be made, or the server falls silent.
[[nodiscard]] Result<LoadReport> run_load(const LoadSettings& settings);

}  // namespace cachery::bench
