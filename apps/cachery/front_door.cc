#include "front_door.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/network.h"
#include "control/own_names.h"
#include "http/status.h"

namespace cachery {
namespace {

constexpr const char* kTransportSecurity = "max-age=31536000";

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return out;
}

// Without its port, brackets and the dot at its end.
std::string host_of(std::string_view text) {
  if (text.starts_with('[')) return std::string(text.substr(1, text.find(']') - 1));
  text = text.substr(0, text.find(':'));
  if (text.ends_with('.')) text.remove_suffix(1);
  return lower(text);
}

bool is_address(const std::string& host) {
  return host.find('/') == std::string::npos && Network::parse(host).has_value();
}

bool is_below(std::string_view host, std::string_view domain) {
  return host.size() > domain.size() && host.ends_with(domain) &&
         host[host.size() - domain.size() - 1] == '.';
}

bool matches(const std::string& host, const std::string& pattern) {
  return pattern.starts_with("*.") ? is_below(host, std::string_view(pattern).substr(2))
                                   : host == pattern;
}

bool is_for_machines(const http::Request& request) {
  if (!request.header("Authorization").empty()) return true;
  return request.segments.size() == 1 &&
         (request.segments[0] == "healthz" || request.segments[0] == "readyz" ||
          request.segments[0] == "metrics");
}

}  // namespace

Result<std::vector<std::string>> parse_hosts(std::string_view text) {
  std::vector<std::string> hosts;
  while (!text.empty()) {
    const size_t end = std::min(text.find(','), text.size());
    std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    if (part.empty()) continue;
    const bool is_name = std::ranges::all_of(part, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '.' || c == '-' || c == '_' || c == '*';
    });
    if (!is_name || part.find('*', 1) != std::string_view::npos ||
        (part.starts_with('*') && !part.starts_with("*."))) {
      return fail(Fault::invalid, fmt::format("http-hosts: \"{}\" is not a host name: write "
                                              "cache.example.org or *.example.org, with commas "
                                              "between, without ports",
                                              part));
    }
    hosts.push_back(lower(part));
  }
  return hosts;
}

bool FrontDoor::is_own_host(std::string_view host_and_port) const {
  const std::string host = host_of(host_and_port);
  // Nobody owns a name without a dot where others could look it up.
  if (host.find('.') == std::string::npos || is_address(host)) return true;
  if (is_below(host, "localhost")) return true;
  const auto& more = settings_.hosts;
  if (std::ranges::any_of(more, [&](const auto& pattern) { return matches(host, pattern); })) {
    return true;
  }
  return control::OwnNames(settings_.facts).has_server_name(host);
}

http::Handler FrontDoor::before(http::Handler handler) const {
  const bool is_public_over_tls = settings_.public_url.starts_with("https://");
  return [this, is_public_over_tls, handler = std::move(handler)](const http::Request& request) {
    const std::string_view host = request.header("Host");
    const bool is_served = is_for_machines(request) || is_own_host(host);
    http::Response response =
        is_served ? handler(request)
                  : http::error_response(
                        421, "misdirected",
                        fmt::format("\"{}\" is not a name of this service: open it by its own "
                                    "name, or let its operator add this one to --http-hosts",
                                    host.substr(0, 253)));
    if (is_public_over_tls && request.is_tls) {
      response.headers.emplace_back("Strict-Transport-Security", kTransportSecurity);
    }
    return response;
  };
}

}  // namespace cachery
