#include "net/certificate_store.h"

#include <gtest/gtest.h>

#include "net/tls_test_peer.h"

namespace cachery::net {
namespace {

using namespace test;

CertificateAuthority open_authority(const std::filesystem::path& path) {
  Result<CertificateAuthority> authority = CertificateAuthority::open(path, present().unix_seconds);
  if (!authority) throw std::runtime_error(authority.error().detail);  // ends the test, by name
  return std::move(*authority);
}

// An operator's files, made by another CA in `directory`.
TlsSettings configured(const TempDirectory& directory, const char* ca, Now now = present()) {
  Result<CertificateAuthority> authority =
      CertificateAuthority::open(directory / ca, now.unix_seconds);
  EXPECT_TRUE(authority && authority->ensure_server_certificate({}, now.unix_seconds));
  return {.directory = directory / "tls",
          .certificate = directory / ca / "server.pem",
          .key = directory / ca / "server.key"};
}

Verdict shake(const TlsContext& client, const CertificateStore& store) {
  return shake_hands(*connect_stream(client), *accept_stream(store.current()));
}

TEST(CertificateStore, ServesThePrivateCaWhenNothingIsConfigured) {
  TempDirectory directory;
  auto store = open_store({.directory = directory / "tls", .hosts = {"cache.example"}});
  ASSERT_TRUE(store);
  TlsContext client = client_context(directory / "tls" / "ca.pem");
  EXPECT_TRUE(shake(client, *store).is_good());
  auto other = connect_stream(client, "cache.example");
  EXPECT_TRUE(shake_hands(*other, *accept_stream(store->current())).is_good());
}

TEST(CertificateStore, ServesConfiguredFilesAndMakesNoCaThen) {
  TempDirectory directory;
  auto store = open_store(configured(directory, "theirs"));
  ASSERT_TRUE(store);
  EXPECT_TRUE(shake(client_context(directory / "theirs" / "ca.pem"), *store).is_good());
  EXPECT_EQ(store->authority(), nullptr);
  EXPECT_FALSE(std::filesystem::exists(directory / "tls"));
}

TEST(CertificateStore, RefusesSettingsThatCannotWorkWithALineThatNamesThem) {
  TempDirectory directory;
  TlsSettings good = configured(directory, "a");
  configured(directory, "b");
  auto complaint = [](TlsSettings settings) {
    auto store = CertificateStore::open(std::move(settings), present());
    return store ? std::string("accepted") : store.error().detail;
  };
  TlsSettings no_key = good;
  no_key.key.clear();
  EXPECT_NE(complaint(no_key).find("the key is missing"), std::string::npos) << complaint(no_key);
  TlsSettings absent = good;
  absent.certificate = directory / "absent.pem";
  EXPECT_NE(complaint(absent).find("absent.pem"), std::string::npos) << complaint(absent);
  TlsSettings wrong_key = good;
  wrong_key.key = directory / "b" / "server.key";
  EXPECT_NE(complaint(wrong_key).find("b/server.key"), std::string::npos) << complaint(wrong_key);
  TlsSettings wrong_ca = good;
  wrong_ca.client_certificates = ClientCertificates::required;
  wrong_ca.client_ca = directory / "absent.pem";
  EXPECT_NE(complaint(wrong_ca).find("client CA"), std::string::npos) << complaint(wrong_ca);
}

TEST(CertificateStore, RefusesAKeyWithAPasswordInsteadOfAskingForIt) {
  TempDirectory directory;
  TlsSettings settings = configured(directory, "a");
  OwnedKey key(EVP_EC_gen("P-256"));
  OwnedBio bio(BIO_new_file(settings.key.c_str(), "w"));
  unsigned char password[] = "secret";
  ASSERT_EQ(PEM_write_bio_PrivateKey(bio.get(), key.get(), EVP_aes_128_cbc(), password, 6, nullptr,
                                     nullptr),
            1);
  bio.reset();
  auto refused = CertificateStore::open(settings, present());
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().detail.find("password is not supported"), std::string::npos);
}

TEST(CertificateStore, ReloadLeavesOpenConnectionsAloneAndServesNewOnesTheNewCertificate) {
  TempDirectory directory;
  TlsSettings settings = configured(directory, "old");
  auto store = open_store(settings);
  TlsContext trusts_old = client_context(directory / "old" / "ca.pem");
  auto client = connect_stream(trusts_old);
  auto server = accept_stream(store->current());
  ASSERT_TRUE(shake_hands(*client, *server).is_good());

  configured(directory, "new");
  write_text(settings.key, read_text(directory / "new" / "server.key"));
  write_text(settings.certificate, read_text(directory / "new" / "server.pem"));
  Status reloaded = store->reload(present());
  ASSERT_TRUE(reloaded) << reloaded.error().detail;

  expect_conversation(*client, *server);
  EXPECT_TRUE(shake(client_context(directory / "new" / "ca.pem"), *store).is_good());
  EXPECT_FALSE(shake(trusts_old, *store).is_good());
}

TEST(CertificateStore, SeesAChangedFileAndKeepsTheOldOneWhileTheNewOneIsBad) {
  TempDirectory directory;
  TlsSettings settings = configured(directory, "a");
  auto store = open_store(settings);
  TlsContext before = store->current();
  EXPECT_EQ(store->check_for_changes(present()), CertificateChange::none);

  std::string good = read_text(settings.certificate);
  write_text(settings.certificate, good.substr(0, good.size() / 3));
  Result<CertificateChange> bad = store->check_for_changes(present());
  ASSERT_FALSE(bad);
  EXPECT_NE(bad.error().detail.find("server.pem"), std::string::npos) << bad.error().detail;
  EXPECT_EQ(store->current(), before);
  // Said once, then silence until the file changes again.
  EXPECT_EQ(store->check_for_changes(present()), CertificateChange::none);

  write_text(settings.certificate, good);
  EXPECT_EQ(store->check_for_changes(present()), CertificateChange::reloaded);
  EXPECT_NE(store->current(), before);
  EXPECT_TRUE(shake(client_context(directory / "a" / "ca.pem"), *store).is_good());
}

TEST(CertificateStore, KeepsAGoodCertificateWhenTheNewOneHasExpired) {
  TempDirectory directory;
  TlsSettings settings = configured(directory, "a");
  auto store = open_store(settings);
  configured(directory, "stale", days_from(present(), -200));
  write_text(settings.key, read_text(directory / "stale" / "server.key"));
  write_text(settings.certificate, read_text(directory / "stale" / "server.pem"));
  Status refused = store->reload(present());
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().detail.find("expired"), std::string::npos);
  EXPECT_TRUE(shake(client_context(directory / "a" / "ca.pem"), *store).is_good());
}

