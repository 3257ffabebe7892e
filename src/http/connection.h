// One connection from its first byte to its last: plain or TLS, requests one after another. A
// coroutine, so that a slow client costs a few kilobytes and no thread.
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <cstddef>
#include <cstdint>
#include <string>

#include "http/peer_counts.h"
#include "http/server.h"

namespace cachery::http {

// Requests of slow endpoints: the threads that answer them, and how many run or wait.
struct SlowRequests {
  boost::asio::thread_pool threads{kSlowThreads};
  std::atomic<size_t> count = 0;
};

// Answers that go on.
struct Streams {
  std::atomic<size_t> count = 0;
  PeerCounts of_address;
};

enum class Lasts : uint8_t { as_the_client_wants, one_answer };

// What all connections of a server share. Outlives them.
struct ConnectionContext {
  const ServerSettings& settings;
  const Handler& handler;
  std::atomic<size_t>& connections_count;
  SlowRequests& slow;
  Streams& streams;
  Lasts lasts = Lasts::as_the_client_wants;
};

// Nothing: the address has as many as it may have.
std::optional<PeerCounts::Place> take_place(PeerCounts& counts, const ServerSettings& settings,
                                            const std::string& peer);

// The client's address as text; one of IPv4 is never written as one of IPv6. Empty: it has gone.
std::string peer_of(const boost::beast::tcp_stream& stream);

// Ends when the connection does, and keeps its place until then. Never throws what a client can
// cause.
boost::asio::awaitable<void> run_connection(boost::beast::tcp_stream stream,
                                            ConnectionContext context, PeerCounts::Place place);

}  // namespace cachery::http
