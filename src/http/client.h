// One HTTP request at a time, for the command line and for tests. Synchronous on the outside;
// inside a loop of its own, because only asynchronous operations can be given up after a time.
#pragma once

#include <filesystem>
#include <string>

#include "base/error.h"
#include "http/message.h"

namespace cachery::http {

struct ClientRequest {
  Method method = Method::get;
  std::string origin = {};  // "http://127.0.0.1:8080"
  std::string path = "/";   // percent-encoded, with its query
  NamedValues headers = {};
  std::string body = {};
  // Who may have signed an https server's certificate; empty: the machine's authorities.
  std::filesystem::path ca_file = {};
};

// Any status is a success here. invalid: the origin; unavailable: nobody answers there, in time.
[[nodiscard]] Result<Response> fetch(const ClientRequest& request);

}  // namespace cachery::http
