#include "control/email.h"

#include <algorithm>

namespace cachery::control {
namespace {

bool is_printable(char c) { return c > ' ' && c < 127; }

// Characters that would end an address in a mail's head or a list of them.
bool is_email_character(char c) {
  return is_printable(c) && std::string_view("<>()[],;:\\\"").find(c) == std::string_view::npos;
}

bool is_domain(std::string_view domain) {
  const auto is_good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.';
  };
  return !domain.empty() && std::ranges::all_of(domain, is_good) && domain.front() != '.' &&
         domain.back() != '.' && domain.find("..") == std::string_view::npos;
}

}  // namespace

Status check_email(std::string_view email) {
  const size_t at = email.find('@');
  const bool is_good = email.size() <= kEmailBytesMax && at != std::string_view::npos && at > 0 &&
                       at <= 64 && std::ranges::all_of(email, is_email_character) &&
                       is_domain(email.substr(at + 1));
  if (is_good) return {};
  return fail(Fault::invalid, "\"email\" must be an address as name@example.org, in ASCII");
}

}  // namespace cachery::control
