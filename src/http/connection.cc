#include "http/connection.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>

#include <algorithm>
#include <memory>
#include <vector>

#include "base/log.h"
#include "http/compression.h"
#include "http/limits.h"
#include "http/status.h"
#include "http/target.h"

namespace cachery::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;

using BeastRequest = beast::http::request<beast::http::string_body>;
using BeastResponse = beast::http::response<beast::http::string_body>;
using Parser = beast::http::request_parser<beast::http::string_body>;

enum class Transport { plain, tls };

std::string to_text(beast::string_view text) { return {text.data(), text.size()}; }

Result<Request> to_request(BeastRequest& from, const std::string& peer, Transport transport) {
  auto target = parse_target(to_text(from.target()));
  if (!target) return std::unexpected(target.error());
  Request request{.method = parse_method(to_text(from.method_string())),
                  .segments = std::move(target->segments),
                  .query = std::move(target->query),
                  .body = std::move(from.body()),
                  .peer = peer,
                  .is_tls = transport == Transport::tls};
  for (const auto& field : from) {
    request.headers.emplace_back(to_text(field.name_string()), to_text(field.value()));
  }
  return request;
}

void set_headers(beast::http::fields& out, const Response& response) {
  out.set(beast::http::field::server, "cachery");
  // What the API says is secret more often than not, and never a page.
  out.set(beast::http::field::cache_control, "no-store");
  out.set("X-Content-Type-Options", "nosniff");
  for (const auto& [name, value] : response.headers) {
    // Cookies come one a line; of all else the last one counts.
    if (equal_without_case(name, "Set-Cookie")) {
      out.insert(name, value);
    } else {
      out.set(name, value);
    }
  }
  if (response.status != 204) out.set(beast::http::field::content_type, response.content_type);
}

BeastResponse to_beast(Response response, unsigned version, bool keeps_alive) {
  BeastResponse out(static_cast<beast::http::status>(response.status), version);
  set_headers(out, response);
  out.body() = std::move(response.body);
  out.keep_alive(keeps_alive);
  if (response.status != 204) out.prepare_payload();
  return out;
}

// The answer to a request that could not be read, or nullopt when nobody is there to be answered.
std::optional<Response> answer_to(const error_code& failure) {
  using beast::http::error;
  if (failure == error::body_limit) {
    return error_response(413, "too_large", "the body is larger than a request may be");
  }
  if (failure == error::header_limit || failure == error::buffer_overflow) {
    return error_response(431, "headers_too_large", "the headers are larger than they may be");
  }
  const bool is_closed = failure == error::end_of_stream || failure == error::partial_message;
  const auto& parse_failures = beast::http::make_error_code(error::bad_method).category();
  if (is_closed || failure.category() != parse_failures) return std::nullopt;
  return error_response(400, "invalid", "this is not HTTP/1.1: " + failure.message());
}

// Where a request ends must be beyond doubt, or a proxy in front of us would see another one in its
// body (RFC 9112, 6.3); and for whom it is (3.2). Nullptr when it is.
template <typename Header>
const char* doubt_about(const Header& header, bool is_chunked) {
  using beast::http::field;
  if (header.count(field::transfer_encoding) > 0 && !is_chunked) {
    return "chunked is the only Transfer-Encoding that is known here";
  }
  return header.count(field::host) > 1 ? "it has more than one Host" : nullptr;
}

asio::awaitable<Response> run_handler(const Handler& handler, const Request& request) {
  co_return compress_for(request, handler(request));
}

asio::awaitable<std::optional<std::string>> next_piece(const http::Stream& stream) {
  co_return stream.next();
}

Response over_its_share() {
  Response response = error_response(
      429, "too_many_connections",
      "your address has as many connections open as one may have: close some, and try again");
  response.headers.emplace_back("Retry-After", "1");
  return response;
}

template <typename Stream>
class Conversation {
 public:
  Conversation(Stream& stream, beast::flat_buffer& buffer, const ConnectionContext& context,
               const std::string& peer, Transport transport, Places::Place& place)
      : stream_(stream),
        buffer_(buffer),
        context_(context),
        peer_(peer),
        transport_(transport),
        place_(place) {}

  asio::awaitable<void> run() {
    for (bool goes_on = true; goes_on;) goes_on = co_await answer_one();
  }

