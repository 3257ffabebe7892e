// Keys as JSON text. A key is any bytes, JSON is UTF-8: what is no UTF-8 becomes U+FFFD, so that an
// answer can always be read.
#pragma once

#include <string>
#include <string_view>

namespace cachery::api {

std::string key_text(std::string_view bytes);

}  // namespace cachery::api