TEST(CertificateStore, RenewsThePrivateCertificateBeforeItExpires) {
  TempDirectory directory;
  auto store = open_store({.directory = directory / "tls"});
  int64_t first = store->expiry_unix_seconds();
  EXPECT_EQ(store->check_for_changes(days_from(present(), 59)), CertificateChange::none);
  EXPECT_EQ(store->check_for_changes(days_from(present(), 61)), CertificateChange::reloaded);
  EXPECT_GE(store->expiry_unix_seconds(), first + 60 * kDaySeconds);
  EXPECT_EQ(store->check_for_changes(days_from(present(), 62)), CertificateChange::none);
}

TEST(CertificateStore, WarnsFromThirtyDaysBeforeExpiryOn) {
  TempDirectory directory;
  auto store = open_store(configured(directory, "a"));
  Now end{.unix_seconds = store->expiry_unix_seconds(), .steady_ns = 0};
  Now before = days_from(end, -30);
  --before.unix_seconds;
  EXPECT_EQ(store->expiry_warning(before), "");
  EXPECT_EQ(store->expiry_warning(days_from(end, -30)), "the TLS certificate expires in 30 days");
  EXPECT_EQ(store->expiry_warning(days_from(end, -1)), "the TLS certificate expires in 1 days");
  EXPECT_NE(store->expiry_warning(end).find("has expired"), std::string::npos);
}

