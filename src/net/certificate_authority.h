// The private certificate authority of an installation that was given no certificate: TLS must
// work at the first start without a person buying anything. The authority lives ten years in
// <data-dir>/tls (ca.pem, ca.key) and never changes by itself, because clients hold ca.pem; the
// server's certificate lives ninety days (server.pem with the chain, server.key) and is renewed
// when thirty remain, so that a renewal that fails has a month to be noticed in. Keys are ECDSA
// P-256. Files are written beside, synced and renamed: a crash leaves the old or the new one. A
// certificate and key that do not fit each other (a crash between two renames) are issued anew; a
// broken CA is an error instead, since a new one would lock out every client.
// Rejected: a self-signed server certificate, which clients must trust anew at each renewal.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "net/openssl.h"

namespace cachery::net {

inline constexpr int64_t kDaySeconds = 86'400;
inline constexpr int64_t kCaSeconds = 3'650 * kDaySeconds;
inline constexpr int64_t kServerCertificateSeconds = 90 * kDaySeconds;
inline constexpr int64_t kRenewBeforeSeconds = 30 * kDaySeconds;
inline constexpr int64_t kClientCertificateSeconds = 730 * kDaySeconds;  // nothing renews these
static_assert(kRenewBeforeSeconds < kServerCertificateSeconds);
static_assert(kClientCertificateSeconds < kCaSeconds);

enum class Renewal { not_due, renewed };

struct IssuedCertificate {
  std::string certificate_pem;  // the certificate, then the CA
  std::string key_pem;          // secret: kept by nobody but the one who asked
};

// One thread. A second process may open the same directory (to issue client certificates).
class CertificateAuthority {
 public:
  // Loads the CA in `directory`, or makes the directory and the CA.
  static Result<CertificateAuthority> open(std::filesystem::path directory, int64_t now_seconds);

  // Sees to it that server.pem and server.key exist, fit, come from this CA, have thirty days left
  // and name every one of `hosts` (host names and IP addresses) beside localhost, 127.0.0.1, ::1.
  // One that is there and cannot be opened, as without a free descriptor, is not replaced: an
  // error.
  Result<Renewal> ensure_server_certificate(const std::vector<std::string>& hosts,
                                            int64_t now_seconds);

  // For a client that proves who it is by certificate. `common_name`: 1-64 printable ASCII
  // characters; a server reads it back as TlsStream::client_common_name().
  Result<IssuedCertificate> issue_client_certificate(std::string_view common_name,
                                                     int64_t now_seconds) const;

  const X509& certificate() const { return *certificate_; }
  std::filesystem::path ca_path() const { return directory_ / "ca.pem"; }
  std::filesystem::path server_certificate_path() const { return directory_ / "server.pem"; }
  std::filesystem::path server_key_path() const { return directory_ / "server.key"; }

 private:
  CertificateAuthority(std::filesystem::path directory, OwnedCertificate certificate, OwnedKey key);

  bool is_server_certificate_good(const std::vector<std::string>& hosts, int64_t now_seconds) const;
  Status issue_server_certificate(const std::vector<std::string>& hosts, int64_t now_seconds) const;

  // set at start
  std::filesystem::path directory_;
  OwnedCertificate certificate_;
  OwnedKey key_;
};

}  // namespace cachery::net
