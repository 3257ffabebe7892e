// The tables of who may what: the least principal of every endpoint, and what a credential must
// have for those of the analytics API. every_endpoint_rights_test.cc and
// every_endpoint_capabilities_test.cc hold the service to them, and fail where an endpoint has no
// row.
#pragma once

#include <cstdint>
#include <set>
#include <string>

namespace cachery::rights {

// Who may at least. Roles are of the team that the cache, the invitation and the member are of.
enum class Who : uint8_t {
  anybody,   // with any good proof: what is answered is of their own
  account,   // a person or a token of theirs, not the operator token
  person,    // signed in, not by a token
  reader,    // and every higher role
  member,    //
  owner,     //
  operator_  //
};
using enum Who;

// What a personal token needs. by_method: `read` to read and `write` to change.
enum class Scope : uint8_t { by_method, credentials };
enum class Link : uint8_t { no, yes };      // whether a single sign-on session may
enum class Found : uint8_t { yes, maybe };  // maybe: there may be no such thing here, 404

struct Row {
  const char* operation;  // "GET /api/admin/v1/plans"
  Who least = Who::anybody;
  Link link = Link::no;
  Scope scope = Scope::by_method;
  const char* body = "{}";  // {team} and {other_team} are filled in
  const char* query = "";
  Found found = Found::yes;
  const char* cache = "shop";  // for {cache}
};

#define GET(path) "GET /api/admin/v1" path
#define POST(path) "POST /api/admin/v1" path
#define PUT(path) "PUT /api/admin/v1" path
#define PATCH(path) "PATCH /api/admin/v1" path
#define DELETE(path) "DELETE /api/admin/v1" path
#define OF_CACHE "/caches/{cache}"

inline constexpr auto kAccess = Scope::credentials;
inline constexpr auto kByMethod = Scope::by_method;

inline constexpr Row kRows[] = {
    {GET("/me"), anybody, Link::yes},
    {GET("/plans"), anybody, Link::yes},
    {GET("/plans/{plan}"), anybody, Link::yes},
    {POST("/plans"), operator_, Link::no, kByMethod, R"({"slug":"x","size_mib":1})"},
    {PATCH("/plans/{plan}"), operator_, Link::no, kByMethod, R"({"size_mib":25})"},
    {DELETE("/plans/{plan}"), operator_},
    {GET("/clusters"), anybody, Link::yes},
    {GET("/clusters/{cluster}"), anybody, Link::yes},
    {PATCH("/clusters/{cluster}"), operator_, Link::no, kByMethod, R"({"region":"here"})"},
    {GET("/nodes"), operator_},
    {GET("/audit"), operator_},
    {GET("/audit"), reader, Link::no, kByMethod, "{}", "?team={team}"},
    {GET("/audit"), reader, Link::yes, kByMethod, "{}", "?cache={cache}"},
    {GET("/activity"), anybody, Link::yes},

    {GET("/caches"), anybody, Link::yes},
    {GET("/caches"), reader, Link::no, kByMethod, "{}", "?team={team}"},
    {POST("/caches"), member, Link::no, kByMethod, R"({"name":"two","plan":"dev","team":{team}})"},
    {POST("/caches"), operator_, Link::no, kByMethod,
     R"({"name":"big","size_mib":5,"team":{team}})"},
    {GET(OF_CACHE), reader, Link::yes},
    {PATCH(OF_CACHE), member, Link::yes, kByMethod, R"({"name":"shop"})"},
    {PATCH(OF_CACHE), member, Link::no, kByMethod, R"({"plan":"dev"})"},
    {PATCH(OF_CACHE), operator_, Link::no, kByMethod, R"({"size_mib":30})"},
    {PATCH(OF_CACHE), owner, Link::no, kAccess, R"({"team":{other_team}})", "", Found::yes,
     "moved"},
    {DELETE(OF_CACHE), member, Link::no, kByMethod, "{}", "", Found::yes, "unloved"},
    {DELETE(OF_CACHE), operator_, Link::no, kByMethod, "{}", "?purge=true", Found::yes, "purged"},
    {POST(OF_CACHE "/restore"), member, Link::no, kByMethod, "{}", "", Found::yes, "gone"},
    {POST(OF_CACHE "/flush"), member, Link::yes},
    {GET(OF_CACHE "/stats"), reader, Link::yes},
    {POST(OF_CACHE "/stats/reset"), member, Link::yes},
    {POST(OF_CACHE "/rotate_sso"), member, Link::yes, kAccess},
    {GET(OF_CACHE "/credentials"), reader, Link::yes},
    {POST(OF_CACHE "/credentials"), member, Link::yes, kAccess},
    {PATCH(OF_CACHE "/credentials/{credential}"), member, Link::yes, kAccess},
    {PATCH(OF_CACHE "/credentials/{credential}"), operator_, Link::no, kAccess,
     R"({"tls_server_name":"a.example.org"})"},
    {POST(OF_CACHE "/credentials/{credential}/promote"), member, Link::yes, kAccess},
    {DELETE(OF_CACHE "/credentials/{credential}"), member, Link::yes, kAccess, "{}", "",
     Found::maybe},

    {GET(OF_CACHE "/series"), reader, Link::yes},
    {GET(OF_CACHE "/latency"), reader, Link::yes},
    {GET(OF_CACHE "/live"), reader, Link::yes},
    {GET(OF_CACHE "/flushes"), reader, Link::yes},
    {GET(OF_CACHE "/insight/recent_requests"), reader, Link::yes},
    {GET(OF_CACHE "/insight/popular_items"), reader, Link::yes},
    {GET(OF_CACHE "/insight/key_stats"), reader, Link::yes, kByMethod, "{}", "?key=k"},
    {GET(OF_CACHE "/insight/compound_stats"), reader, Link::yes},
    {GET(OF_CACHE "/insight/miss_ratio_curve"), reader, Link::yes},
    {GET(OF_CACHE "/insight/prefixes"), reader, Link::yes},
    {POST(OF_CACHE "/insight/prefixes"), member, Link::yes, kByMethod, R"({"name":"a:"})"},
    {DELETE(OF_CACHE "/insight/prefixes/{prefix}"), member, Link::yes, kByMethod, "{}", "",
     Found::maybe},
    {GET(OF_CACHE "/insight/prefixes/{prefix}/stats"), reader, Link::yes, kByMethod, "{}", "",
     Found::maybe},
    {GET(OF_CACHE "/insight/prefixes/{prefix}/popular_items"), reader, Link::yes, kByMethod, "{}",
     "", Found::maybe},

    {GET(OF_CACHE "/alerts"), reader, Link::yes},
    {POST(OF_CACHE "/alerts"), member, Link::yes, kByMethod,
     R"({"trigger_type":"hit_rate","trigger_threshold":50})"},
    {GET(OF_CACHE "/alerts/{alert}"), reader, Link::yes},
    {PATCH(OF_CACHE "/alerts/{alert}"), member, Link::yes},
    {DELETE(OF_CACHE "/alerts/{alert}"), member, Link::yes},
    {GET(OF_CACHE "/alerts/events"), reader, Link::yes},
    {GET(OF_CACHE "/alerts/configs"), reader, Link::yes},
    {POST(OF_CACHE "/alerts/configs"), member, Link::yes, kAccess,
     R"({"delivery_type":"webhook","webhook_url":"https://example.org"})"},
    {GET(OF_CACHE "/alerts/configs/{config}"), reader, Link::yes},
    {DELETE(OF_CACHE "/alerts/configs/{config}"), member, Link::yes, kByMethod, "{}", "",
     Found::maybe},
    {POST(OF_CACHE "/alerts/configs/{config}/test"), member, Link::yes},
    {GET(OF_CACHE "/alerts/deliveries"), reader, Link::yes},
    {GET(OF_CACHE "/alerts/deliveries/{delivery}"), reader, Link::yes, kByMethod, "{}", "",
     Found::maybe},
    {POST(OF_CACHE "/alerts/deliveries/{delivery}/retry"), member, Link::yes, kByMethod, "{}", "",
     Found::maybe},

    {GET("/alerts/triggers"), anybody, Link::yes},
    {GET("/alerts"), operator_},
    {POST("/alerts"), operator_, Link::no, kByMethod,
     R"({"trigger_type":"node_memory","trigger_threshold":50})"},
    {GET("/alerts/{alert}"), operator_, Link::no, kByMethod, "{}", "", Found::maybe},
    {PATCH("/alerts/{alert}"), operator_, Link::no, kByMethod, "{}", "", Found::maybe},
    {DELETE("/alerts/{alert}"), operator_, Link::no, kByMethod, "{}", "", Found::maybe},
    {GET("/alerts/events"), operator_},
    {GET("/alerts/configs"), operator_},
    {POST("/alerts/configs"), operator_, Link::no, kAccess,
     R"({"delivery_type":"webhook","webhook_url":"https://example.org"})"},
    {GET("/alerts/configs/{config}"), operator_, Link::no, kByMethod, "{}", "", Found::maybe},
    {DELETE("/alerts/configs/{config}"), operator_, Link::no, kByMethod, "{}", "", Found::maybe},
    {POST("/alerts/configs/{config}/test"), operator_, Link::no, kByMethod, "{}", "", Found::maybe},
    {GET("/alerts/deliveries"), operator_},
    {GET("/alerts/deliveries/{delivery}"), operator_, Link::no, kByMethod, "{}", "", Found::maybe},
    {POST("/alerts/deliveries/{delivery}/retry"), operator_, Link::no, kByMethod, "{}", "",
     Found::maybe},

    {GET("/invoices"), anybody, Link::yes},
    {GET("/invoices"), reader, Link::no, kByMethod, "{}", "?team={team}"},
    {GET("/invoices/preview"), anybody, Link::yes},
    {GET("/invoices/preview"), reader, Link::no, kByMethod, "{}", "?team={team}"},
    {GET("/invoices/export"), operator_, Link::no, kByMethod, "{}", "?month=2020-01"},
    {GET("/invoices/{invoice}"), reader, Link::no, kByMethod, "{}", "", Found::maybe},
    {GET("/invoices/{invoice}/csv"), reader, Link::no, kByMethod, "{}", "", Found::maybe},
    {GET("/invoices/{invoice}/page"), reader, Link::no, kByMethod, "{}", "", Found::maybe},

    {GET("/teams"), anybody, Link::yes},
    {POST("/teams"), account, Link::no, kByMethod, R"({"name":"more"})"},
    {GET("/teams/{team}"), reader},
    {PATCH("/teams/{team}"), owner, Link::no, kByMethod, R"({"name":"team"})"},
    {GET("/teams/{team}/quotas"), reader},
    {PUT("/teams/{team}/quotas/{quota}"), operator_, Link::no, kByMethod, R"({"max":50})"},
    {DELETE("/teams/{team}/quotas/{quota}"), operator_},
    {GET("/teams/{team}/members"), reader},
    {PATCH("/teams/{team}/members/{account}"), owner, Link::no, kAccess, R"({"role":"member"})"},
    {DELETE("/teams/{team}/members/{account}"), owner, Link::no, kAccess},
    {GET("/teams/{team}/invitations"), owner},
    {POST("/teams/{team}/invitations"), owner, Link::no, kAccess,
     R"({"email":"new@example.org","role":"member"})"},
    {DELETE("/teams/{team}/invitations/{invitation}"), owner, Link::no, kAccess},
    {POST("/invitations/accept"), person, Link::no, kByMethod, R"({"secret":"x"})", "",
     Found::maybe},

    {GET("/account"), account},
    {PATCH("/account"), account, Link::no, kByMethod, R"({"name":"x"})"},
    {GET("/account/sessions"), account},
    {DELETE("/account/sessions/{session}"), person, Link::no, kByMethod, "{}", "", Found::maybe},
    {DELETE("/account/sessions"), person},
    {GET("/account/second_factor"), account},
    {POST("/account/second_factor"), person},
    {POST("/account/second_factor/confirm"), person, Link::no, kByMethod, R"({"code":"1"})"},
    {POST("/account/second_factor/recovery_codes"), person, Link::no, kByMethod,
     R"({"password":"correct horse battery"})"},
    {POST("/account/second_factor/remove"), person, Link::no, kByMethod,
     R"({"password":"correct horse battery"})"},
    {GET("/account/tokens"), account},
    {POST("/account/tokens"), person, Link::no, kByMethod, R"({"name":"x"})"},
    {DELETE("/account/tokens/{token}"), person, Link::no, kByMethod, "{}", "", Found::maybe},
    {GET("/session"), person},
    {POST("/password"), person, Link::no, kByMethod,
     R"({"current":"correct horse battery","new":"correct horse battery"})"},
    {POST("/sign_out"), person},

    {GET("/accounts"), operator_},
    {GET("/accounts/{account}"), operator_},
    {PATCH("/accounts/{account}"), operator_, Link::no, kAccess, R"({"operator":false})"},
    {POST("/accounts/{account}/reset_link"), operator_, Link::no, kAccess},
    {POST("/accounts/{account}/second_factor/remove"), operator_, Link::no, kAccess},
    {POST("/accounts/{account}/suspend"), operator_, Link::no, kAccess},
    {POST("/accounts/{account}/unsuspend"), operator_, Link::no, kAccess},
    {POST("/operator_link"), operator_, Link::no, kAccess},
    {GET("/mails"), operator_},
    {POST("/mails/{mail}/retry"), operator_, Link::no, kByMethod, "{}", "", Found::maybe},
};

// By an operator as a person alone; asked apart.
inline const std::set<std::string> kOperatorInPerson = {
    "POST /api/admin/v1/accounts/{account}/support"};

// What opens without a proof, because it is the door or tells nothing of anybody.
inline const std::set<std::string> kOpen = {"GET /healthz",
                                            "GET /readyz",
                                            "GET /metrics",
                                            "GET /api/openapi.json",
                                            "GET /sso/{cache}/{secret}",
                                            "GET /api/admin/v1/caller",
                                            "GET /api/admin/v1/series",
                                            "GET /api/admin/v1/sign_up",
                                            "POST /api/admin/v1/sign_up",
                                            "POST /api/admin/v1/alert_addresses/confirm",
                                            "POST /api/admin/v1/sign_up/confirm",
                                            "POST /api/admin/v1/sign_up/operator",
                                            "POST /api/admin/v1/sign_in",
                                            "POST /api/admin/v1/sign_in/second_factor",
                                            "POST /api/admin/v1/password/reset",
                                            "POST /api/admin/v1/password/reset/confirm"};

// The analytics API: what the credential must have beside `api`. Credentials in a path have none.
struct CapabilityRow {
  const char* operation;
  bool write = false;
  bool flush = false;
  const char* body = "{}";
  Found found = Found::yes;
};

#define V1 " /api/v1/{cache_id}"
#define V2 " /api/v2/caches/{cache_id}"

inline constexpr CapabilityRow kCapabilityRows[] = {
    {"GET /api/login"},
    {"GET /api/v1/login"},
    {"GET" V1 "/stats"},
    {"GET" V1 "/history"},
    {"POST" V1 "/flush", false, true},
    {"GET" V1 "/credentials"},
    {"POST" V1 "/credentials"},
    {"PATCH" V1 "/credentials/{credential}", true, true, ""},  // what is left out is true
    {"PATCH" V1 "/credentials/{credential}", false, false,
     "write_capability=false&flush_capability=false"},
    {"POST" V1 "/credentials/{credential}", true, true, ""},
    {"POST" V1 "/credentials/{credential}", false, false,
     "write_capability=false&flush_capability=false"},
    {"POST" V1 "/credentials/primary/{credential}", true, true},  // the primary has both
    {"DELETE" V1 "/credentials/{credential}", false, false, "", Found::maybe},
    {"DELETE" V1 "/credentials/primary/{credential}", false, false, "", Found::maybe},
    {"GET" V2 "/info"},
    {"GET" V2 "/credentials"},
    {"POST" V2 "/credentials"},
    {"PATCH" V2 "/credentials/{username}"},  // what is left out is false
    {"PATCH" V2 "/credentials/{username}", true, false, R"({"write_capability":true})"},
    {"PATCH" V2 "/credentials/{username}", false, true, R"({"flush_capability":true})"},
    {"DELETE" V2 "/credentials/{username}", false, false, "{}", Found::maybe},
    {"POST" V2 "/credentials/primary/{username}", true, true},
    {"POST" V2 "/rotate_sso", true, true},
    {"POST" V2 "/enable_cache", true},
    {"POST" V2 "/switch_cluster", true},
    {"POST" V2 "/flush", false, true},
    {"POST" V2 "/reset_stats", true},
    {"GET" V2 "/stats"},
    {"GET" V2 "/insight/latency"},
    {"GET" V2 "/insight/processed_stats"},
    {"GET" V2 "/insight/processed_stats/per_server"},
    {"GET" V2 "/insight/miss_ratio_curve"},
    {"GET" V2 "/alerts"},
    {"POST" V2 "/alerts", true, false, R"({"trigger_type":"hit_rate","trigger_threshold":50})"},
    {"GET" V2 "/alerts/{alert}", false, false, "", Found::maybe},
    {"PUT" V2 "/alerts/{alert}", true, false, "{}", Found::maybe},
    {"DELETE" V2 "/alerts/{alert}", true, false, "", Found::maybe},
    {"GET" V2 "/alerts/configs"},
    {"POST" V2 "/alerts/configs", true, false,
     R"({"delivery_type":"email","email":"a@example.org"})"},
    {"DELETE" V2 "/alerts/configs/{config}", true, false, "", Found::maybe},
    {"GET" V2 "/introspection/recent_logs"},
    {"GET" V2 "/introspection/compound_stats"},
    {"GET" V2 "/introspection/popular_items"},
    {"GET" V2 "/introspection/key_stats"},
    {"GET" V2 "/introspection/prefixes"},
    {"POST" V2 "/introspection/prefixes", true, false, R"({"name":"a:"})"},
    {"DELETE" V2 "/introspection/prefixes/{prefix}", true, false, "", Found::maybe},
    {"GET" V2 "/introspection/prefixes/{prefix}/stats", false, false, "", Found::maybe},
    {"GET" V2 "/introspection/prefixes/{prefix}/popular_items", false, false, "", Found::maybe},
};

#undef GET
#undef POST
#undef PUT
#undef PATCH
#undef DELETE
#undef OF_CACHE
#undef V1
#undef V2

}  // namespace cachery::rights
