#include "api/cookie.h"

#include <fmt/format.h>

#include <algorithm>

#include "tenant/digest.h"

namespace cachery::api {
namespace {

// In a time that does not tell how much of it was right.
bool is_same(std::string_view a, std::string_view b) {
  return tenant::equal_in_constant_time(tenant::digest_password(a), tenant::digest_password(b));
}

}  // namespace

std::string_view cookie_value(const http::Request& request, std::string_view name) {
  std::string_view rest = request.header("Cookie");
  while (!rest.empty()) {
    const size_t end = std::min(rest.find(';'), rest.size());
    std::string_view one = rest.substr(0, end);
    one.remove_prefix(std::min(one.find_first_not_of(' '), one.size()));
    if (one.size() > name.size() && one.starts_with(name) && one[name.size()] == '=') {
      return one.substr(name.size() + 1);
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return {};
}

Status check_csrf(const http::Request& request, std::string_view csrf_token) {
  if (is_read(request.method)) return {};
  if (is_same(request.header(kCsrfHeader), csrf_token)) return {};
  return fail(Fault::forbidden, fmt::format("a change by cookie needs the csrf_token that GET "
                                            "/api/admin/v1/me tells, in the header {}",
                                            kCsrfHeader));
}

bool is_read(http::Method method) { return method == http::Method::get; }

}  // namespace cachery::api
