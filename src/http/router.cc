#include "http/router.h"

#include <algorithm>
#include <optional>

#include "http/status.h"

namespace cachery::http {
namespace {

std::vector<std::string> split_path(std::string_view path) {
  std::vector<std::string> segments;
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash
    const size_t slash = std::min(path.find('/'), path.size());
    segments.emplace_back(path.substr(0, slash));
    path.remove_prefix(slash);
  }
  return segments;
}

std::optional<NamedValues> match(const std::vector<std::string>& pattern,
                                 const std::vector<std::string>& segments) {
  if (pattern.size() != segments.size()) return std::nullopt;
  NamedValues parameters;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const bool is_parameter = pattern[i].starts_with('{');
    if (is_parameter && !segments[i].empty()) {
      parameters.emplace_back(pattern[i].substr(1, pattern[i].size() - 2), segments[i]);
    } else if (pattern[i] != segments[i]) {
      return std::nullopt;
    }
  }
  return parameters;
}

}  // namespace

Router::Router(std::vector<Endpoint> endpoints) : endpoints_(std::move(endpoints)) {
  for (const Endpoint& endpoint : endpoints_) patterns_.push_back(split_path(endpoint.path));
}

// Its words fit best: to /alerts/configs answers the row of that path, not that of /alerts/{alert},
// also when only the latter has the method.
const std::string* Router::find_path(const std::vector<std::string>& segments) const {
  const std::string* best = nullptr;
  size_t best_names_count = 0;
  for (size_t i = 0; i < endpoints_.size(); ++i) {
    const auto names = match(patterns_[i], segments);
    if (!names || (best != nullptr && names->size() >= best_names_count)) continue;
    best = &endpoints_[i].path;
    best_names_count = names->size();
  }
  return best;
}

Response Router::handle(Request request) const {
  const std::string* path = find_path(request.segments);
  if (path == nullptr) {
    return error_response({Fault::not_found, "there is nothing at this address"});
  }
  std::string allowed;
  for (size_t i = 0; i < endpoints_.size(); ++i) {
    if (endpoints_[i].path != *path) continue;
    if (endpoints_[i].method == request.method) {
      request.parameters = *match(patterns_[i], request.segments);
      return endpoints_[i].handler(request);
    }
    if (!allowed.empty()) allowed += ", ";
    allowed += name_of(endpoints_[i].method);
  }
  Response response = error_response(405, "method_not_allowed", "this address takes " + allowed);
  response.headers.emplace_back("Allow", allowed);
  return response;
}

Pace Router::pace_of(const Request& request) const {
  const std::string* path = find_path(request.segments);
  for (const Endpoint& endpoint : endpoints_) {
    if (path != nullptr && endpoint.path == *path && endpoint.method == request.method) {
      return endpoint.pace;
    }
  }
  return Pace::quick;
}

}  // namespace cachery::http
