// The TLS context that new connections are made from, and how it changes while the service runs.
// Certificates come from configured files or, with none, from the private CA. A context is never
// changed: a reload builds a new one and swaps it in whole, so that open connections continue on
// the old one and a file that is broken or half written leaves everything as it was. Sessions are
// resumed by stateless tickets (a reconnect storm must not cost a signature each); their keys live
// as long as a context, so a reload also ends what an old client CA allowed.
// Rejected: std::atomic<shared_ptr>, which spins in this library version; a mutex held for one
// reference count costs nothing beside a handshake.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "net/certificate_authority.h"
#include "net/openssl.h"

namespace cachery::net {

inline constexpr int64_t kExpiryWarningSeconds = 30 * kDaySeconds;
// A client certificate that is no longer accepted lives on in a ticket for this long at most.
inline constexpr long kSessionSeconds = 7'200;

enum class ClientCertificates {
  none,      // not asked for
  optional,  // asked for; a wrong one is refused, none at all is not
  required,
};

struct TlsSettings {
  std::filesystem::path directory{};    // <data-dir>/tls, the private CA's home
  std::vector<std::string> hosts{};     // what the private CA's certificate names
  std::filesystem::path certificate{};  // PEM with its chain; empty together with `key`: private CA
  std::filesystem::path key{};
  std::filesystem::path client_ca{};  // accepted beside the private CA; may be empty
  ClientCertificates client_certificates = ClientCertificates::none;
};

enum class CertificateChange { none, reloaded };

class CertificateStore {
 public:
  static Result<std::unique_ptr<CertificateStore>> open(TlsSettings settings, Now now);

  // Any thread.
  TlsContext current() const;
  int64_t expiry_unix_seconds() const;
  // The host names of the certificate that is served now: the subject's common name and the DNS
  // names beside it. Addresses are not among them.
  std::vector<std::string> names() const;
  // A line for the log from thirty days before expiry on; empty before. Any thread.
  std::string expiry_warning(Now now) const;

  // The owner's thread, both. An error means that what was in use stays in use.
  Status reload(Now now);
  // Renews the private CA's certificate when due, and reloads when a file has changed. To be called
  // every few seconds; the error of one broken file is returned once, not at every call.
  Result<CertificateChange> check_for_changes(Now now);

  // Null when certificates are configured and clients need none. The owner's thread.
  const CertificateAuthority* authority() const { return authority_ ? &*authority_ : nullptr; }

 private:
  struct FileStamp {
    int64_t modified_ns = -1;
    int64_t bytes = -1;
    uint64_t inode = 0;
    bool operator==(const FileStamp&) const = default;
  };
  using Stamps = std::array<FileStamp, 3>;  // certificate, key, client CA
  struct Loaded {
    TlsContext context;
    int64_t expiry_unix_seconds = 0;
  };

  explicit CertificateStore(TlsSettings settings) : settings_(std::move(settings)) {}

  Status open_authority(Now now);
  Status renew_when_due(Now now);
  Result<Loaded> load() const;
  Status load_certificate(SSL_CTX& context) const;
  Status load_client_cas(SSL_CTX& context) const;
  Stamps stamps() const;
  static FileStamp stamp_of(const std::filesystem::path& path);
  bool is_private() const { return settings_.certificate.empty(); }

  // the owner's thread only
  TlsSettings settings_;
  std::optional<CertificateAuthority> authority_;
  Stamps seen_{};
  int64_t renewal_retry_seconds_ = 0;

  // guarded by mutex_
  mutable std::mutex mutex_;
  Loaded loaded_;
};

}  // namespace cachery::net
