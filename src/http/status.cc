#include "http/status.h"

#include "http/json.h"

namespace cachery::http {

int status_of(Fault fault) {
  switch (fault) {
    case Fault::invalid: return 400;
    case Fault::unauthorized: return 401;
    case Fault::forbidden: return 403;
    case Fault::not_found: return 404;
    case Fault::conflict: return 409;
    case Fault::exhausted: return 409;  // a limit of ours: trying again alone does not help
    case Fault::unavailable: return 503;
    case Fault::internal: return 500;
  }
  return 500;
}

std::string_view name_of(Fault fault) {
  switch (fault) {
    case Fault::invalid: return "invalid";
    case Fault::unauthorized: return "unauthorized";
    case Fault::forbidden: return "forbidden";
    case Fault::not_found: return "not_found";
    case Fault::conflict: return "conflict";
    case Fault::exhausted: return "exhausted";
    case Fault::unavailable: return "unavailable";
    case Fault::internal: return "internal";
  }
  return "internal";
}

Response error_response(const Error& error) {
  Response response = error_response(status_of(error.fault), name_of(error.fault), error.detail);
  if (error.fault == Fault::unauthorized) {
    response.headers.emplace_back("WWW-Authenticate", "Bearer");
  }
  if (error.fault == Fault::unavailable) response.headers.emplace_back("Retry-After", "1");
  return response;
}

Response error_response(int status, std::string_view code, std::string_view message) {
  return json_response(status, {{"error", {{"code", code}, {"message", message}}}});
}

}  // namespace cachery::http
