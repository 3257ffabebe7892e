#include "net/certificate_authority.h"

#include <gtest/gtest.h>
#include <openssl/x509v3.h>

#include "net/tls_test_peer.h"

namespace cachery::net {
namespace {

using test::read_text;
using test::TempDirectory;
using test::write_text;

constexpr int64_t kNow = 1'800'000'000;

CertificateAuthority open(const std::filesystem::path& path, int64_t now = kNow) {
  Result<CertificateAuthority> authority = CertificateAuthority::open(path, now);
  if (!authority) throw std::runtime_error(authority.error().detail);  // ends the test, by name
  return std::move(*authority);
}

OwnedCertificate parse(const std::string& pem) {
  OwnedBio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return OwnedCertificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
}

std::filesystem::perms mode_of(const std::filesystem::path& path) {
  return std::filesystem::status(path).permissions();
}

TEST(CertificateAuthority, MakesACaAndAServerCertificateThatNamesTheHosts) {
  TempDirectory directory;
  CertificateAuthority authority = open(directory / "tls");
  Result<Renewal> made =
      authority.ensure_server_certificate({"cache.example.org", "10.1.2.3"}, kNow);
  ASSERT_TRUE(made) << made.error().detail;
  EXPECT_EQ(*made, Renewal::renewed);
  OwnedCertificate server = parse(read_text(directory / "tls" / "server.pem"));
  for (const char* host : {"cache.example.org", "localhost"}) {
    EXPECT_EQ(X509_check_host(server.get(), host, 0, 0, nullptr), 1) << host;
  }
  for (const char* address : {"10.1.2.3", "127.0.0.1", "::1"}) {
    EXPECT_EQ(X509_check_ip_asc(server.get(), address, 0), 1) << address;
  }
  EXPECT_EQ(X509_check_host(server.get(), "other.example.org", 0, 0, nullptr), 0);
  EXPECT_EQ(expiry_of(*server), kNow + 90 * kDaySeconds);
  EXPECT_EQ(expiry_of(authority.certificate()), kNow + 3'650 * kDaySeconds);
}

TEST(CertificateAuthority, LetsOnlyTheOwnerReadTheKeysAndLeavesNoTemporaryFile) {
  TempDirectory directory;
  CertificateAuthority authority = open(directory / "tls");
  ASSERT_TRUE(authority.ensure_server_certificate({}, kNow));
  auto secret = std::filesystem::perms::owner_read | std::filesystem::perms::owner_write;
  EXPECT_EQ(mode_of(directory / "tls" / "ca.key"), secret);
  EXPECT_EQ(mode_of(directory / "tls" / "server.key"), secret);
  EXPECT_EQ(mode_of(directory / "tls"), std::filesystem::perms::owner_all);
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory / "tls")) {
    EXPECT_NE(entry.path().extension(), ".new");
    ++files;
  }
  EXPECT_EQ(files, 4u);
}

TEST(CertificateAuthority, RenewsTheServersCertificateAtThirtyDaysAndKeepsTheCa) {
  TempDirectory directory;
  ASSERT_TRUE(open(directory / "tls").ensure_server_certificate({}, kNow));
  std::string ca = read_text(directory / "tls" / "ca.pem");
  std::string server = read_text(directory / "tls" / "server.pem");
  int64_t due = kNow + 60 * kDaySeconds;

  CertificateAuthority again = open(directory / "tls", due);
  EXPECT_EQ(again.ensure_server_certificate({}, due - 1), Renewal::not_due);
  EXPECT_EQ(read_text(directory / "tls" / "server.pem"), server);
  EXPECT_EQ(again.ensure_server_certificate({}, due), Renewal::renewed);
  EXPECT_NE(read_text(directory / "tls" / "server.pem"), server);
  EXPECT_EQ(read_text(directory / "tls" / "ca.pem"), ca);
  EXPECT_EQ(again.ensure_server_certificate({}, due), Renewal::not_due);
}

TEST(CertificateAuthority, WhatCannotBeOpenedIsNotReplaced) {
  TempDirectory directory;
  CertificateAuthority authority = open(directory / "tls");
  const std::filesystem::path server = directory / "tls" / "server.pem";
  std::filesystem::create_symlink("server.pem", server);  // to itself
  EXPECT_FALSE(authority.ensure_server_certificate({}, kNow));
  EXPECT_TRUE(std::filesystem::is_symlink(server));
  std::filesystem::remove(server);
  EXPECT_EQ(authority.ensure_server_certificate({}, kNow), Renewal::renewed);
}

TEST(CertificateAuthority, IssuesAnewForANewHost) {
  TempDirectory directory;
  CertificateAuthority authority = open(directory / "tls");
  EXPECT_EQ(authority.ensure_server_certificate({"a.example"}, kNow), Renewal::renewed);
  EXPECT_EQ(authority.ensure_server_certificate({"a.example"}, kNow), Renewal::not_due);
  EXPECT_EQ(authority.ensure_server_certificate({"b.example"}, kNow), Renewal::renewed);
}

TEST(CertificateAuthority, MendsACertificateAndKeyThatDoNotBelongTogether) {
  TempDirectory directory;
  CertificateAuthority authority = open(directory / "tls");
  ASSERT_TRUE(authority.ensure_server_certificate({}, kNow));
  std::string old_key = read_text(authority.server_key_path());
  ASSERT_TRUE(authority.ensure_server_certificate({"new.example"}, kNow));
  write_text(authority.server_key_path(), old_key);
  EXPECT_EQ(authority.ensure_server_certificate({}, kNow), Renewal::renewed);
  write_text(authority.server_certificate_path(), "cut off");
  EXPECT_EQ(authority.ensure_server_certificate({}, kNow), Renewal::renewed);
  EXPECT_EQ(authority.ensure_server_certificate({}, kNow), Renewal::not_due);
}

TEST(CertificateAuthority, StartsAgainAfterACrashThatLeftAKeyAlone) {
  TempDirectory directory;
  open(directory / "tls");
  std::filesystem::remove(directory / "tls" / "ca.pem");
  write_text(directory / "tls" / "ca.pem.new", "half");
  EXPECT_TRUE(CertificateAuthority::open(directory / "tls", kNow));
}

TEST(CertificateAuthority, NeverReplacesABrokenCaBySilence) {
  TempDirectory directory;
  open(directory / "tls");
  open(directory / "other");
  auto expect_refusal = [&](const char* file, std::string_view contents, const char* complaint) {
    std::string good = read_text(directory / "tls" / file);
    write_text(directory / "tls" / file, contents);
    Result<CertificateAuthority> refused = CertificateAuthority::open(directory / "tls", kNow);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().detail.find(complaint), std::string::npos) << refused.error().detail;
    EXPECT_EQ(read_text(directory / "tls" / file), contents);
    write_text(directory / "tls" / file, good);
  };
  expect_refusal("ca.pem", "nonsense", "ca.pem holds no certificate");
  expect_refusal("ca.key", "nonsense", "ca.key holds no usable key");
  expect_refusal("ca.key", read_text(directory / "other" / "ca.key"), "do not belong together");
  EXPECT_TRUE(CertificateAuthority::open(directory / "tls", kNow));
}

