#include "net/tls_client.h"

namespace cachery::net {

Result<TlsContext> make_client_context(const TlsClientSettings& settings) {
  TlsContext context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  if (!context) return openssl_fail(Fault::internal, "cannot use TLS");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  if (!settings.verifies) return context;
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  if (settings.ca_path.empty()) {
    SSL_CTX_set_default_verify_paths(context.get());
  } else if (SSL_CTX_load_verify_file(context.get(), settings.ca_path.c_str()) != 1) {
    return openssl_fail(Fault::invalid, "cannot read certificates from " + settings.ca_path);
  }
  return context;
}

}  // namespace cachery::net
