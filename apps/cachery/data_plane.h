// The data plane of one machine as `cachery serve` runs it: listeners, workers, store, TLS, behind
// the few words that the rest of the program needs. The one place where serve meets it.
// - open(): memory and listeners are had, so that ports are known; nobody is let in yet.
// - accept(): from here on clients are served, from the snapshot that was published before.
// - stop(): lets clients finish what they sent (limits::kDrainSeconds), then ends all threads.
#pragma once

#include <openssl/types.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "settings.h"
#include "tenant/node.h"

namespace cachery {

class DataPlane {
 public:
  virtual ~DataPlane() = default;

  // `tls_directory` is where the private CA lives; empty: there is no place for one (--local
  // without a data directory). Errors say what to do: a port in use, too little memory, a bad
  // certificate.
  [[nodiscard]] static Result<std::unique_ptr<DataPlane>> open(
      const Settings& settings, const std::filesystem::path& tls_directory);

  virtual tenant::Node& node() = 0;
  virtual uint16_t memcache_port() const = 0;
  virtual uint16_t tls_port() const = 0;  // 0: no TLS
  // For the next HTTPS connection; null: none. Any thread.
  virtual std::shared_ptr<SSL_CTX> tls_context() = 0;
  // When the certificate that clients are shown ends, unix seconds; nothing: no TLS. Any thread.
  virtual std::optional<int64_t> certificate_end() const = 0;
  // The host names that it is for. Any thread.
  virtual std::vector<std::string> certificate_names() const = 0;

  [[nodiscard]] virtual Status accept() = 0;
  // SIGHUP: certificates, and the settings whose row says so. On an error all stays as it was.
  [[nodiscard]] virtual Status reload(const Settings& settings) = 0;
  virtual void stop() = 0;
};

}  // namespace cachery
