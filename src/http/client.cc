#include "http/client.h"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>

#include "http/limits.h"
#include "http/target.h"

namespace cachery::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;

using BeastRequest = beast::http::request<beast::http::string_body>;
using Parser = beast::http::response_parser<beast::http::string_body>;

BeastRequest to_beast(const ClientRequest& from, const Origin& origin) {
  BeastRequest out(beast::http::string_to_verb(std::string(name_of(from.method))), from.path, 11);
  const bool is_ipv6 = origin.host.find(':') != std::string::npos;
  const std::string host = is_ipv6 ? "[" + origin.host + "]" : origin.host;
  out.set(beast::http::field::host, host + ":" + origin.port);
  out.set(beast::http::field::connection, "close");
  if (!from.body.empty()) out.set(beast::http::field::content_type, "application/json");
  for (const auto& [name, value] : from.headers) out.set(name, value);
  out.body() = from.body;
  out.prepare_payload();
  return out;
}

Response to_response(Parser& parser) {
  auto message = parser.release();
  Response response;
  response.status = static_cast<int>(message.result_int());
  for (const auto& field : message) {
    const auto name = field.name_string();
    const auto value = field.value();
    response.headers.emplace_back(std::string(name.data(), name.size()),
                                  std::string(value.data(), value.size()));
  }
  response.content_type = response.header("content-type");
  response.body = std::move(message.body());
  return response;
}

template <typename Stream>
asio::awaitable<error_code> exchange(Stream& stream, const BeastRequest& request, Parser& parser) {
  error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  co_await beast::http::async_write(stream, request, token);
  if (error) co_return error;
  beast::flat_buffer buffer;
  co_await beast::http::async_read(stream, buffer, parser, token);
  co_return error;
}

asio::awaitable<error_code> exchange_tls(beast::tcp_stream& plain, const std::string& host,
                                         const std::filesystem::path& ca_file,
                                         const BeastRequest& request, Parser& parser) {
  error_code error;
  asio::ssl::context context(asio::ssl::context::tls_client);
  context.set_verify_mode(asio::ssl::verify_peer);
  if (ca_file.empty()) {
    context.set_default_verify_paths(error);
  } else {
    context.load_verify_file(ca_file.string(), error);
  }
  if (error) co_return error;
  beast::ssl_stream<beast::tcp_stream&> stream(plain, context);
  stream.set_verify_callback(asio::ssl::host_name_verification(host));
  SSL_set_tlsext_host_name(stream.native_handle(), host.c_str());
  co_await stream.async_handshake(asio::ssl::stream_base::client,
                                  asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return error;
  co_return co_await exchange(stream, request, parser);
}

asio::awaitable<error_code> run(const ClientRequest& request, const Origin& origin,
                                Parser& parser) {
  const auto executor = co_await asio::this_coro::executor;
  error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  asio::ip::tcp::resolver resolver(executor);
  const auto found = co_await resolver.async_resolve(origin.host, origin.port, token);
  if (error) co_return error;
  beast::tcp_stream stream(executor);
  stream.expires_after(kClientSeconds);
  co_await stream.async_connect(found, token);
  if (error) co_return error;
  const BeastRequest message = to_beast(request, origin);
  if (origin.scheme == "https") {
    co_return co_await exchange_tls(stream, origin.host, request.ca_file, message, parser);
  }
  co_return co_await exchange(stream, message, parser);
}

}  // namespace

Result<Response> fetch(const ClientRequest& request) {
  const auto origin = parse_origin(request.origin);
  if (!origin) return std::unexpected(origin.error());
  Parser parser;
  parser.body_limit(kClientBodyBytesMax);
  error_code error;
  try {
    asio::io_context loop{1};
    asio::co_spawn(loop, run(request, *origin, parser),
                   [&](std::exception_ptr exception, error_code ended) {
                     if (exception) std::rethrow_exception(exception);
                     error = ended;
                   });
    loop.run();
  } catch (const std::exception& exception) {
    return fail(Fault::internal, fmt::format("cannot ask {}: {}", request.origin,
                                             exception.what()));
  }
  if (!error) return to_response(parser);
  return fail(Fault::unavailable,
              fmt::format("no answer from {}: {}: is the service running there?", request.origin,
                          error.message()));
}

}  // namespace cachery::http
