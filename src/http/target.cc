#include "http/target.h"

#include <fmt/format.h>

#include <boost/url.hpp>

namespace cachery::http {

namespace urls = boost::urls;

Result<Target> parse_target(std::string_view text) {
  const auto url = urls::parse_origin_form({text.data(), text.size()});
  if (!url) return fail(Fault::invalid, "the request's address is not a path");
  Target target;
  for (const auto& segment : url->segments()) target.segments.emplace_back(segment);
  for (const auto& parameter : url->params()) {
    target.query.emplace_back(std::string(parameter.key), std::string(parameter.value));
  }
  return target;
}

Result<Origin> parse_origin(std::string_view url) {
  const auto parsed = urls::parse_uri({url.data(), url.size()});
  const bool is_good = parsed && (parsed->scheme() == "http" || parsed->scheme() == "https") &&
                       !parsed->host().empty() &&
                       (parsed->encoded_path().empty() || parsed->encoded_path() == "/");
  if (!is_good) {
    return fail(Fault::invalid,
                fmt::format("\"{}\" is not the service's address: write it as "
                            "http://127.0.0.1:8080 or https://HOST:PORT", url));
  }
  Origin origin{.scheme = std::string(parsed->scheme()),
                .host = std::string(parsed->host_address()),
                .port = std::string(parsed->port())};
  if (origin.port.empty()) origin.port = origin.scheme == "https" ? "443" : "80";
  return origin;
}

std::string encode_segment(std::string_view text) {
  return urls::encode({text.data(), text.size()}, urls::unreserved_chars);
}

}  // namespace cachery::http
