// Cookies of a request, and what protects changes that are proven by one: a browser sends a cookie
// for whoever asks it to, so a change also bears a value that only a page of ours can have read.
#pragma once

#include <string_view>

#include "base/error.h"
#include "http/message.h"

namespace cachery::api {

// Sent with every change by those whose proof is a cookie.
inline constexpr std::string_view kCsrfHeader = "X-CSRF-Token";

// Empty when the request has no cookie of the name.
std::string_view cookie_value(const http::Request& request, std::string_view name);

// forbidden: a change whose X-CSRF-Token is not `csrf_token`.
[[nodiscard]] Status check_csrf(const http::Request& request, std::string_view csrf_token);

// True for the methods that change nothing: no CSRF header is needed.
bool is_read(http::Method method);

}  // namespace cachery::api
