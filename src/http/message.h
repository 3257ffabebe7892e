// A request and a response as endpoints see them: plain values, whole in memory, no library's
// types. Bodies are small here (an admin API, a dashboard), so every size is bounded in
// http/limits.h, and only what goes on (server-sent events) streams.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cachery::http {

// remove: DELETE; other: what no endpoint has.
enum class Method { get, post, put, patch, remove, other };

std::string_view name_of(Method method);
// HEAD is a get whose body the server leaves out.
Method parse_method(std::string_view name);

using NamedValues = std::vector<std::pair<std::string, std::string>>;

struct Request {
  Method method = Method::get;
  std::vector<std::string> segments = {};  // of the path, percent-decoded: {"caches", "100001"}
  NamedValues query = {};
  NamedValues headers = {};
  std::string body = {};
  std::string peer = {};        // the client's address, without its port
  bool is_tls = false;          // it came over TLS, as far as this server can see
  NamedValues parameters = {};  // what the router found for the {names} of the endpoint's path

  // Without regard to case; empty when absent.
  std::string_view header(std::string_view name) const;
  // Empty when the endpoint's path has no such name.
  std::string_view parameter(std::string_view name) const;
};

// More of a body, a piece at a time, until it ends or the client has gone.
struct Stream {
  std::chrono::milliseconds period{0};  // between two pieces
  // The next piece; nothing: it has ended. On the threads of handlers.
  std::function<std::optional<std::string>()> next = {};
};

// Whether the server may compress an answer. The length of what is compressed tells of what is in
// it (BREACH), so an answer says yes only when no secret is in it: docs/decisions/compression.md.
enum class Compressible : uint8_t { no, yes };

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body = {};
  NamedValues headers = {};
  std::optional<Stream> stream = {};  // what follows the body; HTTP/1.0 and HEAD leave it out
  // Whoever proved who they are, as "account 7": a stream's place counts for them. Empty: for the
  // address.
  std::string owner = {};
  Compressible compressible = Compressible::no;

  std::string_view header(std::string_view name) const;
};

// It has no password, no token, nothing that opens anything: it may be compressed.
Response without_secrets(Response response);

bool equal_without_case(std::string_view a, std::string_view b);

}  // namespace cachery::http
