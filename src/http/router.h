// The table of endpoints and the way from a request to its row. The table is data, so that what
// answers and what is documented cannot differ: the summaries here are those of the documentation.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "http/description.h"
#include "http/message.h"

namespace cachery::http {

using Handler = std::function<Response(const Request&)>;

// Slow ones take tens of milliseconds of a core (a password's hash): they run on threads of their
// own, a few at a time, and make no other request wait. Instant ones ask nobody who may wait (no
// database, no lock that is held for long): they are answered by the threads that read, whatever
// becomes of the others.
enum class Pace : uint8_t { quick, slow, instant };

struct Endpoint {
  Method method = Method::get;
  std::string path = {};  // "/api/admin/v1/caches/{cache}"
  std::string summary = {};
  Handler handler = {};
  Pace pace = Pace::quick;
  Description description = {};
};

class Router {
 public:
  explicit Router(std::vector<Endpoint> endpoints);

  const std::vector<Endpoint>& endpoints() const { return endpoints_; }
  // 404 for a path that nobody has, 405 with Allow for one that has other methods. Any thread.
  Response handle(Request request) const;
  Pace pace_of(const Request& request) const;

 private:
  // Of the endpoint that fits; null when none does.
  const std::string* find_path(const std::vector<std::string>& segments) const;

  std::vector<Endpoint> endpoints_;
  std::vector<std::vector<std::string>> patterns_;  // the paths of endpoints_, in segments
};

}  // namespace cachery::http