 private:
  // False: the connection is to be closed.
  asio::awaitable<bool> answer_one() {
    Parser parser;
    parser.header_limit(kHeaderBytesMax);
    parser.body_limit(kBodyBytesMax);
    beast::get_lowest_layer(stream_).expires_after(context_.settings.request_time);
    place_.waits_for_client(true);
    error_code error = co_await read_header(parser);
    if (!error) {
      if (const char* doubt = doubt_about(parser.get(), parser.chunked())) {
        co_await write(to_beast(error_response(400, "invalid", doubt), 11, false));
        co_return false;
      }
      error = co_await read_body(parser);
    }
    if (error) {
      const auto answer = answer_to(error);
      if (answer) co_await write(to_beast(*answer, 11, false));
      co_return false;
    }
    place_.waits_for_client(false);
    BeastRequest from = parser.release();
    const unsigned version = from.version();
    const bool keeps_alive = from.keep_alive() && context_.lasts != Lasts::one_answer;
    const bool wants_head = from.method() == beast::http::verb::head;
    const auto request = to_request(from, peer_, transport_);
    if (!request) {
      const bool is_written =
          co_await write(to_beast(error_response(request.error()), version, keeps_alive));
      co_return is_written&& keeps_alive;
    }
    const std::string client =
        context_.settings.client_of ? context_.settings.client_of(*request) : peer_;
    if (place_.move_to(claim_of(context_.settings, client)) != Places::Refusal::none) {
      co_await write(to_beast(over_its_share(), version, false));
      co_return false;
    }
    Response answer = co_await handle(*request, client);
    if (answer.stream && !wants_head && version >= 11) {
      co_await write_stream(std::move(answer), client);
      co_return false;
    }
    BeastResponse response = to_beast(answer, version, keeps_alive);
    if (wants_head) response.body().clear();
    const bool is_written = co_await write(std::move(response));
    co_return is_written&& keeps_alive;
  }

  asio::awaitable<error_code> read_header(Parser& parser) {
    error_code error;
    co_await beast::http::async_read_header(stream_, buffer_, parser,
                                            asio::redirect_error(asio::use_awaitable, error));
    co_return error;
  }

  asio::awaitable<error_code> read_body(Parser& parser) {
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    if (beast::iequals(parser.get()[beast::http::field::expect], "100-continue")) {
      beast::http::response<beast::http::empty_body> go_on(beast::http::status::continue_, 11);
      co_await beast::http::async_write(stream_, go_on, token);
      if (error) co_return error;
    }
    co_await beast::http::async_read(stream_, buffer_, parser, token);
    co_return error;
  }

  asio::awaitable<bool> write(BeastResponse response) {
    error_code error;
    beast::get_lowest_layer(stream_).expires_after(kWriteSeconds);
    co_await beast::http::async_write(stream_, response,
                                      asio::redirect_error(asio::use_awaitable, error));
    co_return !error;
  }

  // Nothing is read meanwhile: that the client has gone is seen by a piece that cannot be written.
  // Its person's place may go to another person, whose newcomer then ends it.
  asio::awaitable<void> write_stream(Response answer, const std::string& client) {
    const bool is_shared = is_shared_address(client);
    const auto of_address =
        is_shared ? std::optional(PeerCounts::Place()) : context_.streams.of_address.take(client);
    auto place = context_.streams.of_person.take(
        answer.owner.empty()
            ? Places::Claim{.client = network_of_client(client), .is_shared = true}
            : Places::Claim{.client = answer.owner});
    if (!of_address || !place) {
      const Error error{Fault::unavailable, "too many live answers are open: try again"};
      co_await write(to_beast(error_response(error), 11, false));
      co_return;
    }
    const auto is_lost = std::make_shared<std::atomic<bool>>(false);
    place->on_loss([is_lost] { *is_lost = true; });
    bool is_written = co_await write_stream_head(answer);
    asio::steady_timer pause(stream_.get_executor());
    error_code error;
    std::optional<std::string> piece = std::move(answer.body);
    while (is_written && piece && !*is_lost) {
      beast::get_lowest_layer(stream_).expires_after(kWriteSeconds);
      co_await asio::async_write(stream_, beast::http::make_chunk(asio::buffer(*piece)),
                                 asio::redirect_error(asio::use_awaitable, error));
      if (error) co_return;
      beast::get_lowest_layer(stream_).expires_never();
      pause.expires_after(answer.stream->period);
      co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
      if (*is_lost) break;
      piece = co_await asio::co_spawn(context_.handlers.quick, next_piece(*answer.stream),
                                      asio::use_awaitable);
    }
    beast::get_lowest_layer(stream_).expires_after(kWriteSeconds);
    co_await asio::async_write(stream_, beast::http::make_chunk_last(),
                               asio::redirect_error(asio::use_awaitable, error));
  }

  asio::awaitable<bool> write_stream_head(const Response& answer) {
    beast::http::response<beast::http::empty_body> head(
        static_cast<beast::http::status>(answer.status), 11);
    set_headers(head, answer);
    head.keep_alive(false);
    head.chunked(true);
    beast::http::response_serializer<beast::http::empty_body> serializer(head);
    error_code error;
    beast::get_lowest_layer(stream_).expires_after(kWriteSeconds);
    co_await beast::http::async_write_header(stream_, serializer,
                                             asio::redirect_error(asio::use_awaitable, error));
    co_return !error;
  }

  bool is_shared_address(const std::string& address) const {
    return context_.settings.is_shared_address && context_.settings.is_shared_address(address);
  }

