// The path and query of a request's target, percent-decoded. Strict: a target that is not in
// origin form, or whose escapes are broken, is refused and not guessed at.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "http/message.h"

namespace cachery::http {

struct Target {
  std::vector<std::string> segments;
  NamedValues query;
};

[[nodiscard]] Result<Target> parse_target(std::string_view text);

// "http://127.0.0.1:8080", as a person writes it.
struct Origin {
  std::string scheme = {};  // http or https
  std::string host = {};    // without the brackets of an IPv6 address
  std::string port = {};
};

[[nodiscard]] Result<Origin> parse_origin(std::string_view url);
// One segment of a path, percent-encoded.
std::string encode_segment(std::string_view text);

}  // namespace cachery::http
