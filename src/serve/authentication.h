// Who a connection is. Passwords are compared as digests in constant time, and an unknown user
// costs what a wrong password costs. Failures are counted by address and, past a few, answered
// late: the right password is never made to wait.
//
// One worker's own: no lock is shared by connections, and nothing here does I/O.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "tenant/table.h"

namespace cachery::serve {

// The credential, or null: no such user, a wrong password, or a cache that is disabled. `*known` is
// the user's entry whatever the password, for counting, or null.
const tenant::Entry* authenticate(const tenant::TenantTable& table, std::string_view username,
                                  std::string_view password, const tenant::Entry** known);

// A SASL PLAIN message: [authorisation] NUL user NUL password. False where it is none.
bool split_plain(std::string_view message, std::string_view* username, std::string_view* password);

// What only a login looks like among a set's key and value: a username (6 hex digits) and a
// password (32 upper-case ones) as the service makes them, or any key and both with a space between
// them.
bool has_login_form(std::string_view key, std::string_view value);

// The same with the password in lower case, or with blanks around the value, as a hand or a shell
// leaves it. A page's MD5 under a key of six hex digits looks like that too: it is a login only if
// the user is there and the password, put right, is theirs, which no data can be by chance.
bool is_misspelt_login(const tenant::TenantTable& table, std::string_view key,
                       std::string_view value);

// By address; of IPv6 by /64, whose addresses cost their owner nothing. The one that failed longest
// ago is forgotten for a new one: nobody's crowd of addresses wipes out what is known of all
// others.
class FailureLog {
 public:
  static constexpr size_t kAddressesMax = 10'000;  // bounds the memory that an attacker gets

  // Notes a failure and returns when it shall be answered (steady nanoseconds).
  uint64_t note(const std::string& address, uint64_t now_ns);

 private:
  struct Failures {
    std::string network;
    uint32_t count = 0;
    uint64_t last_ns = 0;
  };
  std::list<Failures> failures_;  // the latest last
  std::unordered_map<std::string_view, std::list<Failures>::iterator> by_network_;
};

}  // namespace cachery::serve
