#include "api/teams.h"

#include "api/people_rows.h"
#include "http/status.h"

namespace cachery::api {
namespace {

namespace json = http::json;
namespace schema = http::schema;
using http::Description;
using http::Request;
using http::Response;

constexpr uint64_t kQuotaMax = uint64_t{1} << 40;  // more than anybody can hold

Result<control::Role> take_role(http::JsonFields& fields) {
  const auto name = fields.text("role");
  const auto role = name ? control::parse_role(*name) : std::nullopt;
  if (role) return *role;
  return fail(Fault::invalid, "\"role\" must be owner, member or read_only");
}

class TeamApi {
 public:
  explicit TeamApi(const AccountsApi& api) : accounts_(api.accounts) {}

  Response list(const Request&, const Principal& principal) const {
    return respond_list("teams", accounts_.teams.list(team_caller(principal)));
  }

  Response create(const Request& request, const Principal& principal) const {
    const auto name = take_name(request);
    if (!name) return http::error_response(name.error());
    return respond_one(accounts_.teams.create(team_caller(principal), *name), 201);
  }

  Response show(const Request& request, const Principal& principal) const {
    const auto team = path_id(request, "team");
    if (!team) return http::error_response(team.error());
    return respond_one(accounts_.teams.find(team_caller(principal), *team));
  }

  Response rename(const Request& request, const Principal& principal) const {
    const auto team = path_id(request, "team");
    const auto name = take_name(request);
    if (!team || !name) return http::error_response(!team ? team.error() : name.error());
    return respond_one(accounts_.teams.rename(team_caller(principal), *team, *name));
  }

  Response list_quotas(const Request& request, const Principal& principal) const {
    const auto team = path_id(request, "team");
    if (!team) return http::error_response(team.error());
    return respond_list("quotas", accounts_.teams.quotas(team_caller(principal), *team));
  }

  Response set_quota(const Request& request, const Principal& principal) const {
    if (auto good = check_operator(principal); !good) return http::error_response(good.error());
    auto fields = read_fields(request);
    if (!fields) return http::error_response(fields.error());
    const auto most = fields->number("max", kQuotaMax);
    if (auto done = fields->finish(); !done) return http::error_response(done.error());
    if (!most) {
      return http::error_response({Fault::invalid, "\"max\" is missing: give it as a number"});
    }
    return change_quota(request, principal, *most);
  }

  Response reset_quota(const Request& request, const Principal& principal) const {
    if (auto good = check_operator(principal); !good) return http::error_response(good.error());
    return change_quota(request, principal, std::nullopt);
  }

  Response list_members(const Request& request, const Principal& principal) const {
    const auto team = path_id(request, "team");
    if (!team) return http::error_response(team.error());
    return respond_list("members", accounts_.teams.members(team_caller(principal), *team));
  }

  Response change_role(const Request& request, const Principal& principal) const {
    const auto team = path_id(request, "team");
    const auto account = path_id(request, "account");
    if (!team || !account) return http::error_response(!team ? team.error() : account.error());
    auto fields = read_fields(request);
    if (!fields) return http::error_response(fields.error());
    const auto role = take_role(*fields);
    if (auto done = fields->finish(); !done) return http::error_response(done.error());
    if (!role) return http::error_response(role.error());
    return respond_one(accounts_.teams.set_role(team_caller(principal), *team, *account, *role));
  }

  Response remove_member(const Request& request, const Principal& principal) const {
    const auto team = path_id(request, "team");
    const auto account = path_id(request, "account");
    if (!team || !account) return http::error_response(!team ? team.error() : account.error());
    return respond(accounts_.teams.remove_member(team_caller(principal), *team, *account));
  }

  Response list_invitations(const Request& request, const Principal& principal) const {
    const auto team = path_id(request, "team");
    if (!team) return http::error_response(team.error());
    return respond_list("invitations", accounts_.invitations.list(team_caller(principal), *team));
  }

  Response invite(const Request& request, const Principal& principal) const {
    const auto team = path_id(request, "team");
    auto fields = read_fields(request);
    if (!team || !fields) return http::error_response(!team ? team.error() : fields.error());
    const auto email = required(fields->text("email"), "email");
    const auto role = take_role(*fields);
    if (auto done = fields->finish(); !done) return http::error_response(done.error());
    if (!email || !role) return http::error_response(!email ? email.error() : role.error());
    const auto wait =
        accounts_.invitations.wait_before_invite(team_caller(principal), *team, *email);
    if (!wait) return http::error_response(wait.error());
    if (*wait > 0) return too_many(*wait);
    const auto made = accounts_.invitations.invite(team_caller(principal), *team, *email, *role);
    if (!made) return http::error_response(made.error());
    json::object out = to_json(made->invitation);
    out["link"] = made->link.empty() ? json::value() : json::value(made->link);
    return http::json_response(201, out);
  }

  Response withdraw(const Request& request, const Principal& principal) const {
    const auto team = path_id(request, "team");
    const auto invitation = path_id(request, "invitation");
    if (!team || !invitation) {
      return http::error_response(!team ? team.error() : invitation.error());
    }
    return respond(accounts_.invitations.withdraw(team_caller(principal), *team, *invitation));
  }

