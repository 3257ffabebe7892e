#include "api/key_text.h"

#include "base/utf8.h"

namespace cachery::api {

std::string key_text(std::string_view bytes) { return to_utf8(bytes); }

}  // namespace cachery::api
