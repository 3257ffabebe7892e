#include "trusted_proxies.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "settings.h"

namespace cachery {
namespace {

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

// The parts between commas, without their spaces.
std::vector<std::string_view> parts_of(std::string_view text) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const size_t end = std::min(text.find(','), text.size());
    const std::string_view part = trimmed(text.substr(0, end));
    if (!part.empty()) parts.push_back(part);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

bool is_address(std::string_view text) {
  return text.find('/') == std::string_view::npos && Network::parse(text).has_value();
}

}  // namespace

Result<TrustedProxies> TrustedProxies::parse(std::string_view networks) {
  TrustedProxies proxies;
  for (const std::string_view part : parts_of(networks)) {
    const auto network = Network::parse(part);
    if (!network) {
      return fail(Fault::invalid, fmt::format("trusted-proxies: \"{}\" is not a network: write "
                                              "127.0.0.1 or 10.0.0.0/8, with commas between",
                                              part));
    }
    proxies.networks_.push_back(*network);
  }
  return proxies;
}

http::Handler TrustedProxies::before(http::Handler handler) const {
  if (networks_.empty()) return handler;
  return [proxies = *this, handler = std::move(handler)](const http::Request& request) {
    return proxies.contains(request.peer) ? handler(proxies.unwrap(request)) : handler(request);
  };
}

std::string TrustedProxies::client_of(const http::Request& request) const {
  if (!contains(request.peer)) return request.peer;
  return unwrap({.headers = request.headers, .peer = request.peer}).peer;
}

http::Request TrustedProxies::unwrap(http::Request request) const {
  if (!contains(request.peer)) return request;
  // A proxy may add a line of its own in place of a longer one.
  std::vector<std::string> hops;
  for (const auto& [name, value] : request.headers) {
    if (!std::ranges::equal(name, std::string_view("x-forwarded-for"), {}, [](char c) {
          return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
        })) {
      continue;
    }
    for (const std::string_view hop : parts_of(value)) hops.emplace_back(hop);
  }
  request.is_tls = request.header("X-Forwarded-Proto") == "https";
  while (!hops.empty() && contains(request.peer) && is_address(hops.back())) {
    request.peer = std::move(hops.back());
    hops.pop_back();
  }
  return request;
}

bool TrustedProxies::is_shared_address(std::string_view address) const {
  return is_loopback(address) || contains(address);
}

bool TrustedProxies::contains(std::string_view address) const {
  return std::ranges::any_of(networks_,
                             [address](const auto& network) { return network.contains(address); });
}

}  // namespace cachery
