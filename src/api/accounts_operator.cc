// What operators do about everybody's accounts. Its twin for one's own account: accounts.cc.
#include "api/accounts.h"
#include "api/page_query.h"
#include "api/people_rows.h"
#include "api/session.h"
#include "http/status.h"

namespace cachery::api {
namespace {

namespace json = http::json;
namespace schema = http::schema;
using http::Description;
using http::Request;
using http::Response;

constexpr uint64_t kPageDefault = 100;

class OperatorApi {
 public:
  explicit OperatorApi(const AccountsApi& api) : accounts_(api.accounts) {}

  Response list(const Request& request, const Principal&) const {
    QueryFields query(request.query);
    const control::AccountQuery wanted{
        .search = query.text("search").value_or(""),
        .after = query.number("after", INT64_MAX).value_or(0),
        .count_max = static_cast<uint32_t>(
            query.number("limit", control::kAccountsPageMax).value_or(kPageDefault))};
    if (auto done = query.finish(); !done) return http::error_response(done.error());
    const auto page = accounts_.accounts.list(wanted);
    if (!page) return http::error_response(page.error());
    json::array out;
    for (const auto& account : page->accounts) out.push_back(to_json(account));
    return http::without_secrets(
        http::json_response(200, {{"accounts", std::move(out)}, {"has_more", page->has_more}}));
  }

  Response show(const Request& request, const Principal&) const {
    const auto id = path_id(request, "account");
    if (!id) return http::error_response(id.error());
    const auto account = accounts_.accounts.find(*id);
    if (!account) return http::error_response(account.error());
    const auto teams = accounts_.teams.list({.account = *id});
    if (!teams) return http::error_response(teams.error());
    json::object out = to_json(*account);
    json::array roles;
    for (const auto& team : *teams) roles.push_back(to_json(team));
    out["teams"] = std::move(roles);
    return http::json_response(200, out);
  }

  Response update(const Request& request, const Principal& principal) const {
    const auto id = path_id(request, "account");
    auto fields = read_fields(request);
    if (!id || !fields) return http::error_response(!id ? id.error() : fields.error());
    const auto is_operator = fields->truth("operator");
    if (auto done = fields->finish(); !done) return http::error_response(done.error());
    if (!is_operator) {
      return http::error_response({Fault::invalid, "\"operator\" is missing: true or false"});
    }
    return respond_one(accounts_.accounts.set_operator(principal.actor, *id, *is_operator));
  }

  Response suspend(const Request& request, const Principal& principal) const {
    const auto id = path_id(request, "account");
    auto fields = read_fields(request);
    if (!id || !fields) return http::error_response(!id ? id.error() : fields.error());
    const bool disables = fields->truth("disable_caches").value_or(false);
    if (auto done = fields->finish(); !done) return http::error_response(done.error());
    const auto caches = disables ? control::CachesToo::yes : control::CachesToo::no;
    return respond_one(accounts_.accounts.suspend(principal.actor, *id, caches));
  }

  Response unsuspend(const Request& request, const Principal& principal) const {
    const auto id = path_id(request, "account");
    if (!id) return http::error_response(id.error());
    return respond_one(accounts_.accounts.unsuspend(principal.actor, *id));
  }

  // The operator's browser is the other account from here on; its own session is ended by hand.
  Response support(const Request& request, const Principal& principal) const {
    const auto id = path_id(request, "account");
    const auto person = person_of(principal);
    if (!id || !person) return http::error_response(!id ? id.error() : person.error());
    const auto session =
        accounts_.accounts.sign_in_as_support(principal.actor, client_of(request), *id);
    if (!session) return http::error_response(session.error());
    return welcome(accounts_, request, *session);
  }

  Response make_reset_link(const Request& request, const Principal& principal) const {
    const auto id = path_id(request, "account");
    if (!id) return http::error_response(id.error());
    const auto secret = accounts_.password.make_reset_link(principal.actor, *id);
    if (!secret) return http::error_response(secret.error());
    return http::json_response(201, {{"link", accounts_.ground.links.reset(*secret)},
                                     {"expires_in_seconds", control::kResetSeconds}});
  }

