#include "net/certificate_store.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <utility>

namespace cachery::net {
namespace {

// A disk that is full today must not fill the log with one line every few seconds.
constexpr int64_t kRenewalRetrySeconds = 3'600;
// AES-128 first: as safe against today's attackers as AES-256, and cheaper.
constexpr const char* kTls12Ciphers = "ECDHE+AESGCM+AES128:ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr const char* kTls13Ciphers =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr unsigned char kSessionContext[] = "cachery";

// Lets the name be stored with a TLS 1.2 session, so that a resumed connection still has it.
int accept_server_name(SSL*, int*, void*) { return SSL_TLSEXT_ERR_OK; }

void set_options(SSL_CTX* context) {
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_default_passwd_cb(context, refuse_password);
  SSL_CTX_set_tlsext_servername_callback(context, accept_server_name);
  SSL_CTX_set_timeout(context, kSessionSeconds);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);  // tickets need no memory here
}

Result<TlsContext> make_context() {
  ERR_clear_error();
  TlsContext context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  if (!context) return openssl_fail(Fault::internal, "cannot make a TLS context");
  set_options(context.get());
  bool good = SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) == 1 &&
              SSL_CTX_set_cipher_list(context.get(), kTls12Ciphers) == 1 &&
              SSL_CTX_set_ciphersuites(context.get(), kTls13Ciphers) == 1 &&
              SSL_CTX_set1_groups_list(context.get(), "X25519:P-256:P-384") == 1 &&
              SSL_CTX_set_num_tickets(context.get(), 1) == 1 &&
              SSL_CTX_set_session_id_context(context.get(), kSessionContext,
                                             sizeof(kSessionContext) - 1) == 1;
  if (!good) return openssl_fail(Fault::internal, "cannot set up a TLS context");
  return context;
}

int verify_mode(ClientCertificates mode) {
  switch (mode) {
    case ClientCertificates::none:
      return SSL_VERIFY_NONE;
    case ClientCertificates::optional:
      return SSL_VERIFY_PEER;
    case ClientCertificates::required:
      return SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
  }
  return SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
}

Status check_settings(const TlsSettings& settings) {
  if (settings.certificate.empty() == settings.key.empty()) return {};
  std::string missing = settings.key.empty() ? "the key" : "the certificate";
  return fail(Fault::invalid,
              "a TLS certificate and its key are set together: " + missing + " is missing");
}

std::vector<std::string> host_names_of(const X509& certificate) {
  using OwnedNames = std::unique_ptr<GENERAL_NAMES, OpensslDelete<GENERAL_NAMES_free>>;
  std::vector<std::string> names;
  if (std::string common = common_name_of(certificate); !common.empty()) names.push_back(common);
  const OwnedNames others(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; others && i < sk_GENERAL_NAME_num(others.get()); ++i) {
    int kind = 0;
    const void* value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(others.get(), i), &kind);
    if (kind != GEN_DNS) continue;
    const auto* text = static_cast<const ASN1_STRING*>(value);
    names.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                       static_cast<size_t>(ASN1_STRING_length(text)));
  }
  return names;
}

}  // namespace

Result<std::unique_ptr<CertificateStore>> CertificateStore::open(TlsSettings settings, Now now) {
  Status good = check_settings(settings);
  if (!good) return std::unexpected(good.error());
  std::unique_ptr<CertificateStore> store(new CertificateStore(std::move(settings)));
  Status opened = store->open_authority(now);
  if (!opened) return std::unexpected(opened.error());
  store->seen_ = store->stamps();
  Result<Loaded> loaded = store->load();
  if (!loaded) return std::unexpected(loaded.error());
  store->loaded_ = std::move(*loaded);
  return store;
}

TlsContext CertificateStore::current() const {
  std::lock_guard lock(mutex_);
  return loaded_.context;
}

int64_t CertificateStore::expiry_unix_seconds() const {
  std::lock_guard lock(mutex_);
  return loaded_.expiry_unix_seconds;
}

std::vector<std::string> CertificateStore::names() const {
  const TlsContext context = current();
  return host_names_of(*SSL_CTX_get0_certificate(context.get()));
}

std::string CertificateStore::expiry_warning(Now now) const {
  int64_t left = expiry_unix_seconds() - now.unix_seconds;
  if (left > kExpiryWarningSeconds) return {};
  if (left <= 0) return "the TLS certificate has expired: clients refuse to connect";
  return "the TLS certificate expires in " + std::to_string(left / kDaySeconds) + " days";
}