TEST(CertificateAuthority, SaysWhatToDoWhenTheCaHasExpired) {
  TempDirectory directory;
  open(directory / "tls");
  Result<CertificateAuthority> late =
      CertificateAuthority::open(directory / "tls", kNow + kCaSeconds);
  ASSERT_FALSE(late);
  EXPECT_NE(late.error().detail.find("has expired: remove it"), std::string::npos);
}

TEST(CertificateAuthority, IssuesNothingThatOutlivesTheCa) {
  TempDirectory directory;
  int64_t end = kNow + kCaSeconds;
  CertificateAuthority authority = open(directory / "tls");
  ASSERT_TRUE(authority.ensure_server_certificate({}, end - 10 * kDaySeconds));
  EXPECT_EQ(expiry_of(*parse(read_text(authority.server_certificate_path()))), end);
  // In the CA's last days a renewal would give the same again, at every check.
  EXPECT_EQ(authority.ensure_server_certificate({}, end - 9 * kDaySeconds), Renewal::not_due);
}

TEST(CertificateAuthority, RefusesAHostThatWouldSmuggleInAnotherName) {
  TempDirectory directory;
  CertificateAuthority authority = open(directory / "tls");
  for (const char* host : {"a.example,DNS:bank.example", "", "a b", "a\nb"}) {
    Result<Renewal> refused = authority.ensure_server_certificate({host}, kNow);
    ASSERT_FALSE(refused) << host;
    EXPECT_EQ(refused.error().fault, Fault::invalid);
  }
}

TEST(CertificateAuthority, IssuesClientCertificatesByNameAndForClientsOnly) {
  TempDirectory directory;
  CertificateAuthority authority = open(directory / "tls");
  Result<IssuedCertificate> issued = authority.issue_client_certificate("a1b2c3", kNow);
  ASSERT_TRUE(issued) << issued.error().detail;
  OwnedCertificate certificate = parse(issued->certificate_pem);
  EXPECT_EQ(common_name_of(*certificate), "a1b2c3");
  EXPECT_EQ(X509_check_purpose(certificate.get(), X509_PURPOSE_SSL_CLIENT, 0), 1);
  EXPECT_EQ(X509_check_purpose(certificate.get(), X509_PURPOSE_SSL_SERVER, 0), 0);
  EXPECT_NE(issued->key_pem.find("PRIVATE KEY"), std::string::npos);
}

TEST(CertificateAuthority, RefusesAClientNameThatIsEmptyTooLongOrNotPrintable) {
  TempDirectory directory;
  CertificateAuthority authority = open(directory / "tls");
  EXPECT_TRUE(authority.issue_client_certificate(std::string(64, 'x'), kNow));
  EXPECT_FALSE(authority.issue_client_certificate(std::string(65, 'x'), kNow));
  EXPECT_FALSE(authority.issue_client_certificate("", kNow));
  EXPECT_FALSE(authority.issue_client_certificate(std::string_view("a\0b", 3), kNow));
}

TEST(CertificateAuthority, SaysWhichDirectoryCannotBeMade) {
  TempDirectory directory;
  write_text(directory / "file", "");
  Result<CertificateAuthority> refused =
      CertificateAuthority::open(directory / "file" / "tls", kNow);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().detail.find("file/tls"), std::string::npos) << refused.error().detail;
}

}  // namespace
}  // namespace cachery::net
