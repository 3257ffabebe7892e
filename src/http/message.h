// A request and a response as endpoints see them: plain values, whole in memory, no library's
// types. Bodies are small here (an admin API, a dashboard), so nothing streams and every size is
// bounded in http/limits.h.
#pragma once

#include <cstdint>
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

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body = {};
  NamedValues headers = {};

  std::string_view header(std::string_view name) const;
};

}  // namespace cachery::http