Status CertificateStore::reload(Now now) {
  // Taken before the files are read: what changes meanwhile is seen by the next check.
  seen_ = stamps();
  Result<Loaded> fresh = load();
  if (!fresh) return std::unexpected(fresh.error());
  int64_t expiry = fresh->expiry_unix_seconds;
  std::lock_guard lock(mutex_);
  if (expiry <= now.unix_seconds && expiry < loaded_.expiry_unix_seconds) {
    return fail(Fault::invalid, "the new TLS certificate has expired already: the old one stays");
  }
  loaded_ = std::move(*fresh);
  return {};
}

Result<CertificateChange> CertificateStore::check_for_changes(Now now) {
  Status renewed = renew_when_due(now);
  if (!renewed) return std::unexpected(renewed.error());
  if (stamps() == seen_) return CertificateChange::none;
  Status loaded = reload(now);
  if (!loaded) return std::unexpected(loaded.error());
  return CertificateChange::reloaded;
}

Status CertificateStore::open_authority(Now now) {
  if (!is_private() && settings_.client_certificates == ClientCertificates::none) return {};
  Result<CertificateAuthority> opened =
      CertificateAuthority::open(settings_.directory, now.unix_seconds);
  if (!opened) return std::unexpected(opened.error());
  authority_ = std::move(*opened);
  return renew_when_due(now);
}

Status CertificateStore::renew_when_due(Now now) {
  if (!is_private() || now.unix_seconds < renewal_retry_seconds_) return {};
  Result<Renewal> renewal =
      authority_->ensure_server_certificate(settings_.hosts, now.unix_seconds);
  if (renewal) return {};
  renewal_retry_seconds_ = now.unix_seconds + kRenewalRetrySeconds;
  return std::unexpected(renewal.error());
}

Result<CertificateStore::Loaded> CertificateStore::load() const {
  Result<TlsContext> context = make_context();
  if (!context) return std::unexpected(context.error());
  Status good = load_certificate(**context);
  if (good) good = load_client_cas(**context);
  if (!good) return std::unexpected(good.error());
  const X509* certificate = SSL_CTX_get0_certificate(context->get());
  return Loaded{.context = *context, .expiry_unix_seconds = expiry_of(*certificate)};
}

Status CertificateStore::load_certificate(SSL_CTX& context) const {
  std::filesystem::path certificate =
      is_private() ? authority_->server_certificate_path() : settings_.certificate;
  std::filesystem::path key = is_private() ? authority_->server_key_path() : settings_.key;
  if (SSL_CTX_use_certificate_chain_file(&context, certificate.c_str()) != 1) {
    return openssl_fail(Fault::invalid, "cannot use the TLS certificate " + certificate.string());
  }
  if (SSL_CTX_use_PrivateKey_file(&context, key.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(&context) != 1) {
    return openssl_fail(Fault::invalid, "cannot use the TLS key " + key.string() + " with " +
                                            certificate.string() +
                                            " (a key with a password is not supported)");
  }
  return {};
}

Status CertificateStore::load_client_cas(SSL_CTX& context) const {
  SSL_CTX_set_verify(&context, verify_mode(settings_.client_certificates), nullptr);
  if (settings_.client_certificates == ClientCertificates::none) return {};
  X509* own = const_cast<X509*>(&authority_->certificate());  // OpenSSL takes a reference
  if (X509_STORE_add_cert(SSL_CTX_get_cert_store(&context), own) != 1 ||
      SSL_CTX_add_client_CA(&context, own) != 1) {
    return openssl_fail(Fault::internal, "cannot trust the private CA for clients");
  }
  if (settings_.client_ca.empty()) return {};
  const char* path = settings_.client_ca.c_str();
  if (SSL_CTX_load_verify_file(&context, path) != 1 ||
      SSL_add_file_cert_subjects_to_stack(SSL_CTX_get_client_CA_list(&context), path) != 1) {
    return openssl_fail(Fault::invalid, "cannot use the client CA " + settings_.client_ca.string());
  }
  return {};
}

CertificateStore::Stamps CertificateStore::stamps() const {
  if (is_private()) {
    return {stamp_of(authority_->server_certificate_path()),
            stamp_of(authority_->server_key_path()), stamp_of(settings_.client_ca)};
  }
  return {stamp_of(settings_.certificate), stamp_of(settings_.key), stamp_of(settings_.client_ca)};
}

CertificateStore::FileStamp CertificateStore::stamp_of(const std::filesystem::path& path) {
  struct stat status{};
  if (path.empty() || ::stat(path.c_str(), &status) != 0) return {};
  return {.modified_ns = status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec,
          .bytes = status.st_size,
          .inode = status.st_ino};
}

}  // namespace cachery::net
