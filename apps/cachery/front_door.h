// What is asked of every HTTP request before anything else looks at it, and told with every answer:
// - It is for a name of this service. A page of somebody else's, whose name leads here all of a
//   sudden (DNS rebinding), is answered 421: it could otherwise sign people up and in from the
//   network that it stands in. Addresses, names without a dot, localhost, and requests that bear an
//   Authorization header pass, and so do /healthz, /readyz and /metrics: no page can make use of
//   them.
// - Where the public address is https://, browsers are told to come by TLS alone (RFC 6797). Not
//   elsewhere: on a machine's own name it would hold for every other port, too.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "control/admission.h"
#include "http/router.h"

namespace cachery {

// "cache.example.org, *.example.net"; empty: none.
[[nodiscard]] Result<std::vector<std::string>> parse_hosts(std::string_view text);

class FrontDoor {
 public:
  struct Settings {
    control::NodeFacts facts = {};        // the names of the service
    std::vector<std::string> hosts = {};  // others that lead here; *.example.org: all below it
    std::string public_url = {};
  };
  explicit FrontDoor(Settings settings) : settings_(std::move(settings)) {}

  // It must outlive the handler.
  http::Handler before(http::Handler handler) const;
  // Whether a request with this Host header is for us. Any thread.
  bool is_own_host(std::string_view host_and_port) const;

 private:
  const Settings settings_;
};

}  // namespace cachery
