// Behind a reverse proxy every request comes from the proxy: sign-in limits would be shared by all
// people, and the audit would name one address. Proxies that the operator names are believed what
// they say in X-Forwarded-For and X-Forwarded-Proto; anybody else could write those headers too,
// and is not. X-Forwarded-For is read from its end, past those who are trusted: what stands before
// the first one who is not was written by him.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/network.h"
#include "http/router.h"

namespace cachery {

class TrustedProxies {
 public:
  // "127.0.0.1, 10.0.0.0/8"; empty: there are none.
  [[nodiscard]] static Result<TrustedProxies> parse(std::string_view networks);

  // The handler, told of the client in place of the proxy.
  http::Handler before(http::Handler handler) const;
  // Who made it: the peer, or whom a proxy names.
  std::string client_of(const http::Request& request) const;
  // As the client made it.
  http::Request unwrap(http::Request request) const;
  // Many clients come by it: a proxy, or this machine, where a proxy needs no name. What one
  // address may have at most is not for it.
  bool is_shared_address(std::string_view address) const;

 private:
  bool contains(std::string_view address) const;

  std::vector<Network> networks_;
};

}  // namespace cachery
