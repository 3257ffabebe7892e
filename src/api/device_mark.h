// A browser that signed in before is known when it signs in again: by a cookie that says whose it
// was, sealed by us. It opens nothing. When the places that hash passwords run short, a part is
// kept for those who have one (http/places.h), so that no crowd of guessers keeps people out.
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "control/account_records.h"
#include "control/seal.h"
#include "http/message.h"

namespace cachery::api {

inline constexpr std::string_view kDeviceCookie = "cachery_device";
inline constexpr int64_t kDeviceMarkSeconds = 180 * 86'400;

// Set-Cookie's value.
std::string device_cookie(const control::Sealer& sealer, control::AccountId account,
                          int64_t now_unix_seconds, bool is_secure);
// Who signed in from this browser: "account 7". Nothing: nobody that is known. Any thread.
std::optional<std::string> device_owner(const control::Sealer& sealer, const http::Request& request,
                                        int64_t now_unix_seconds);

}  // namespace cachery::api