  asio::awaitable<Response> handle(const Request& request, const std::string& client) const {
    const Pace pace = context_.settings.pace ? context_.settings.pace(request) : Pace::quick;
    if (pace == Pace::instant) co_return compress_for(request, context_.handler(request));
    if (pace == Pace::quick) {
      Response response = co_await asio::co_spawn(
          context_.handlers.quick, run_handler(context_.handler, request), asio::use_awaitable);
      co_return response;
    }
    const auto turn = context_.handlers.slow_places.take_for_good(slow_claim(request, client));
    if (!turn) {
      co_return error_response({Fault::unavailable, "too many such requests wait: try again"});
    }
    Response response = co_await asio::co_spawn(
        context_.handlers.slow, run_handler(context_.handler, request), asio::use_awaitable);
    co_return response;
  }

  Places::Claim slow_claim(const Request& request, const std::string& client) const {
    const auto& name_of = context_.settings.known_name_of;
    if (const auto name = name_of ? name_of(request) : std::nullopt) {
      return {.client = *name, .standing = Standing::known};
    }
    return claim_of(context_.settings, client);
  }

  Stream& stream_;
  beast::flat_buffer& buffer_;
  const ConnectionContext& context_;
  const std::string& peer_;
  const Transport transport_;
  Places::Place& place_;
};

asio::awaitable<void> run_tls(beast::tcp_stream& plain, beast::flat_buffer& buffer,
                              const ConnectionContext& context, const std::string& peer,
                              Places::Place& place) {
  const auto native = context.settings.tls ? context.settings.tls() : nullptr;
  if (!native) co_return;  // a TLS client that we have no certificate for
  SSL_CTX_up_ref(native.get());
  asio::ssl::context tls_context(native.get());  // takes that reference
  beast::ssl_stream<beast::tcp_stream&> stream(plain, tls_context);
  error_code error;
  const size_t used =
      co_await stream.async_handshake(asio::ssl::stream_base::server, buffer.data(),
                                      asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return;
  buffer.consume(used);
  co_await Conversation(stream, buffer, context, peer, Transport::tls, place).run();
  plain.expires_after(kHandshakeSeconds);
  co_await stream.async_shutdown(asio::redirect_error(asio::use_awaitable, error));
}

// Closing with bytes unread makes the kernel reset the connection, and a client that still sends
// would lose the answer that tells it why: what comes is thrown away for a while.
asio::awaitable<void> linger(beast::tcp_stream& stream) {
  error_code error;
  stream.socket().shutdown(asio::ip::tcp::socket::shutdown_send, error);
  stream.expires_after(kLingerSeconds);
  std::vector<char> thrown_away(kReadBufferBytesMax);
  for (size_t bytes = 0; !error && bytes < kLingerBytesMax;) {
    bytes += co_await stream.async_read_some(asio::buffer(thrown_away),
                                             asio::redirect_error(asio::use_awaitable, error));
  }
}

asio::awaitable<void> run_detected(beast::tcp_stream& stream, const ConnectionContext& context,
                                   Places::Place& place) {
  error_code error;
  const std::string peer = peer_of(stream);
  if (peer.empty()) co_return;
  beast::flat_buffer buffer(kReadBufferBytesMax);
  stream.expires_after(
      std::min<std::chrono::milliseconds>(kHandshakeSeconds, context.settings.request_time));
  place.waits_for_client(true);
  const bool is_tls = co_await beast::async_detect_ssl(
      stream, buffer, asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return;
  if (is_tls) {
    co_await run_tls(stream, buffer, context, peer, place);
  } else {
    co_await Conversation(stream, buffer, context, peer, Transport::plain, place).run();
  }
  co_await linger(stream);
}

}  // namespace

Places::Claim claim_of(const ServerSettings& settings, const std::string& address) {
  const bool is_known = settings.is_known_client && settings.is_known_client(address);
  return {.client = network_of_client(address),
          .standing = is_known ? Standing::known : Standing::stranger,
          .is_shared = settings.is_shared_address && settings.is_shared_address(address)};
}

// A listener on :: has clients of both families.
std::string peer_of(const beast::tcp_stream& stream) {
  error_code error;
  const asio::ip::address address = stream.socket().remote_endpoint(error).address();
  if (error) return {};
  if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address.to_string();
  return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
}

asio::awaitable<void> run_connection(beast::tcp_stream stream, ConnectionContext context,
                                     Places::Place place) {
  struct Counted {
    explicit Counted(std::atomic<size_t>& connections_count) : count(connections_count) {}
    ~Counted() { --count; }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;
    std::atomic<size_t>& count;
  };
  const Counted counted(context.connections_count);
  // What ends it comes from another thread, and may come when it has ended: it is posted, and
  // looks.
  const auto is_alive = std::make_shared<bool>(true);
  Places::Place held = std::move(place);
  held.on_loss([executor = stream.get_executor(), alive = std::weak_ptr(is_alive), &stream] {
    asio::post(executor, [alive, &stream] {
      if (alive.lock()) stream.close();
    });
  });
  try {
    co_await run_detected(stream, context, held);
  } catch (const std::exception& exception) {
    // Out of memory, or a bug of a library: this connection ends, the service does not.
    log::error("http_connection_failed", {{"reason", exception.what()}});
  }
}

}  // namespace cachery::http
