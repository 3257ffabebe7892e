#include "net/certificate_authority.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>

#include "base/random.h"

namespace cachery::net {
namespace {

namespace fs = std::filesystem;

// A certificate is valid from an hour ago: clients' clocks run behind.
constexpr int64_t kBackdateSeconds = 3'600;
constexpr size_t kCommonNameBytesMax = 64;  // X.520 ub-common-name
constexpr mode_t kSecretMode = 0600;
constexpr mode_t kPublicMode = 0644;

struct Extension {
  int nid;
  std::string value;
};

struct CertificateDraft {
  std::string common_name;
  int64_t not_before;
  int64_t not_after;
  EVP_PKEY* key;       // the subject's
  const X509* issuer;  // null: signed by itself
  EVP_PKEY* issuer_key;
  std::vector<Extension> extensions;
};

std::unexpected<Error> system_fail(std::string_view what, const fs::path& path) {
  return fail(Fault::unavailable,
              std::string(what) + " " + path.string() + ": " + std::strerror(errno));
}

// ---- files

Status write_all(int file, std::string_view contents, const fs::path& path) {
  while (!contents.empty()) {
    ssize_t written = ::write(file, contents.data(), contents.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return system_fail("cannot write", path);
    contents.remove_prefix(static_cast<size_t>(written));
  }
  if (::fsync(file) != 0) return system_fail("cannot sync", path);
  return {};
}

Status sync_directory(const fs::path& directory) {
  int file = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return system_fail("cannot open", directory);
  int outcome = ::fsync(file);
  ::close(file);
  if (outcome != 0) return system_fail("cannot sync", directory);
  return {};
}

Status replace_file(const fs::path& path, std::string_view contents, mode_t mode) {
  fs::path fresh = path;
  fresh += ".new";
  ::unlink(fresh.c_str());  // left by a crash, perhaps with another mode
  int file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (file < 0) return system_fail("cannot create", fresh);
  Status written = write_all(file, contents, fresh);
  ::close(file);
  if (!written) {
    ::unlink(fresh.c_str());
    return written;
  }
  if (::rename(fresh.c_str(), path.c_str()) != 0) return system_fail("cannot replace", path);
  return sync_directory(path.parent_path());
}

Result<OwnedBio> read_file(const fs::path& path) {
  OwnedBio bio(BIO_new_file(path.c_str(), "r"));
  if (bio) return bio;
  ERR_clear_error();
  return system_fail("cannot read", path);
}

// Whether there is such a file; what cannot be opened for another reason (no descriptor left, no
// permission) is there, and may be good.
Result<bool> is_file_there(const fs::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0 && errno == ENOENT) return false;
  if (file < 0) return system_fail("cannot read", path);
  ::close(file);
  return true;
}

Result<OwnedCertificate> read_certificate(const fs::path& path) {
  Result<OwnedBio> file = read_file(path);
  if (!file) return std::unexpected(file.error());
  OwnedCertificate certificate(PEM_read_bio_X509(file->get(), nullptr, refuse_password, nullptr));
  if (!certificate) return openssl_fail(Fault::invalid, path.string() + " holds no certificate");
  return certificate;
}

Result<OwnedKey> read_key(const fs::path& path) {
  Result<OwnedBio> file = read_file(path);
  if (!file) return std::unexpected(file.error());
  OwnedKey key(PEM_read_bio_PrivateKey(file->get(), nullptr, refuse_password, nullptr));
  if (!key) return openssl_fail(Fault::invalid, path.string() + " holds no usable key");
  return key;
}

// ---- PEM

Result<std::string> text_of(const OwnedBio& bio) {
  char* bytes = nullptr;
  long count = BIO_get_mem_data(bio.get(), &bytes);
  if (count <= 0) return openssl_fail(Fault::internal, "cannot write PEM");
  return std::string(bytes, static_cast<size_t>(count));
}

Result<std::string> pem_of(const std::vector<const X509*>& certificates) {
  OwnedBio bio(BIO_new(BIO_s_mem()));
  for (const X509* certificate : certificates) {
    if (!bio || PEM_write_bio_X509(bio.get(), certificate) != 1) {
      return openssl_fail(Fault::internal, "cannot write a certificate as PEM");
    }
  }
  return text_of(bio);
}

Result<std::string> pem_of(const EVP_PKEY& key) {
  OwnedBio bio(BIO_new(BIO_s_mem()));
  if (!bio ||
      PEM_write_bio_PrivateKey(bio.get(), &key, nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return openssl_fail(Fault::internal, "cannot write a key as PEM");
  }
  return text_of(bio);
}

// ---- certificates

Result<OwnedKey> make_key() {
  OwnedKey key(EVP_EC_gen("P-256"));
  if (!key) return openssl_fail(Fault::internal, "cannot make a P-256 key");
  return key;
}

bool set_serial(X509* certificate) {
  std::array<unsigned char, 16> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) return false;
  bytes[0] = static_cast<unsigned char>((bytes[0] & 0x7f) | 0x40);  // positive, never short
  std::unique_ptr<BIGNUM, OpensslDelete<BN_free>> number(
      BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
  return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool set_subject(X509* certificate, const std::string& common_name) {
  X509_NAME* subject = X509_get_subject_name(certificate);
  return X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(common_name.data()),
                                    static_cast<int>(common_name.size()), -1, 0) == 1;
}

bool set_life(X509* certificate, const CertificateDraft& draft) {
  return ASN1_TIME_set(X509_getm_notBefore(certificate), draft.not_before) != nullptr &&
         ASN1_TIME_set(X509_getm_notAfter(certificate), draft.not_after) != nullptr;
}

bool add_extension(X509* certificate, const X509* issuer, const Extension& extension) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, const_cast<X509*>(issuer), certificate, nullptr, nullptr, 0);
  std::unique_ptr<X509_EXTENSION, OpensslDelete<X509_EXTENSION_free>> made(
      X509V3_EXT_conf_nid(nullptr, &context, extension.nid, extension.value.c_str()));
  return made && X509_add_ext(certificate, made.get(), -1) == 1;
}

Result<OwnedCertificate> sign(const CertificateDraft& draft) {
  OwnedCertificate made(X509_new());
  const X509* issuer = draft.issuer != nullptr ? draft.issuer : made.get();
  bool good = made && X509_set_version(made.get(), X509_VERSION_3) == 1 && set_serial(made.get()) &&
              set_subject(made.get(), draft.common_name) &&
              X509_set_issuer_name(made.get(), X509_get_subject_name(issuer)) == 1 &&
              set_life(made.get(), draft) && X509_set_pubkey(made.get(), draft.key) == 1;
  for (const Extension& extension : draft.extensions) {
    good = good && add_extension(made.get(), issuer, extension);
  }
  if (!good || X509_sign(made.get(), draft.issuer_key, EVP_sha256()) == 0) {
    return openssl_fail(Fault::internal, "cannot make a certificate for " + draft.common_name);
  }
  return made;
}

// ---- names

bool is_address(const std::string& host) {
  in6_addr address{};
  return ::inet_pton(AF_INET, host.c_str(), &address) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

// What may stand in a certificate as a DNS name; a comma, say, would start another name.
bool is_dns_name(const std::string& host) {
  auto is_allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '*';
  };
  return !host.empty() && host.size() <= 253 && std::ranges::all_of(host, is_allowed);
}

std::vector<std::string> with_loopback(const std::vector<std::string>& hosts) {
  std::vector<std::string> all = hosts;
  for (const char* name : {"localhost", "127.0.0.1", "::1"}) {
    if (std::ranges::find(all, name) == all.end()) all.emplace_back(name);
  }
  return all;
}

Result<std::string> alternative_names(const std::vector<std::string>& hosts) {
  std::string names;
  for (const std::string& host : hosts) {
    if (!is_address(host) && !is_dns_name(host)) {
      return fail(Fault::invalid, "'" + host + "' is neither a host name nor an IP address: it " +
                                      "cannot be named in the TLS certificate");
    }
    if (!names.empty()) names += ",";
    names += (is_address(host) ? "IP:" : "DNS:") + host;
  }
  return names;
}

bool is_named(X509* certificate, const std::string& host) {
  if (is_address(host)) return X509_check_ip_asc(certificate, host.c_str(), 0) == 1;
  return X509_check_host(certificate, host.c_str(), host.size(), 0, nullptr) == 1 ||
         host.find('*') != std::string::npos;  // a pattern is no host to look for
}

bool is_common_name(std::string_view name) {
  return !name.empty() && name.size() <= kCommonNameBytesMax &&
         std::ranges::all_of(name, [](char c) { return c >= ' ' && c <= '~'; });
}

// ---- the CA itself

struct CaPair {
  OwnedCertificate certificate;
  OwnedKey key;
};

Result<CaPair> load_ca(const fs::path& directory, int64_t now_seconds) {
  Result<OwnedCertificate> certificate = read_certificate(directory / "ca.pem");
  if (!certificate) return std::unexpected(certificate.error());
  Result<OwnedKey> key = read_key(directory / "ca.key");
  if (!key) return std::unexpected(key.error());
  std::string path = (directory / "ca.pem").string();
  if (X509_check_private_key(certificate->get(), key->get()) != 1) {
    ERR_clear_error();
    return fail(Fault::invalid, path + " and ca.key do not belong together: restore both, or " +
                                    "remove both for a new CA (and give it to every client)");
  }
  if (expiry_of(**certificate) <= now_seconds) {
    return fail(Fault::invalid, path + " has expired: remove it and ca.key for a new CA, and " +
                                    "give the new ca.pem to every client");
  }
  return CaPair{std::move(*certificate), std::move(*key)};
}

Result<CaPair> make_ca(const fs::path& directory, int64_t now_seconds) {
  Result<OwnedKey> key = make_key();
  if (!key) return std::unexpected(key.error());
  // The name differs between installations: a client that trusts two must tell them apart.
  Result<OwnedCertificate> certificate =
      sign({.common_name = "Cachery private CA " + random_hex(4, HexCase::lower),
            .not_before = now_seconds - kBackdateSeconds,
            .not_after = now_seconds + kCaSeconds,
            .key = key->get(),
            .issuer = nullptr,
            .issuer_key = key->get(),
            .extensions = {{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
                           {NID_key_usage, "critical,keyCertSign,cRLSign"},
                           {NID_subject_key_identifier, "hash"}}});
  if (!certificate) return std::unexpected(certificate.error());
  Result<std::string> key_pem = pem_of(**key);
  Result<std::string> certificate_pem = pem_of({certificate->get()});
  if (!key_pem) return std::unexpected(key_pem.error());
  if (!certificate_pem) return std::unexpected(certificate_pem.error());
  // The key first: a key without ca.pem is a start that broke off, and is made again.
  Status written = replace_file(directory / "ca.key", *key_pem, kSecretMode);
  if (written) written = replace_file(directory / "ca.pem", *certificate_pem, kPublicMode);
  if (!written) return std::unexpected(written.error());
  return CaPair{std::move(*certificate), std::move(*key)};
}

Status make_directory(const fs::path& directory) {
  std::error_code error;
  bool is_new = fs::create_directories(directory, error);
  if (!error && is_new) fs::permissions(directory, fs::perms::owner_all, error);
  if (error) {
    return fail(Fault::unavailable, "cannot make " + directory.string() + ": " + error.message());
  }
  return {};
}

}  // namespace

Result<CertificateAuthority> CertificateAuthority::open(fs::path directory, int64_t now_seconds) {
  Status made = make_directory(directory);
  if (!made) return std::unexpected(made.error());
  std::error_code error;
  bool is_there = fs::exists(directory / "ca.pem", error);
  Result<CaPair> pair =
      is_there || error ? load_ca(directory, now_seconds) : make_ca(directory, now_seconds);
  if (!pair) return std::unexpected(pair.error());
  return CertificateAuthority(std::move(directory), std::move(pair->certificate),
                              std::move(pair->key));
}

CertificateAuthority::CertificateAuthority(fs::path directory, OwnedCertificate certificate,
                                           OwnedKey key)
    : directory_(std::move(directory)),
      certificate_(std::move(certificate)),
      key_(std::move(key)) {}

Result<Renewal> CertificateAuthority::ensure_server_certificate(
    const std::vector<std::string>& hosts, int64_t now_seconds) {
  std::vector<std::string> all = with_loopback(hosts);
  for (const fs::path& path : {server_certificate_path(), server_key_path()}) {
    if (Result<bool> there = is_file_there(path); !there) return std::unexpected(there.error());
  }
  bool is_good = is_server_certificate_good(all, now_seconds);
  ERR_clear_error();  // why it is not good is of no interest: it is replaced
  if (is_good) return Renewal::not_due;
  Status issued = issue_server_certificate(all, now_seconds);
  if (!issued) return std::unexpected(issued.error());
  return Renewal::renewed;
}

bool CertificateAuthority::is_server_certificate_good(const std::vector<std::string>& hosts,
                                                      int64_t now_seconds) const {
  Result<OwnedCertificate> certificate = read_certificate(server_certificate_path());
  Result<OwnedKey> key = read_key(server_key_path());
  if (!certificate || !key) return false;
  X509* server = certificate->get();
  if (X509_check_private_key(server, key->get()) != 1) return false;
  if (X509_verify(server, key_.get()) != 1) return false;
  // No certificate outlives its CA: in the CA's last days renewing would change nothing.
  bool is_last = expiry_of(*server) >= expiry_of(*certificate_);
  if (expiry_of(*server) - now_seconds <= kRenewBeforeSeconds && !is_last) return false;
  return std::ranges::all_of(hosts, [&](const auto& host) { return is_named(server, host); });
}

Status CertificateAuthority::issue_server_certificate(const std::vector<std::string>& hosts,
                                                      int64_t now_seconds) const {
  Result<std::string> names = alternative_names(hosts);
  if (!names) return std::unexpected(names.error());
  Result<OwnedKey> key = make_key();
  if (!key) return std::unexpected(key.error());
  Result<OwnedCertificate> certificate = sign(
      {.common_name = "Cachery server",
       .not_before = now_seconds - kBackdateSeconds,
       .not_after = std::min(now_seconds + kServerCertificateSeconds, expiry_of(*certificate_)),
       .key = key->get(),
       .issuer = certificate_.get(),
       .issuer_key = key_.get(),
       .extensions = {{NID_basic_constraints, "critical,CA:FALSE"},
                      {NID_key_usage, "critical,digitalSignature"},
                      {NID_ext_key_usage, "serverAuth"},
                      {NID_subject_key_identifier, "hash"},
                      {NID_authority_key_identifier, "keyid"},
                      {NID_subject_alt_name, *names}}});
  if (!certificate) return std::unexpected(certificate.error());
  Result<std::string> key_pem = pem_of(**key);
  Result<std::string> chain_pem = pem_of({certificate->get(), certificate_.get()});
  if (!key_pem) return std::unexpected(key_pem.error());
  if (!chain_pem) return std::unexpected(chain_pem.error());
  Status written = replace_file(server_key_path(), *key_pem, kSecretMode);
  return written ? replace_file(server_certificate_path(), *chain_pem, kPublicMode) : written;
}

Result<IssuedCertificate> CertificateAuthority::issue_client_certificate(
    std::string_view common_name, int64_t now_seconds) const {
  if (!is_common_name(common_name)) {
    return fail(Fault::invalid, "'" + std::string(common_name) + "' cannot be the name in a " +
                                    "client certificate: give 1 to 64 printable characters");
  }
  Result<OwnedKey> key = make_key();
  if (!key) return std::unexpected(key.error());
  // clientAuth and nothing else: it cannot pose as a server, nor a server's as a client.
  Result<OwnedCertificate> certificate = sign(
      {.common_name = std::string(common_name),
       .not_before = now_seconds - kBackdateSeconds,
       .not_after = std::min(now_seconds + kClientCertificateSeconds, expiry_of(*certificate_)),
       .key = key->get(),
       .issuer = certificate_.get(),
       .issuer_key = key_.get(),
       .extensions = {{NID_basic_constraints, "critical,CA:FALSE"},
                      {NID_key_usage, "critical,digitalSignature"},
                      {NID_ext_key_usage, "clientAuth"},
                      {NID_subject_key_identifier, "hash"},
                      {NID_authority_key_identifier, "keyid"}}});
  if (!certificate) return std::unexpected(certificate.error());
  Result<std::string> certificate_pem = pem_of({certificate->get(), certificate_.get()});
  if (!certificate_pem) return std::unexpected(certificate_pem.error());
  Result<std::string> key_pem = pem_of(**key);
  if (!key_pem) return std::unexpected(key_pem.error());
  return IssuedCertificate{std::move(*certificate_pem), std::move(*key_pem)};
}

}  // namespace cachery::net