  // By the invited person alone: support has no business there.
  Response accept(const Request& request, const Principal& principal) const {
    const auto account = person_of(principal);
    auto fields = read_fields(request);
    if (!account || !fields)
      return http::error_response(!account ? account.error() : fields.error());
    const auto secret = required(fields->text("secret"), "secret");
    if (auto done = fields->finish(); !done) return http::error_response(done.error());
    if (!secret) return http::error_response(secret.error());
    return respond_one(accounts_.invitations.accept(principal.actor, *account, *secret));
  }

 private:
  Response change_quota(const Request& request, const Principal& principal,
                        std::optional<uint64_t> most) const {
    const auto team = path_id(request, "team");
    if (!team) return http::error_response(team.error());
    const auto quota = control::parse_quota(request.parameter("quota"));
    if (!quota) {
      return http::error_response({Fault::not_found,
                                   "there is no such quota: memory_mib, caches, credentials and "
                                   "own_ports are those there are"});
    }
    return respond_list("quotas", accounts_.teams.set_quota(principal.actor, *team, *quota, most));
  }

  static Result<std::string> take_name(const Request& request) {
    auto fields = read_fields(request);
    if (!fields) return std::unexpected(fields.error());
    auto name = required(fields->text("name"), "name");
    if (auto done = fields->finish(); !done) return std::unexpected(done.error());
    return name;
  }

  control::AccountsServices& accounts_;
};

using Row = PeopleRow<Response (TeamApi::*)(const Request&, const Principal&) const>;

http::Schema name_body() { return schema::body({{"name", schema::text()}}, {"name"}); }

Description describe_list() {
  return http::answers(200, schema::object({{"teams", schema::list(team_schema())}}));
}

Description describe_team() { return http::answers(200, team_schema()); }
Description describe_create() { return http::answers(201, team_schema()).takes(name_body()); }
Description describe_rename() { return describe_team().takes(name_body()); }
Description describe_gone() { return http::answers(204); }

Description describe_quotas() {
  return http::answers(200, schema::object({{"quotas", schema::list(quota_schema())}}));
}

Description describe_set_quota() {
  return describe_quotas().takes(schema::body({{"max", schema::integer(0, kQuotaMax)}}, {"max"}));
}

Description describe_members() {
  return http::answers(200, schema::object({{"members", schema::list(team_member_schema())}}));
}

Description describe_role() {
  return http::answers(200, team_member_schema())
      .takes(schema::body({{"role", role_schema()}}, {"role"}));
}

Description describe_invitations() {
  return http::answers(200, schema::object({{"invitations", schema::list(invitation_schema())}}));
}

Description describe_invite() {
  return http::answers(201, made_invitation_schema())
      .takes(schema::body({{"email", schema::text()}, {"role", role_schema()}}, {"email", "role"}));
}

Description describe_accept() {
  return describe_team().takes(schema::body({{"secret", schema::text()}}, {"secret"}));
}

using enum http::Method;
using enum http::Pace;
using enum Touches;

constexpr Row kRows[] = {
    {get, "/teams", "One's teams", &TeamApi::list, describe_list},
    {post, "/teams", "Make a team: name", &TeamApi::create, describe_create},
    {get, "/teams/{team}", "A team", &TeamApi::show, describe_team},
    {patch, "/teams/{team}", "Rename a team: name", &TeamApi::rename, describe_rename},
    {get, "/teams/{team}/quotas", "What a team holds, and how much it may", &TeamApi::list_quotas,
     describe_quotas},
    {put, "/teams/{team}/quotas/{quota}", "Operators: give a team a bound of its own: max",
     &TeamApi::set_quota, describe_set_quota},
    {http::Method::remove, "/teams/{team}/quotas/{quota}",
     "Operators: a team has the default bound again", &TeamApi::reset_quota, describe_quotas},
    {get, "/teams/{team}/members", "Who is in a team", &TeamApi::list_members, describe_members},
    {patch, "/teams/{team}/members/{account}", "Change a member's role: role",
     &TeamApi::change_role, describe_role, quick, access},
    {http::Method::remove, "/teams/{team}/members/{account}", "Remove a member, or leave",
     &TeamApi::remove_member, describe_gone, quick, access},
    {get, "/teams/{team}/invitations", "Open invitations", &TeamApi::list_invitations,
     describe_invitations},
    {post, "/teams/{team}/invitations", "Invite: email, role", &TeamApi::invite, describe_invite,
     quick, access},
    {http::Method::remove, "/teams/{team}/invitations/{invitation}", "Withdraw an invitation",
     &TeamApi::withdraw, describe_gone, quick, access},
    {post, "/invitations/accept", "Join a team by an invitation: secret", &TeamApi::accept,
     describe_accept},
};

}  // namespace

std::vector<http::Endpoint> team_endpoints(const AccountsApi& api) {
  return people_endpoints(api.principals, TeamApi(api), kRows);
}

}  // namespace cachery::api
