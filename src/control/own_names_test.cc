#include "control/own_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/db/services_fixture.h"

namespace cachery::control {
namespace {

using testing::HasSubstr;

NodeFacts facts_of(std::vector<std::string> own, std::vector<std::string> certificate = {}) {
  NodeFacts facts;
  facts.own_names = std::move(own);
  facts.certificate_names = [certificate = std::move(certificate)] { return certificate; };
  return facts;
}

TEST(OwnNames, AreWhatIsAdvertisedAndWhatTheCertificateSaysInAnyCase) {
  const OwnNames own(facts_of({"Cache.Test", ""}, {"www.example.org", "*.caches.example.org"}));
  for (const char* name : {"cache.test", "CACHE.TEST", "cache.test.", "cache.test..",
                           "www.example.org", "localhost", "LocalHost.", "a.localhost"}) {
    EXPECT_TRUE(own.has_server_name(name)) << name;
    EXPECT_TRUE(own.has_client_name(name)) << name;
  }
  for (const char* name : {"", "shop.cache.test", "cache.tes", "a.caches.example.org", "0x",
                           "7.example.org", "localhost.example.org"}) {
    EXPECT_EQ(own.has_server_name(name), std::string_view(name) == "0x") << name;
    EXPECT_FALSE(own.has_client_name(name)) << name;
  }
}

TEST(OwnNames, EveryAddressIsTheServices) {
  const OwnNames own({});
  for (const char* name :
       {"127.0.0.1", "10.0.0.7", "127.1", "2130706433", "0x7f.1", "127.0.0.0x1", "192.0.2.7."}) {
    EXPECT_TRUE(own.has_server_name(name)) << name;
    EXPECT_FALSE(own.has_client_name(name)) << name;
  }
}

TEST(OwnNames, ACredentialIsNotGivenOne) {
  const NodeFacts facts = facts_of({"cache.test"});
  tenant::Admission admission;
  admission.tls_server_name = "CACHE.test.";
  EXPECT_EQ(check_admission(admission, facts).error().fault, Fault::conflict);
  EXPECT_THAT(check_admission(admission, facts).error().detail, HasSubstr("CACHE.test."));
  admission = {};
  admission.tls_client_name = "cache.test";
  EXPECT_EQ(check_admission(admission, facts).error().fault, Fault::conflict);
  admission.tls_client_name = "web-1";
  admission.tls_server_name = "shop.cache.test";
  EXPECT_TRUE(check_admission(admission, facts).has_value());
}

// A row of an older release, or one from before the service was given the name.
TEST(OwnNames, AreNotInForceForACredentialThatHasOneAlready) {
  ServicesFixture services;
  const CacheDetails made = services.make_cache("shop");
  const CredentialPatch names{.tls_client_name = "web-1", .tls_server_name = "Cache.test"};
  ASSERT_TRUE(services.credentials
                  .update({.actor = services.actor, .is_operator = true}, made.cache.id,
                          made.primary().record.id, names)
                  .has_value());
  Publisher renamed(*services.store, services.node, facts_of({}, {"cache.test"}));
  testing::internal::CaptureStdout();  // where a log goes that nobody configured
  ASSERT_TRUE(renamed.publish_present().has_value());
  ASSERT_TRUE(renamed.publish_present().has_value());
  const std::string log = testing::internal::GetCapturedStdout();
  const size_t told = log.find("own_name_withheld");
  EXPECT_NE(told, std::string::npos) << log;
  EXPECT_EQ(log.find("own_name_withheld", told + 1), std::string::npos) << log;
  const tenant::Snapshot snapshot = services.node.snapshot();
  const tenant::Admission& in_force = snapshot.caches.at(0).credentials.at(0).admission;
  EXPECT_EQ(in_force.tls_server_name, "");
  EXPECT_EQ(in_force.tls_client_name, "web-1");
}

}  // namespace
}  // namespace cachery::control
