// The ground that the endpoints of the analytics API, version 2, stand on:
// /api/v2/caches/{cache_id} and what is the same for all of them. Each file of endpoints gives
// rows; the credential, the id in the path and the shape of errors are seen to here:
// - 401 "Bad user": no or wrong credentials. 403: the credential may not use the API, or lacks what
//   the row needs: one that may only read changes nothing.
// - 429 with Retry-After: more requests of this cache's credentials than there may be.
// - 400: the id is not a number. 404: it is not the credential's own cache.
// - Errors are {"error":{"code":401,"message":"Bad user"}}, the code being the status.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/basic_login.h"
#include "control/time_window.h"
#include "http/router.h"

namespace cachery::api {

// One admitted request. Valid during the call.
struct V2Call {
  const http::Request& request;
  const ApiCredential& caller;

  tenant::CacheId cache() const { return caller.cache; }
};

struct V2Row {
  http::Method method = http::Method::get;
  const char* path = "";  // below /api/v2/caches/{cache_id}: "/alerts/{alert}"
  const char* summary = "";
  std::function<http::Response(const V2Call&)> answer = {};
  http::Description description = {};
  // What the credential must have; not set: `api` to read, `write` too to change something.
  std::optional<tenant::Capabilities> needs = {};
};

inline constexpr std::string_view kV2Base = "/api/v2/caches/{cache_id}";

// `login` must outlive the endpoints.
std::vector<http::Endpoint> v2_endpoints(const BasicLogin& login, std::vector<V2Row> rows);

http::Response v2_error(int status, std::string_view message);
// 429 with Retry-After.
http::Response v2_too_many(uint32_t wait_seconds);
// The fault's status. What a fault of ours says is for operators: it is logged, and the caller gets
// a general text.
http::Response v2_error(const Error& error);

// The number in the path's {name}. invalid: it is none.
[[nodiscard]] Result<uint64_t> path_number(const http::Request& request, std::string_view name);
// Start and end as the query has them, RFC 3339; by default the 24 hours up to the end, and that is
// now. An end in the future is now. invalid: no times, or a start after the end.
struct WindowNames {
  std::string_view start = "startTime";
  std::string_view end = "endTime";
};
[[nodiscard]] Result<control::TimeWindow> window_of(const http::Request& request,
                                                    int64_t now_unix_seconds,
                                                    const WindowNames& names = {});

}  // namespace cachery::api
