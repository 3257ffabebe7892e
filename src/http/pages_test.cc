#include "http/pages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cachery::http {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr PageFile kFiles[] = {
    {.path = "index.html",
     .content_type = "text/html; charset=utf-8",
     .etag = "\"1\"",
     .plain = "<meta content=\"{{nonce}}\"><style nonce=\"{{nonce}}\">"},
    {.path = "assets/index-3f.js",
     .content_type = "text/javascript",
     .etag = "\"2\"",
     .plain = "plain",
     .gzip = "gz",
     .brotli = "br"},
    {.path = "theme.js", .content_type = "text/javascript", .etag = "\"3\"", .plain = "theme"},
    {.path = "docs/index.html", .content_type = "text/html", .etag = "\"4\"", .plain = "guide"},
    {.path = "docs/go.html", .content_type = "text/html", .etag = "\"5\"", .plain = "go"}};

class PagesTest : public testing::Test {
 protected:
  static std::optional<Response> get(std::vector<std::string> segments, NamedValues headers = {}) {
    return pages().answer({.segments = std::move(segments), .headers = std::move(headers)});
  }
  static std::optional<Response> navigate(std::vector<std::string> segments) {
    return get(std::move(segments), {{"Accept", "text/html,application/xhtml+xml"}});
  }
  static Pages pages() {
    return {kFiles, {{Method::get, "/api/admin/v1/caches", "", {}}, {Method::get, "/metrics", ""}}};
  }
};

TEST_F(PagesTest, AnswersEveryAddressThatABrowserNavigatesToWithThePage) {
  for (const auto& path : std::vector<std::vector<std::string>>{
           {}, {"caches", "100001"}, {"index.html"}, {"no", "such", "page"}}) {
    const auto page = navigate(path);
    ASSERT_TRUE(page);
    EXPECT_EQ(page->status, 200);
    EXPECT_EQ(page->content_type, "text/html; charset=utf-8");
    EXPECT_EQ(page->header("Cache-Control"), "") << "the server's own no-store holds";
  }
}

TEST_F(PagesTest, AnswersWhoeverAsksForTheServicesOwnAddressWithThePage) {
  for (const NamedValues& headers : {NamedValues{}, NamedValues{{"Accept", "*/*"}}}) {
    const auto page = get({}, headers);
    ASSERT_TRUE(page);
    EXPECT_EQ(page->content_type, "text/html; charset=utf-8");
  }
}

TEST_F(PagesTest, FindsAPageThatIsAFileByItsNameAlone) {
  EXPECT_EQ(get({"docs"})->body, "guide");
  EXPECT_EQ(get({"docs", "go"})->body, "go");
  EXPECT_EQ(navigate({"docs", "go.html"})->body, "go");
  EXPECT_THAT(navigate({"docs", "no"})->body, HasSubstr("<style")) << "the application says so";
}

TEST_F(PagesTest, AllowsNothingInlineInAPageThatIsAFile) {
  const auto page = get({"docs"});
  const std::string_view policy = page->header("Content-Security-Policy");
  EXPECT_THAT(policy, HasSubstr("default-src 'none'; script-src 'self'; style-src 'self';"));
  EXPECT_THAT(policy, Not(HasSubstr("unsafe")));
  EXPECT_EQ(get({"theme.js"})->header("Content-Security-Policy"), "");
}

TEST_F(PagesTest, LeavesToOthersWhatIsTheirs) {
  EXPECT_FALSE(navigate({"api", "no", "such"}));
  EXPECT_FALSE(navigate({"metrics"}));
  EXPECT_FALSE(get({"caches"})) << "a program does not want a page";
  EXPECT_FALSE(navigate({"assets", "gone-12.js"})) << "a page would be run as a script";
  EXPECT_FALSE(pages().answer({.method = Method::post, .headers = {{"Accept", "text/html"}}}));
}

TEST_F(PagesTest, AllowsOnlyStylesWithTheNonceOfThisAnswer) {
  const auto one = navigate({});
  const auto other = navigate({});
  EXPECT_NE(one->body, other->body);
  EXPECT_THAT(one->body, Not(HasSubstr("{{nonce}}")));
  const std::string nonce = one->body.substr(one->body.find('"') + 1, 32);
  EXPECT_THAT(one->body, HasSubstr("<style nonce=\"" + nonce + "\">"));
  const std::string policy(one->header("Content-Security-Policy"));
  EXPECT_THAT(policy, HasSubstr("'nonce-" + nonce + "'"));
  EXPECT_THAT(policy, HasSubstr("default-src 'none'; script-src 'self';"));
  EXPECT_THAT(policy, Not(HasSubstr("unsafe")));
}

TEST_F(PagesTest, CachesForEverWhatIsNamedByItsHash) {
  EXPECT_EQ(get({"assets", "index-3f.js"})->header("Cache-Control"),
            "public, max-age=31536000, immutable");
  EXPECT_EQ(get({"theme.js"})->header("Cache-Control"), "no-cache");
  const auto same = get({"theme.js"}, {{"If-None-Match", "\"3\""}});
  EXPECT_EQ(same->status, 304);
  EXPECT_EQ(same->body, "");
}

TEST_F(PagesTest, SendsTheSmallestThatTheBrowserReads) {
  const auto coded = [](const char* accepted) {
    return get({"assets", "index-3f.js"}, {{"Accept-Encoding", accepted}})->body;
  };
  EXPECT_EQ(coded("gzip, deflate, br"), "br");
  EXPECT_EQ(coded("gzip;q=1.0, br;q=0"), "gz");
  EXPECT_EQ(coded("deflate"), "plain");
  EXPECT_EQ(coded(""), "plain");
  EXPECT_EQ(get({"theme.js"}, {{"Accept-Encoding", "br"}})->body, "theme") << "there is no other";
}

}  // namespace
}  // namespace cachery::http