TEST(CertificateStore, SpeaksTls12AndTls13AndNothingOlder) {
  TempDirectory directory;
  auto store = open_store({.directory = directory / "tls"});
  TlsContext client = client_context(directory / "tls" / "ca.pem");
  for (int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    only_version(client, version);
    auto stream = connect_stream(client);
    auto server = accept_stream(store->current());
    EXPECT_TRUE(shake_hands(*stream, *server).is_good());
    EXPECT_EQ(server->protocol_version(), version == TLS1_2_VERSION ? "TLSv1.2" : "TLSv1.3");
  }
  only_version(client, TLS1_1_VERSION);
  SSL_CTX_set_security_level(client.get(), 0);
  Verdict verdict = shake(client, *store);
  ASSERT_FALSE(verdict.server);
  EXPECT_NE(verdict.server.error().detail.find("unsupported protocol"), std::string::npos);
}

using OwnedSession = std::unique_ptr<SSL_SESSION, OpensslDelete<SSL_SESSION_free>>;

// A client that keeps the last session it was given in `session`.
TlsContext remembering_client(const std::filesystem::path& ca, int version, OwnedSession& session) {
  TlsContext client = client_context(ca);
  only_version(client, version);
  SSL_CTX_set_app_data(client.get(), &session);
  SSL_CTX_set_session_cache_mode(client.get(), SSL_SESS_CACHE_CLIENT);
  SSL_CTX_sess_set_new_cb(client.get(), [](SSL* ssl, SSL_SESSION* fresh) {
    static_cast<OwnedSession*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)))->reset(fresh);
    return 1;
  });
  return client;
}

// The server's end of a second connection with `session`. The client is OpenSSL's own: a TlsStream
// has no use for a session.
std::unique_ptr<TlsStream> reconnect(const TlsContext& client, SSL_SESSION* session,
                                     const TlsContext& server_context) {
  OwnedSsl ssl(SSL_new(client.get()));
  SSL_set_session(ssl.get(), session);
  BIO* to_server = BIO_new(BIO_s_mem());
  BIO* to_client = BIO_new(BIO_s_mem());
  BIO_set_mem_eof_return(to_client, -1);
  SSL_set_bio(ssl.get(), to_client, to_server);
  auto server = accept_stream(server_context);
  for (int i = 0; i < 4 && server->handshake() == TlsHandshake::in_progress; ++i) {
    SSL_connect(ssl.get());
    char* sent = nullptr;
    long bytes = BIO_get_mem_data(to_server, &sent);
    EXPECT_TRUE(server->feed(bytes_of({sent, static_cast<size_t>(bytes)})));
    EXPECT_TRUE(server->keep_input());
    EXPECT_EQ(BIO_reset(to_server), 1);
    BIO_write(to_client, server->output().data(), static_cast<int>(server->output().size()));
    server->consume_output(server->output().size());
  }
  EXPECT_EQ(server->handshake(), TlsHandshake::done);
  return server;
}

TEST(CertificateStore, ResumesASessionWithItsClientsNameUntilAReload) {
  for (int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TempDirectory directory;
    auto store = open_store(
        {.directory = directory / "tls", .client_certificates = ClientCertificates::required});
    OwnedSession session;
    TlsContext client = remembering_client(directory / "tls" / "ca.pem", version, session);
    give_certificate(
        client, *store->authority()->issue_client_certificate("a1b2c3", present().unix_seconds));
    auto first_client = connect_stream(client);
    auto first = accept_stream(store->current());
    ASSERT_TRUE(shake_hands(*first_client, *first).is_good());
    EXPECT_FALSE(first->is_resumed());
    first_client->close();  // OpenSSL forgets the session of a client that just goes away
    first_client.reset();
    ASSERT_TRUE(session);

    // A copy: a TLS 1.3 session is for one use.
    OwnedSession copy(SSL_SESSION_dup(session.get()));
    auto second = reconnect(client, copy.get(), store->current());
    EXPECT_TRUE(second->is_resumed()) << version;
    EXPECT_EQ(second->client_common_name(), "a1b2c3");

    ASSERT_TRUE(store->reload(present()));
    auto third = reconnect(client, session.get(), store->current());
    EXPECT_FALSE(third->is_resumed()) << version;
    EXPECT_EQ(third->client_common_name(), "a1b2c3");
  }
}

// ---- client certificates

struct ClientCase {
  ClientCertificates mode;
  bool is_given;
  bool is_accepted;
};

