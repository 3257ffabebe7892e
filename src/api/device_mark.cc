#include "api/device_mark.h"

#include <fmt/format.h>

#include <charconv>

#include "api/cookie.h"

namespace cachery::api {
namespace {

constexpr std::string_view kWhat = "device ";  // nothing else that is sealed begins so
constexpr size_t kHexBytesMax = 512;

std::string to_hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return text;
}

std::optional<std::string> from_hex(std::string_view text) {
  if (text.empty() || text.size() % 2 != 0 || text.size() > kHexBytesMax) return std::nullopt;
  std::string bytes;
  for (size_t at = 0; at < text.size(); at += 2) {
    unsigned value = 0;
    const char* const end = text.data() + at + 2;
    const auto read = std::from_chars(text.data() + at, end, value, 16);
    if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
    bytes += static_cast<char>(value);
  }
  return bytes;
}

}  // namespace

std::string device_cookie(const control::Sealer& sealer, control::AccountId account,
                          int64_t now_unix_seconds, bool is_secure) {
  const std::string mark =
      sealer.seal(fmt::format("{}{} {}", kWhat, account, now_unix_seconds + kDeviceMarkSeconds));
  return fmt::format("{}={}; Path=/api; Max-Age={}; HttpOnly; SameSite=Lax{}", kDeviceCookie,
                     to_hex(mark), kDeviceMarkSeconds, is_secure ? "; Secure" : "");
}

std::optional<std::string> device_owner(const control::Sealer& sealer, const http::Request& request,
                                        int64_t now_unix_seconds) {
  const auto sealed = from_hex(cookie_value(request, kDeviceCookie));
  if (!sealed) return std::nullopt;
  const auto mark = sealer.open(*sealed);
  if (!mark || !mark->starts_with(kWhat)) return std::nullopt;
  const std::string_view text = std::string_view(*mark).substr(kWhat.size());
  uint64_t account = 0;
  int64_t end = 0;
  const char* const last = text.data() + text.size();
  const auto first = std::from_chars(text.data(), last, account);
  if (first.ec != std::errc() || first.ptr == last) return std::nullopt;
  if (std::from_chars(first.ptr + 1, last, end).ec != std::errc()) return std::nullopt;
  if (end <= now_unix_seconds) return std::nullopt;
  return fmt::format("account {}", account);
}

}  // namespace cachery::api
