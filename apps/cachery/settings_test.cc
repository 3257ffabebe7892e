#include "settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "machine.h"
#include "temporary_directory.h"

namespace cachery {
namespace {

using testing::AllOf;
using testing::HasSubstr;

struct SettingsTest : testing::Test {
  SettingsTest() {
    sources.environment = [this](const std::string& name) -> std::optional<std::string> {
      const auto at = environment.find(name);
      return at == environment.end() ? std::nullopt : std::optional(at->second);
    };
  }
  std::string error() { return load_settings(sources).error().detail; }

  TemporaryDirectory directory;
  std::map<std::string, std::string> environment;
  SettingSources sources;
};

TEST_F(SettingsTest, DefaultsAreThoseOfTheTable) {
  const auto settings = load_settings(sources);
  ASSERT_TRUE(settings.has_value()) << settings.error().detail;
  EXPECT_EQ(settings->listen, "127.0.0.1");
  EXPECT_EQ(settings->memcache_port, 11211);
  EXPECT_EQ(settings->tls_port, 11219);
  EXPECT_EQ(settings->http_port, 8080);
  EXPECT_EQ(settings->auth_timeout, 5u);
  EXPECT_EQ(settings->item_bytes_max, 1'048'576u);
  EXPECT_EQ(settings->memory, machine_memory_bytes() / 4 * 3);
  EXPECT_EQ(settings->threads, machine_cores());
  EXPECT_FALSE(settings->local);
  EXPECT_FALSE(settings->data_dir.empty());
  EXPECT_FALSE(settings->has_data_dir);
}

TEST_F(SettingsTest, FlagsGoBeforeTheEnvironmentAndThatBeforeTheFile) {
  sources.file =
      directory.write("cachery.toml", "memcache-port = 1\ntls-port = 1\nhttp-port = 1\n");
  environment = {{"CACHERY_MEMCACHE_PORT", "2"}, {"CACHERY_TLS_PORT", "2"}};
  sources.flags = {{"memcache_port", "3"}};
  const auto settings = load_settings(sources);
  ASSERT_TRUE(settings.has_value()) << settings.error().detail;
  EXPECT_EQ(settings->memcache_port, 3);
  EXPECT_EQ(settings->tls_port, 2);
  EXPECT_EQ(settings->http_port, 1);
}

TEST_F(SettingsTest, TheFileHoldsTextsNumbersAndTruths) {
  sources.file =
      directory.write("cachery.toml", "# ours\nmemory = \"2g\"\nthreads = 4\nlocal = true\n");
  const auto settings = load_settings(sources);
  ASSERT_TRUE(settings.has_value()) << settings.error().detail;
  EXPECT_EQ(settings->memory, uint64_t{2} << 30);
  EXPECT_EQ(settings->threads, 4u);
  EXPECT_TRUE(settings->local);
}

TEST_F(SettingsTest, WhatMailsAndLinksNeedIsCheckedTogether) {
  for (const auto& [flags, said] : std::initializer_list<
           std::pair<std::map<std::string, std::string, std::less<>>, const char*>>{
           {{{"public_url", "cache.example.org"}}, "public-url \"cache.example.org\""},
           {{{"public_url", "https://a b"}}, "public-url"},
           {{{"smtp_url", "smtp://mail.example.org"}}, "smtp-url and smtp-from together"},
           {{{"smtp_from", "cachery@example.org"}}, "smtp-url and smtp-from together"},
           {{{"smtp_user", "cachery"}}, "smtp-user and smtp-password together"},
           {{{"sign_up", "maybe"}}, "open|closed"},
           {{{"tls_name_domain", "co.uk"}}, "tls-name-domain \"co.uk\" is not a domain"},
           {{{"tls_name_domain", ".example.org"}}, "tls-name-domain"},
           {{{"trusted_proxies", "127.0.0.1,proxy"}}, "\"proxy\" is not a network"}}) {
    sources.flags = flags;
    EXPECT_THAT(error(), HasSubstr(said));
  }
  sources.flags = {{"public_url", "https://cache.example.org//"},
                   {"trusted_proxies", "127.0.0.1, ::1/128"}};
  EXPECT_EQ(load_settings(sources)->public_url, "https://cache.example.org");
}

TEST_F(SettingsTest, AnErrorNamesSourceValueAndWhatIsAllowed) {
  sources.flags = {{"memory", "lots"}};
  EXPECT_THAT(error(), AllOf(HasSubstr("--memory"), HasSubstr("\"lots\""), HasSubstr("64m..64t")));
  sources.flags.clear();
  environment = {{"CACHERY_LOG_FORMAT", "xml"}};
  EXPECT_THAT(error(),
              AllOf(HasSubstr("CACHERY_LOG_FORMAT"), HasSubstr("\"xml\""), HasSubstr("text|json")));
  environment.clear();
  sources.file = directory.write("cachery.toml", "http-port = 70000\n");
  EXPECT_THAT(error(), AllOf(HasSubstr("http-port in "), HasSubstr("cachery.toml"),
                             HasSubstr("\"70000\""), HasSubstr("0..65535")));
}

TEST_F(SettingsTest, AKeyOfTheFileThatIsNoSettingIsRefused) {
  for (const char* text : {"memcache_port = 1\n", "memry = \"1g\"\n", "[serve]\nmemory = \"1g\"\n",
                           "memory = [1]\n", "threads = 1.5\n", "memory =\n"}) {
    sources.file = directory.write("cachery.toml", text);
    EXPECT_FALSE(load_settings(sources).has_value()) << text;
    EXPECT_THAT(error(), HasSubstr("cachery.toml")) << text;
  }
}

TEST_F(SettingsTest, AFileThatIsNotThereIsNamed) {
  sources.file = directory.path / "missing.toml";
  EXPECT_THAT(error(), HasSubstr("missing.toml"));
  sources.file = directory.path;
  EXPECT_THAT(error(), HasSubstr("it is a directory"));
}

TEST_F(SettingsTest, EveryNumberHoldsAtItsBoundsAndNotBeyond) {
  for (const auto& [name, good, bad] : {std::tuple("key_bytes_max", "250", "249"),
                                        {"key_bytes_max", "65535", "65536"},
                                        {"item_bytes_max", "1m", "1048575"},
                                        {"item_bytes_max", "64m", "67108865"},
                                        {"memcache_port", "65535", "65536"},
                                        {"memcache_port", "0", "-1"},
                                        {"auth_timeout", "1", "0"},
                                        {"idle_timeout", "0", ""},
                                        {"threads", "1", "0"},
                                        {"threads", "1024", "99999999999999999999"},
                                        {"memory", "64m", "1m"}}) {
    sources.flags = {{name, good}};
    EXPECT_TRUE(load_settings(sources).has_value()) << name << " " << good;
    sources.flags = {{name, bad}};
    EXPECT_FALSE(load_settings(sources).has_value()) << name << " " << bad;
  }
}

TEST_F(SettingsTest, LocalListensOnLoopbackOnly) {
  sources.flags = {{"local", "true"}, {"listen", "0.0.0.0"}};
  EXPECT_THAT(error(), HasSubstr("loopback only"));
  sources.flags["listen"] = "127.0.0.1,0.0.0.0";
  EXPECT_THAT(error(), HasSubstr("loopback only"));
  for (const char* good : {"::1", "localhost", "127.0.0.1,::1"}) {
    sources.flags["listen"] = good;
    EXPECT_TRUE(load_settings(sources).has_value()) << good;
  }
}

TEST_F(SettingsTest, LocalListensOnBothLoopbackAddressesUnlessOneIsNamed) {
  using Addresses = std::vector<std::string>;
  EXPECT_EQ(load_settings(sources)->addresses, (Addresses{"127.0.0.1"}));
  sources.flags = {{"local", "true"}};
  EXPECT_EQ(load_settings(sources)->addresses, (Addresses{"127.0.0.1", "::1"}));
  EXPECT_TRUE(load_settings(sources)->is_ipv6_optional);
  sources.flags["listen"] = "127.0.0.1";
  EXPECT_EQ(load_settings(sources)->addresses, (Addresses{"127.0.0.1"}));
}

TEST_F(SettingsTest, ListenTakesSeveralAddressesAndNames) {
  using Addresses = std::vector<std::string>;
  sources.flags = {{"listen", "192.0.2.1, [2001:db8::1],192.0.2.1,::"}};
  EXPECT_EQ(load_settings(sources)->addresses, (Addresses{"192.0.2.1", "2001:db8::1", "::"}));
  for (const char* bad : {",", "127.0.0.1,,::1", "host.invalid", "1.2.3.4.5"}) {
    sources.flags["listen"] = bad;
    EXPECT_THAT(error(), HasSubstr("listen")) << bad;
  }
}

TEST_F(SettingsTest, LocalTakesADataDirectoryFromItsFlagsOrFileOnly) {
  environment = {{"CACHERY_DATA_DIR", "/srv/service"}};
  EXPECT_EQ(load_settings(sources)->data_dir, "/srv/service");
  sources.flags = {{"local", "true"}};
  EXPECT_FALSE(load_settings(sources)->has_data_dir);
  EXPECT_NE(load_settings(sources)->data_dir, "/srv/service");
  sources.file = directory.write("cachery.toml", "data-dir = \"/srv/file\"\n");
  EXPECT_EQ(load_settings(sources)->data_dir, "/srv/file");
  sources.flags["data_dir"] = "/srv/flag";
  const auto settings = load_settings(sources);
  EXPECT_EQ(settings->data_dir, "/srv/flag");
  EXPECT_TRUE(settings->has_data_dir);
}

TEST_F(SettingsTest, ACertificateNeedsItsKey) {
  sources.flags = {{"tls_certificate", "a.pem"}};
  EXPECT_THAT(error(), HasSubstr("tls-key"));
  sources.flags["tls_key"] = "a.key";
  EXPECT_TRUE(load_settings(sources).has_value());
}

TEST(SettingsPage, IsWhatTheTableSays) {
  std::ifstream in(std::filesystem::path(CACHERY_SOURCE_DIR) / "docs" / "settings.md");
  std::ostringstream page;
  page << in.rdbuf();
  EXPECT_EQ(page.str(), settings_markdown())
      << "run: cachery settings --markdown > docs/settings.md";
}

TEST(Machine, HasMemoryAndCores) {
  EXPECT_GT(machine_memory_bytes(), uint64_t{64} << 20);
  EXPECT_GE(machine_cores(), 1u);
}

}  // namespace
}  // namespace cachery
