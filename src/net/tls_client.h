// What a client's end of TLS trusts, for commands that connect to somebody else's server: an
// authority that they were given, those of the system, or, where that is said, any certificate.
#pragma once

#include <string>

#include "base/error.h"
#include "net/openssl.h"

namespace cachery::net {

struct TlsClientSettings {
  std::string ca_path = {};  // PEM; empty: the authorities that the system trusts
  bool verifies = true;      // false: any certificate will do, so anybody may stand between
};

// invalid: the file holds no certificates.
[[nodiscard]] Result<TlsContext> make_client_context(const TlsClientSettings& settings);

}  // namespace cachery::net
