#include "http/server.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <thread>
#include <vector>

#include "base/log.h"
#include "http/connection.h"
#include "http/limits.h"
#include "http/status.h"

namespace cachery::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// A free port of one address may be taken on another.
constexpr int kFreePortTries = 16;

class AsioServer final : public Server {
 public:
  AsioServer(ServerSettings settings, Handler handler)
      : settings_(std::move(settings)),
        handler_(std::move(handler)),
        refusal_settings_(for_refusals(settings_)) {}
  ~AsioServer() override { stop(); }

  Status start() {
    if (auto opened = open(); !opened) return opened;
    if (settings_.on_listening) settings_.on_listening(port_);
    for (tcp::acceptor& acceptor : acceptors_) {
      asio::co_spawn(acceptors_strand_, accept(acceptor), asio::detached);
    }
    for (int i = 0; i < kLoopThreads; ++i) threads_.emplace_back([this] { loop_.run(); });
    return {};
  }

  uint16_t port() const override { return port_; }

  void stop() override {
    loop_.stop();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
    for (asio::thread_pool* pool : {&handlers_.quick, &handlers_.slow}) {
      pool->stop();
      pool->join();
    }
    error_code ignored;  // a listener that cannot be closed is closed with the process
    for (tcp::acceptor& acceptor : acceptors_) acceptor.close(ignored);
  }

 private:
  // The same port on each address; where any will do, one that is free on all of them.
  Status open() {
    for (int tries = settings_.port == 0 ? kFreePortTries : 1;; --tries) {
      port_ = settings_.port;
      acceptors_.clear();
      Status opened;
      for (const std::string& address : settings_.addresses) {
        if (opened = open(address); !opened) break;
      }
      if (opened || tries <= 1 || opened.error().fault != Fault::conflict) return opened;
    }
  }

  Status open(const std::string& text) {
    error_code error;
    const auto address = asio::ip::make_address(text, error);
    if (error) {
      return fail(Fault::invalid,
                  fmt::format("\"{}\" is not an address to listen on: give an IP address", text));
    }
    const tcp::endpoint endpoint(address, port_);
    tcp::acceptor acceptor(loop_);
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
    if (!error && address.is_v6()) {
      acceptor.set_option(asio::ip::v6_only(text != "::" || has_ipv4()), error);
    }
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) {
      return fail(error == asio::error::address_in_use ? Fault::conflict : Fault::unavailable,
                  fmt::format("cannot listen for HTTP on {} port {}: {}: choose another with "
                              "--http-port or --listen",
                              text, port_, error.message()));
    }
    port_ = acceptor.local_endpoint().port();
    acceptors_.push_back(std::move(acceptor));
    return {};
  }

  // Each of them is listened on by itself: "::" is IPv6 alone then.
  bool has_ipv4() const {
    return std::ranges::any_of(settings_.addresses,
                               [](const std::string& text) { return !text.contains(':'); });
  }

  asio::awaitable<void> accept(tcp::acceptor& acceptor) {
    for (;;) {
      error_code error;
      tcp::socket socket = co_await acceptor.async_accept(
          asio::make_strand(loop_), asio::redirect_error(asio::use_awaitable, error));
      if (error == asio::error::operation_aborted) co_return;
      if (error) {
        // Out of descriptors, most likely: without a pause this would spin until some are free.
        asio::steady_timer pause(loop_, std::chrono::milliseconds(100));
        co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
        continue;
      }
      admit(boost::beast::tcp_stream(std::move(socket)));
    }
  }

  void admit(boost::beast::tcp_stream stream) {
    const std::string peer = peer_of(stream);
    auto place = places_.take(claim_of(settings_, peer));
    if (place) {
      return run(std::move(stream), {settings_, handler_, connections_count_, handlers_, streams_},
                 std::move(*place));
    }
    if (place.error() == Places::Refusal::all_taken) return note(Refused::all_taken, peer);
    note(Refused::address_has_its_share, peer);
    if (refusals_count_ >= kRefusalsMax) return;
    run(std::move(stream),
        {refusal_settings_, refusal_, refusals_count_, handlers_, streams_, Lasts::one_answer}, {});
  }

  static void run(boost::beast::tcp_stream stream, const ConnectionContext& context,
                  Places::Place place) {
    ++context.connections_count;
    const auto strand = stream.get_executor();
    asio::co_spawn(strand, run_connection(std::move(stream), context, std::move(place)),
                   asio::detached);
  }

  // A flood is not to fill the log too: one line a second says as much.
  void note(Refused why, const std::string& peer) {
    if (settings_.on_refused) settings_.on_refused(why);
    const auto now = std::chrono::steady_clock::now();
    if (now - warned_at_ < std::chrono::seconds(1)) return;
    warned_at_ = now;
    if (why == Refused::all_taken) {
      log::warning("http_connections_full", {{"connections_max", settings_.connections_max}});
    } else {
      log::warning("http_address_full",
                   {{"peer", peer}, {"connections_max", settings_.connections_of_address_max}});
    }
  }

  static ServerSettings for_refusals(ServerSettings settings) {
    settings.request_time =
        std::min<std::chrono::milliseconds>(settings.request_time, kRefusalSeconds);
    settings.pace = [](const Request&) { return Pace::instant; };
    return settings;
  }

  // set at start
  const ServerSettings settings_;
  const Handler handler_;
  const ServerSettings refusal_settings_;
  const Handler refusal_ = [](const Request&) {
    Response response = error_response(
        429, "too_many_connections",
        "your address has as many connections open as one may have: close some, and try again");
    response.headers.emplace_back("Retry-After", "1");
    return response;
  };
  uint16_t port_ = 0;

  // any of the server's threads; what connections use stands before the loop that destroys them
  std::atomic<size_t> connections_count_ = 0;
  std::atomic<size_t> refusals_count_ = 0;
  Streams streams_{.of_person = Places({.places_max = settings_.streams_max,
                                        .of_one_max = settings_.streams_of_one_max}),
                   .of_address = PeerCounts(settings_.streams_of_address_max)};
  Places places_{
      {.places_max = settings_.connections_max,
       .of_one_max = settings_.connections_of_address_max,
       .kept_for_known = std::min(settings_.connections_kept, settings_.connections_max / 2)}};
  asio::io_context loop_{kLoopThreads};
  std::vector<tcp::acceptor> acceptors_;  // as many from start() on
  // Whichever of them accepts, one at a time does.
  asio::strand<asio::io_context::executor_type> acceptors_strand_ = asio::make_strand(loop_);
  Handlers handlers_;  // what waits here belongs to the loop, and goes before it

  std::chrono::steady_clock::time_point warned_at_;  // on acceptors_strand_
  std::vector<std::thread> threads_;
};

}  // namespace

Result<std::unique_ptr<Server>> start_server(ServerSettings settings, Handler handler) {
  auto server = std::make_unique<AsioServer>(std::move(settings), std::move(handler));
  if (auto started = server->start(); !started) return std::unexpected(started.error());
  return server;
}

}  // namespace cachery::http
