#include "api/invoices.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/invoices_forms.h"
#include "api/principals_fixture.h"
#include "control/db/services_fixture.h"

namespace cachery::api {
namespace {

namespace json = http::json;
using http::Method;
using std::chrono::year;
using testing::HasSubstr;
using testing::Not;

struct AdminInvoicesTest : testing::Test {
  AdminInvoicesTest() {
    const int64_t january = control::start_of(year{2024} / 1);
    services.clock.advance_seconds(january - services.clock.now().unix_seconds);
    for (const uint64_t team : {7u, 8u}) {
      const auto noted = services.store->write([&](control::Records& records) {
        return records.usage().insert({.id = team,
                                       .cache = static_cast<tenant::CacheId>(100'000 + team),
                                       .cache_name = "shop \"<7>\"",
                                       .team = team,
                                       .plan = "100",
                                       .price_minor = 1505,
                                       .at_unix_seconds = january});
      });
      EXPECT_TRUE(noted.has_value());
    }
    services.clock.advance_seconds(31 * 86'400 + control::kInvoiceGraceSeconds);
    EXPECT_TRUE(invoices.close_ended(services.clock.now()).has_value());
  }

  http::Response ask(std::vector<std::string> path, http::NamedValues query = {},
                     const std::string& who = "operator") {
    http::Request request{.segments = {"api", "admin", "v1", "invoices"},
                          .query = std::move(query)};
    for (std::string& segment : path) request.segments.push_back(std::move(segment));
    if (!who.empty()) request.headers = {{"X-Test", who}};
    return router.handle(std::move(request));
  }
  size_t count(const http::Response& response) {
    EXPECT_EQ(response.status, 200) << response.body;
    return json::parse(response.body).at("invoices").as_array().size();
  }

  control::ServicesFixture services;
  control::Invoices invoices{*services.store, "USD", services.clock};
  SaysWho proof;
  Principals principals{{&proof}};
  http::Router router{invoices_endpoints(invoices, principals)};
};

TEST_F(AdminInvoicesTest, AnInvoiceAsJsonHasLinesThatAddUp) {
  const auto response = ask({"1"});
  ASSERT_EQ(response.status, 200) << response.body;
  const auto invoice = json::parse(response.body);
  EXPECT_EQ(invoice.at("team_id"), 7);
  EXPECT_EQ(invoice.at("month"), "2024-01");
  EXPECT_EQ(invoice.at("total_minor"), 1505);
  EXPECT_EQ(invoice.at("total"), "15.05");
  const json::value line = {{"cache_id", 100'007},  {"cache", "shop \"<7>\""},
                            {"plan", "100"},        {"price_minor", 1505},
                            {"hours", 744},         {"month_hours", 744},
                            {"amount_minor", 1505}, {"amount", "15.05"}};
  EXPECT_EQ(invoice.at("lines"), json::value(json::array{line}));
}

TEST_F(AdminInvoicesTest, CsvQuotesTextsAndThePageEscapesThem) {
  const auto csv = ask({"1", "csv"});
  EXPECT_THAT(csv.content_type, HasSubstr("text/csv"));
  EXPECT_THAT(csv.body, HasSubstr("\r\n1,7,\"\",2024-01,USD,100007,\"shop \"\"<7>\"\"\",\"100\","
                                  "1505,744,744,1505\r\n"));
  const auto page = ask({"1", "page"});
  EXPECT_THAT(page.content_type, HasSubstr("text/html"));
  EXPECT_THAT(page.body, HasSubstr("shop &quot;&lt;7&gt;&quot;"));
  EXPECT_THAT(page.body, HasSubstr("15.05 USD"));
  EXPECT_THAT(page.body, HasSubstr("January 2024"));
  EXPECT_THAT(page.body, Not(HasSubstr("<7>")));
  EXPECT_THAT(page.header("Content-Security-Policy"), HasSubstr("default-src 'none'"));
}

TEST(InvoicesForms, ASpreadsheetRunsNoFormula) {
  const control::Invoice invoice{.lines = {{.cache_name = "=1+1", .plan = "-2"}}};
  const std::string csv = to_csv({&invoice, 1});
  EXPECT_THAT(csv, HasSubstr("\"'=1+1\""));
  EXPECT_THAT(csv, HasSubstr("\"'-2\""));
}

TEST_F(AdminInvoicesTest, ATeamSeesItsOwnOnly) {
  EXPECT_EQ(count(ask({}, {}, "operator")), 2u);
  EXPECT_EQ(count(ask({}, {}, "member 7")), 1u);
  EXPECT_EQ(count(ask({}, {}, "reader 7")), 1u);
  EXPECT_EQ(count(ask({}, {}, "member 9")), 0u);
  EXPECT_EQ(count(ask({}, {}, "link 100007")), 0u);
  EXPECT_EQ(ask({}, {}, "").status, 401);
  for (const std::string form : {"csv", "page"}) {
    EXPECT_EQ(ask({"1", form}, {}, "member 8").status, 404);
    EXPECT_EQ(ask({"1", form}, {}, "member 7").status, 200);
  }
  EXPECT_EQ(ask({"1"}, {}, "member 8").status, 404);
  EXPECT_EQ(ask({}, {{"team", "7"}}, "member 8").status, 404);
  EXPECT_EQ(count(ask({"preview"}, {}, "member 7")), 1u);
  EXPECT_EQ(ask({"preview"}, {{"team", "8"}}, "member 7").status, 404);
  EXPECT_EQ(ask({"export"}, {{"month", "2024-01"}}, "member 7").status, 403);
}

TEST_F(AdminInvoicesTest, ListsAreFilteredAndExportsAreOfClosedMonths) {
  EXPECT_EQ(count(ask({}, {{"month", "2024-01"}})), 2u);
  EXPECT_EQ(count(ask({}, {{"month", "2024-02"}})), 0u);
  EXPECT_EQ(count(ask({}, {{"team", "8"}})), 1u);
  EXPECT_EQ(count(ask({}, {{"before", "2"}})), 1u);
  EXPECT_EQ(count(ask({}, {{"limit", "1"}})), 1u);
  EXPECT_EQ(count(ask({"export"}, {{"month", "2024-01"}})), 2u);
  EXPECT_EQ(ask({"export"}, {{"month", "2024-02"}}).status, 409);
  const auto csv = ask({"export"}, {{"month", "2024-01"}, {"format", "csv"}});
  EXPECT_EQ(std::ranges::count(csv.body, '\n'), 3);
}

TEST_F(AdminInvoicesTest, WhatIsWrongIsRefused) {
  for (const auto& [name, value] : http::NamedValues{
           {"month", "2024"}, {"team", "x"}, {"team", "0"}, {"limit", "0"}, {"before", "-1"}}) {
    EXPECT_EQ(ask({}, {{name, value}}).status, 400) << name << value;
  }
  EXPECT_EQ(ask({"export"}).status, 400);
  EXPECT_EQ(ask({"export"}, {{"month", "2024-13"}}).status, 400);
  EXPECT_EQ(ask({"export"}, {{"month", "2024-01"}, {"format", "pdf"}}).status, 400);
  EXPECT_EQ(ask({"preview"}, {{"team", "x"}}).status, 400);
  for (const std::string id : {"x", "0", "3", "-1", "99999999999999999999"}) {
    EXPECT_EQ(ask({id}).status, 404) << id;
  }
}

}  // namespace
}  // namespace cachery::api