TEST(CertificateStore, AsksForClientCertificatesAsItIsTold) {
  for (ClientCase c : {ClientCase{ClientCertificates::none, true, true},
                       ClientCase{ClientCertificates::optional, false, true},
                       ClientCase{ClientCertificates::optional, true, true},
                       ClientCase{ClientCertificates::required, false, false},
                       ClientCase{ClientCertificates::required, true, true}}) {
    TempDirectory directory;
    auto store = open_store({.directory = directory / "tls", .client_certificates = c.mode});
    auto issued = store->authority()->issue_client_certificate("a1b2c3", present().unix_seconds);
    ASSERT_TRUE(issued);
    for (int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
      TlsContext client = client_context(directory / "tls" / "ca.pem");
      only_version(client, version);
      if (c.is_given) give_certificate(client, *issued);
      auto server = accept_stream(store->current());
      Verdict verdict = shake_hands(*connect_stream(client), *server);
      EXPECT_EQ(verdict.is_good(), c.is_accepted) << static_cast<int>(c.mode);
      bool is_known = c.is_given && c.mode != ClientCertificates::none;
      EXPECT_EQ(server->client_common_name(), is_known ? "a1b2c3" : "");
    }
  }
}

TEST(CertificateStore, RefusesAClientCertificateOfAnotherCaEvenWhenNoneIsNeeded) {
  TempDirectory directory;
  auto store = open_store(
      {.directory = directory / "tls", .client_certificates = ClientCertificates::optional});
  CertificateAuthority other = open_authority(directory / "other");
  TlsContext client = client_context(directory / "tls" / "ca.pem");
  give_certificate(client, *other.issue_client_certificate("a1b2c3", present().unix_seconds));
  auto server = accept_stream(store->current());
  Verdict verdict = shake_hands(*connect_stream(client), *server);
  ASSERT_FALSE(verdict.server);
  EXPECT_NE(verdict.server.error().detail.find("certificate verify failed"), std::string::npos);
  EXPECT_EQ(server->client_common_name(), "");
  ASSERT_FALSE(verdict.client) << "the alert did not arrive";
  EXPECT_NE(verdict.client.error().detail.find("unknown ca"), std::string::npos)
      << verdict.client.error().detail;
}

TEST(CertificateStore, RefusesAnExpiredClientCertificate) {
  TempDirectory directory;
  auto store = open_store(
      {.directory = directory / "tls", .client_certificates = ClientCertificates::optional});
  TlsContext client = client_context(directory / "tls" / "ca.pem");
  int64_t long_ago = present().unix_seconds - kClientCertificateSeconds - kDaySeconds;
  give_certificate(client, *store->authority()->issue_client_certificate("a1b2c3", long_ago));
  Verdict verdict = shake(client, *store);
  ASSERT_FALSE(verdict.server);
  EXPECT_NE(verdict.server.error().detail.find("expired"), std::string::npos);
}

TEST(CertificateStore, DoesNotTakeTheServersOwnCertificateForAClients) {
  TempDirectory directory;
  auto store = open_store(
      {.directory = directory / "tls", .client_certificates = ClientCertificates::required});
  TlsContext client = client_context(directory / "tls" / "ca.pem");
  give_certificate(client, {read_text(directory / "tls" / "server.pem"),
                            read_text(directory / "tls" / "server.key")});
  EXPECT_FALSE(shake(client, *store).server);
}

TEST(CertificateStore, AcceptsClientsOfTheConfiguredCaAndOfThePrivateOne) {
  TempDirectory directory;
  TlsSettings settings = configured(directory, "theirs");
  CertificateAuthority clients = open_authority(directory / "clients");
  settings.client_ca = clients.ca_path();
  settings.client_certificates = ClientCertificates::required;
  auto store = open_store(settings);
  ASSERT_NE(store->authority(), nullptr);
  int64_t now = present().unix_seconds;
  for (const CertificateAuthority* issuer :
       {static_cast<const CertificateAuthority*>(&clients), store->authority()}) {
    TlsContext client = client_context(directory / "theirs" / "ca.pem");
    give_certificate(client, *issuer->issue_client_certificate("a1b2c3", now));
    auto server = accept_stream(store->current());
    EXPECT_TRUE(shake_hands(*connect_stream(client), *server).is_good());
    EXPECT_EQ(server->client_common_name(), "a1b2c3");
  }
}

}  // namespace
}  // namespace cachery::net