  Response remove_second_factor(const Request& request, const Principal& principal) const {
    const auto id = path_id(request, "account");
    if (!id) return http::error_response(id.error());
    return respond(accounts_.second_factor.disable_as_operator(principal.actor, *id));
  }

  Response make_operator_link(const Request&, const Principal& principal) const {
    const auto secret = accounts_.sign_up.make_operator_link(principal.actor);
    if (!secret) return http::error_response(secret.error());
    return http::json_response(201, {{"link", accounts_.ground.links.operator_link(*secret)},
                                     {"expires_in_seconds", control::kOperatorLinkSeconds}});
  }

  Response list_mails(const Request& request, const Principal&) const {
    const auto page = page_query(request, control::kMailsPageMax);
    if (!page) return http::error_response(page.error());
    return respond_list("mails", accounts_.ground.mails.list(page->before, page->limit));
  }

  Response retry_mail(const Request& request, const Principal& principal) const {
    const auto id = path_id(request, "mail");
    if (!id) return http::error_response(id.error());
    return respond_one(accounts_.ground.mails.retry(principal.actor, *id));
  }

 private:
  control::AccountsServices& accounts_;
};

using Row = PeopleRow<Response (OperatorApi::*)(const Request&, const Principal&) const>;

Description describe_accounts() {
  return http::answers(200, schema::object({{"accounts", schema::list(account_schema())},
                                            {"has_more", schema::truth()}}))
      .with_query("search", schema::text())
      .with_query("after", schema::integer())
      .with_query("limit", schema::integer(1, control::kAccountsPageMax));
}

Description describe_account() { return http::answers(200, account_schema()); }

Description describe_with_teams() { return http::answers(200, account_with_teams_schema()); }

Description describe_update() {
  return describe_account().takes(schema::body({{"operator", schema::truth()}}, {"operator"}));
}

Description describe_suspend() {
  return describe_account().takes(schema::body({{"disable_caches", schema::truth()}}));
}

Description describe_support() {
  return http::answers(
      200, schema::object({{"account", account_schema()}, {"csrf_token", schema::text()}}));
}

Description describe_link() {
  return http::answers(
      201, schema::object({{"link", schema::text()}, {"expires_in_seconds", schema::integer()}}));
}

Description describe_gone() { return http::answers(204); }

Description describe_mails() {
  return http::answers(200, schema::object({{"mails", schema::list(mail_schema())}}))
      .with_query("before", schema::integer())
      .with_query("limit", schema::integer(1, control::kMailsPageMax));
}

Description describe_mail() { return http::answers(200, mail_schema()); }

using enum http::Method;
using enum http::Pace;
using enum Touches;

constexpr Row kRows[] = {
    {get, "/accounts", "Accounts: search, after, limit", &OperatorApi::list, describe_accounts},
    {get, "/accounts/{account}", "An account with its teams", &OperatorApi::show,
     describe_with_teams},
    {patch, "/accounts/{account}", "Make or unmake an operator: operator", &OperatorApi::update,
     describe_update, quick, access},
    {post, "/accounts/{account}/suspend", "End its sessions and refuse it: disable_caches",
     &OperatorApi::suspend, describe_suspend, quick, access},
    {post, "/accounts/{account}/unsuspend", "Let it in again", &OperatorApi::unsuspend,
     describe_account, quick, access},
    {post, "/accounts/{account}/support", "Sign in as it, for an hour", &OperatorApi::support,
     describe_support},
    {post, "/accounts/{account}/reset_link", "A one-time link that sets a new password",
     &OperatorApi::make_reset_link, describe_link, quick, access},
    {post, "/accounts/{account}/second_factor/remove", "Remove its second factor, which is lost",
     &OperatorApi::remove_second_factor, describe_gone, quick, access},
    {post, "/operator_link", "A new one-time link that makes an operator",
     &OperatorApi::make_operator_link, describe_link, quick, access},
    {get, "/mails", "Mails, without their texts: before, limit", &OperatorApi::list_mails,
     describe_mails},
    {post, "/mails/{mail}/retry", "Try a mail again now", &OperatorApi::retry_mail, describe_mail},
};

}  // namespace

std::vector<http::Endpoint> operator_endpoints(const AccountsApi& api) {
  return people_endpoints(api.principals, OperatorApi(api), kRows, For::operators);
}

}  // namespace cachery::api
