// HTTPS on the port of HTTP, with a certificate made for the test.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <filesystem>
#include <memory>

#include "http/client.h"
#include "http/server.h"

namespace cachery::http {
namespace {

using OwnedKey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using OwnedCertificate = std::unique_ptr<X509, decltype(&X509_free)>;

OwnedCertificate self_signed(EVP_PKEY* key) {
  OwnedCertificate certificate(X509_new(), X509_free);
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME* name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  X509_EXTENSION* names =
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1");
  X509_add_ext(certificate.get(), names, -1);
  X509_EXTENSION_free(names);
  X509_sign(certificate.get(), key, EVP_sha256());
  return certificate;
}

struct ServerTlsTest : testing::Test {
  ServerTlsTest() {
    std::string name = (std::filesystem::temp_directory_path() / "cachery-tls-XXXXXX").string();
    directory = ::mkdtemp(name.data());
    const OwnedKey key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    const OwnedCertificate certificate = self_signed(key.get());
    context.reset(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
    SSL_CTX_use_certificate(context.get(), certificate.get());
    SSL_CTX_use_PrivateKey(context.get(), key.get());
    std::FILE* file = std::fopen(ca_file().c_str(), "w");
    PEM_write_X509(file, certificate.get());
    std::fclose(file);
    server = start_server({.tls = [this] { return context; }}, [](const Request& request) {
               return Response{.body = "hello " + request.body};
             }).value();
  }
  ~ServerTlsTest() override {
    server.reset();
    std::filesystem::remove_all(directory);
  }
  std::string ca_file() const { return directory / "ca.pem"; }
  Result<Response> ask(const std::string& scheme, const std::string& ca) {
    return fetch({.method = Method::put,
                  .origin = fmt::format("{}://127.0.0.1:{}", scheme, server->port()),
                  .body = "you",
                  .ca_file = ca});
  }

  std::filesystem::path directory;
  std::shared_ptr<SSL_CTX> context;
  std::unique_ptr<Server> server;
};

TEST_F(ServerTlsTest, OnePortSpeaksHttpAndHttps) {
  for (const char* scheme : {"http", "https", "http", "https"}) {
    const auto response = ask(scheme, ca_file());
    ASSERT_TRUE(response.has_value()) << scheme << " " << response.error().detail;
    EXPECT_EQ(response->body, "hello you");
  }
}

TEST_F(ServerTlsTest, TheClientTrustsOnlyTheAuthorityItWasGiven) {
  const auto response = ask("https", "");
  ASSERT_FALSE(response.has_value());
  EXPECT_EQ(response.error().fault, Fault::unavailable);
}

}  // namespace
}  // namespace cachery::http
