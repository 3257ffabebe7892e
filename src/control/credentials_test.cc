#include "control/credentials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/db/services_fixture.h"

namespace cachery::control {
namespace {

using testing::HasSubstr;
using testing::Not;

struct CredentialsTest : testing::Test {
  ServicesFixture services;
  CacheDetails made = services.make_cache("shop");
  CacheId cache = made.cache.id;
  CredentialId primary = made.primary().record.id;
  const CredentialCaller as_operator{.actor = services.actor, .is_operator = true};

  tenant::Credential on_node(CredentialId id) {
    const tenant::Snapshot snapshot = services.node.snapshot();
    for (const auto& credential : snapshot.caches.at(0).credentials) {
      if (credential.id == id) return credential;
    }
    return {};
  }
};

TEST_F(CredentialsTest, ANewOneMayDoWhatItWasGivenAndIsNotPrimary) {
  const auto created =
      services.credentials.create({services.actor}, cache, {.write = false, .flush = false});
  ASSERT_TRUE(created.has_value());
  const tenant::Credential found = on_node(created->record.id);
  const tenant::Capabilities expected{.write = false, .flush = false, .api = false};
  EXPECT_EQ(found.capabilities, expected);
  EXPECT_EQ(found.password_digest, tenant::digest_password(created->password));
  EXPECT_FALSE(found.is_primary);
  EXPECT_EQ(services.credentials.list(cache)->size(), 2u);
}

TEST_F(CredentialsTest, AnUpdateChangesOnlyWhatItNames) {
  ASSERT_TRUE(services.credentials.update({services.actor}, cache, primary, {.key_prefix = "web:"})
                  .has_value());
  const auto updated = services.credentials.update(
      {services.actor}, cache, primary,
      {.write = false, .own_port = 12001, .own_port_networks = {{"10.0.0.0/8"}}});
  ASSERT_TRUE(updated.has_value());
  EXPECT_EQ(updated->record.key_prefix, "web:");
  EXPECT_FALSE(updated->record.capabilities.write);
  EXPECT_TRUE(updated->record.capabilities.flush);
  EXPECT_EQ(on_node(primary).admission.own_port_networks.at(0), "10.0.0.0/8");
  EXPECT_EQ(updated->password, made.primary().password);
}

TEST_F(CredentialsTest, AnUpdateThatBreaksARuleChangesNothing) {
  const uint64_t before = services.node.snapshot().revision;
  EXPECT_EQ(services.credentials.update({services.actor}, cache, primary, {.own_port = 12001})
                .error()
                .fault,
            Fault::invalid);
  EXPECT_EQ(services.credentials.update({services.actor}, cache, primary, {.key_prefix = "a b"})
                .error()
                .fault,
            Fault::invalid);
  EXPECT_EQ(services.node.snapshot().revision, before);
}

TEST_F(CredentialsTest, OwnPortsAreBoundedInAll) {
  const auto give = [&](size_t port) {
    return services.credentials.create(
        {services.actor}, cache,
        {.own_port = static_cast<uint16_t>(port), .own_port_networks = {{"10.0.0.0/8"}}});
  };
  EXPECT_EQ(give(80).error().fault, Fault::invalid) << "the system's";
  size_t port = 20'000;
  for (size_t i = 0; i < kOwnPortsMax; ++i) ASSERT_TRUE(give(port++).has_value());
  EXPECT_EQ(give(port).error().fault, Fault::exhausted);
  EXPECT_EQ(
      services.credentials
          .update({services.actor}, cache, primary,
                  {.own_port = static_cast<uint16_t>(port), .own_port_networks = {{"10.0.0.0/8"}}})
          .error()
          .fault,
      Fault::exhausted);
}

TEST_F(CredentialsTest, APortOrServerNameBelongsToOneCredential) {
  const CredentialPatch port{.own_port = 12001, .own_port_networks = {{"10.0.0.0/8"}}};
  const CredentialPatch name{.tls_server_name = "a.example.org"};
  ASSERT_TRUE(services.credentials.update({services.actor}, cache, primary, port).has_value());
  ASSERT_TRUE(services.credentials.update(as_operator, cache, primary, name).has_value());
  EXPECT_EQ(services.credentials.create({services.actor}, cache, port).error().fault,
            Fault::conflict);
  EXPECT_EQ(services.credentials.create(as_operator, cache, name).error().fault, Fault::conflict);
  EXPECT_EQ(services.credentials.list(cache)->size(), 1u);
}

TEST_F(CredentialsTest, WhatIsTakenIsSaidToBeSoAndNotWhose) {
  const CredentialPatch port{.own_port = 12001, .own_port_networks = {{"10.0.0.0/8"}}};
  const CredentialPatch client{.tls_client_name = "worker-1"};
  const CredentialPatch server{.tls_server_name = "a.example.org"};
  const CacheDetails other = services.make_cache("other");
  for (const CredentialPatch& patch : {port, client, server}) {
    ASSERT_TRUE(services.credentials.update(as_operator, cache, primary, patch).has_value());
    const auto refused = services.credentials.create(as_operator, other.cache.id, patch);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().fault, Fault::conflict);
    EXPECT_THAT(refused.error().detail, HasSubstr("is taken: choose another"));
    EXPECT_THAT(refused.error().detail, Not(HasSubstr(made.primary().record.username)));
    EXPECT_THAT(refused.error().detail, Not(HasSubstr(std::to_string(cache))));
  }
  // A server name is found in any case; a port that waits with its deleted cache is kept for it.
  EXPECT_THAT(
      services.credentials.create(as_operator, other.cache.id, {.tls_server_name = "A.Example.org"})
          .error()
          .detail,
      HasSubstr("is taken"));
  ASSERT_TRUE(services.caches.remove(services.actor, cache).has_value());
  EXPECT_EQ(services.credentials.create(as_operator, other.cache.id, port).error().detail,
            "own_port 12001 is taken: choose another");
}

TEST_F(CredentialsTest, ATenantIsGivenAServerNameAndChoosesNone) {
  const auto refused =
      services.credentials.create({services.actor}, cache, {.tls_server_name = "a.example.org"});
  EXPECT_EQ(refused.error().fault, Fault::forbidden);
  EXPECT_EQ(services.credentials.create({services.actor}, cache, {.tls_server_name = "new"})
                .error()
                .fault,
            Fault::forbidden)
      << "there is no domain";
  Credentials with_domain(*services.store, services.publisher, services.sealer, services.clock,
                          services.audit, services.quotas,
                          {.tls_name_domain = "caches.example.org"});
  const auto given =
      with_domain.create({services.actor}, cache, {.tls_server_name = std::string(kNewServerName)});
  ASSERT_TRUE(given.has_value()) << given.error().detail;
  const std::string name = given->record.admission.tls_server_name;
  EXPECT_THAT(name, testing::MatchesRegex("[0-9a-f]{20}\\.caches\\.example\\.org"));
  const auto change = [&](const std::string& wanted) {
    return with_domain.update({services.actor}, cache, given->record.id,
                              {.tls_server_name = wanted});
  };
  EXPECT_EQ(change("b.caches.example.org").error().fault, Fault::forbidden);
  EXPECT_TRUE(change(name).has_value()) << "it has it already";
  EXPECT_NE(change("new")->record.admission.tls_server_name, name);
  EXPECT_TRUE(change("").has_value());
  EXPECT_EQ(change(name).error().fault, Fault::forbidden) << "it was given up";
}

TEST_F(CredentialsTest, NeitherTheLastNorThePrimaryCanBeDeleted) {
  EXPECT_THAT(services.credentials.remove({services.actor}, cache, primary).error().detail,
              HasSubstr("last"));
  const CredentialId second = services.credentials.create({services.actor}, cache, {})->record.id;
  EXPECT_THAT(services.credentials.remove({services.actor}, cache, primary).error().detail,
              HasSubstr("primary"));
  EXPECT_TRUE(services.credentials.remove({services.actor}, cache, second).has_value());
  EXPECT_EQ(services.node.snapshot().caches[0].credentials.size(), 1u);
}

TEST_F(CredentialsTest, PromotingMovesThePrimary) {
  const CredentialId second = services.credentials.create({services.actor}, cache, {})->record.id;
  ASSERT_TRUE(services.credentials.promote({services.actor}, cache, second).has_value());
  EXPECT_EQ(services.caches.find("shop")->primary().record.id, second);
  EXPECT_TRUE(on_node(second).is_primary);
  EXPECT_FALSE(on_node(primary).is_primary);
  EXPECT_TRUE(services.credentials.promote({services.actor}, cache, second).has_value());
  EXPECT_TRUE(services.credentials.remove({services.actor}, cache, primary).has_value());
}

TEST_F(CredentialsTest, ACredentialIsFoundInItsOwnCacheOnly) {
  const CacheId other = services.make_cache("other").cache.id;
  EXPECT_EQ(services.credentials.update({services.actor}, other, primary, {}).error().fault,
            Fault::not_found);
  EXPECT_EQ(services.credentials.promote({services.actor}, other, primary).error().fault,
            Fault::not_found);
  EXPECT_EQ(services.credentials.remove({services.actor}, other, primary).error().fault,
            Fault::not_found);
  EXPECT_EQ(services.credentials.list(1).error().fault, Fault::not_found);
}

}  // namespace
}  // namespace cachery::control
