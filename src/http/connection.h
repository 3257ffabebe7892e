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
#include "http/places.h"
#include "http/server.h"

namespace cachery::http {

// The threads that run handlers, and who has how many of the slow ones' turns.
struct Handlers {
  boost::asio::thread_pool quick{kThreads};
  boost::asio::thread_pool slow{kSlowThreads};
  Places slow_places{{.places_max = kSlowRequestsMax,
                      .of_one_max = kSlowRequestsOfOne,
                      .kept_for_known = kSlowRequestsKept}};
};

// Answers that go on: one person has a share of them, and one address.
struct Streams {
  Places of_person;
  PeerCounts of_address;
};

enum class Lasts : uint8_t { as_the_client_wants, one_answer };

// What all connections of a server share. Outlives them.
struct ConnectionContext {
  const ServerSettings& settings;
  const Handler& handler;
  std::atomic<size_t>& connections_count;
  Handlers& handlers;
  Streams& streams;
  Lasts lasts = Lasts::as_the_client_wants;
};

// Who a connection from this address counts for.
Places::Claim claim_of(const ServerSettings& settings, const std::string& address);

// The client's address as text; one of IPv4 is never written as one of IPv6. Empty: it has gone.
std::string peer_of(const boost::beast::tcp_stream& stream);

// Ends when the connection does, and keeps its place until then. Never throws what a client can
// cause.
boost::asio::awaitable<void> run_connection(boost::beast::tcp_stream stream,
                                            ConnectionContext context, Places::Place place);

}  // namespace cachery::http
