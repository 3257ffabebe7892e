#include "control/teams.h"

#include <fmt/format.h>

#include <algorithm>

#include "control/transaction.h"

namespace cachery::control {
namespace {

namespace json = boost::json;

Status check_team_name(std::string_view name) {
  if (name.empty() || name.front() == ' ' || name.back() == ' ') {
    return fail(Fault::invalid, "\"name\" must be there, without spaces at its ends");
  }
  // It is shown to people who are invited: nobody is led elsewhere by it.
  if (name.find("://") != std::string_view::npos) {
    return fail(Fault::invalid, "\"name\" must not hold an address (\"://\"): name the team");
  }
  return check_line("name", name, kTeamNameBytesMax);
}

Result<TeamRecord> find_team(Records& records, TeamId id) {
  auto found = records.teams().find(id);
  if (!found) return std::unexpected(found.error());
  if (*found) return std::move(**found);
  return fail(Fault::not_found, fmt::format("there is no team {}", id));
}

// not_found: not in it.
Result<MemberRecord> find_member(Records& records, TeamId team, AccountId account) {
  const auto members = records.teams().members_of(team);
  if (!members) return std::unexpected(members.error());
  const auto at = std::ranges::find(*members, account, &MemberRecord::account);
  if (at != members->end()) return *at;
  return fail(Fault::not_found, fmt::format("account {} is not in team {}", account, team));
}

// conflict: it would leave the team without an owner.
Status check_not_last_owner(Records& records, const MemberRecord& member) {
  if (member.role != Role::owner) return {};
  const auto members = records.teams().members_of(member.team);
  if (!members) return std::unexpected(members.error());
  if (std::ranges::count(*members, Role::owner, &MemberRecord::role) > 1) return {};
  return fail(Fault::conflict, "this is the team's last owner: make another one first");
}

json::object described(AccountId account, Role role) {
  return {{"account", account}, {"role", name_of(role)}};
}

}  // namespace

Result<TeamRecord> check_role(Records& records, const TeamCaller& caller, TeamId id, Role least) {
  auto team = find_team(records, id);
  if (!team || caller.is_operator) return team;
  const auto member = find_member(records, id, caller.account);
  if (!member && member.error().fault != Fault::not_found) return std::unexpected(member.error());
  if (!member) return fail(Fault::not_found, fmt::format("there is no team {}", id));
  if (member->role >= least) return team;
  return fail(Fault::forbidden, fmt::format("your role in team {} is {}: this needs {}", id,
                                            name_of(member->role), name_of(least)));
}

Status join_team(Records& records, const MemberRecord& member) {
  const auto members = records.teams().members_of(member.team);
  if (!members) return std::unexpected(members.error());
  if (members->size() >= kTeamMembersMax) {
    return fail(Fault::conflict, fmt::format("a team has at most {} members", kTeamMembersMax));
  }
  const auto teams = records.teams().memberships_of(member.account);
  if (!teams) return std::unexpected(teams.error());
  if (teams->size() >= kTeamsPerAccountMax) {
    return fail(Fault::conflict,
                fmt::format("an account is in at most {} teams", kTeamsPerAccountMax));
  }
  return records.teams().put(member);
}

Result<TeamRecord> create_team(const AccountsGround& ground, Records& records, const Actor& actor,
                               std::string_view name, AccountId owner) {
  const auto made = records.teams().made_by(owner);
  if (!made) return std::unexpected(made.error());
  if (made->size() >= kTeamsPerAccountMax) {
    return fail(Fault::exhausted,
                fmt::format("this account has made {} teams, the most it may", made->size()));
  }
  const auto id = records.next(kTeamIds);
  if (!id) return std::unexpected(id.error());
  const TeamRecord team{
      .id = *id, .name = std::string(name), .created_unix_seconds = ground.now(), .creator = owner};
  if (auto inserted = records.teams().insert(team); !inserted) {
    return std::unexpected(inserted.error());
  }
  if (auto joined = join_team(records, {team.id, owner, Role::owner}); !joined) {
    return std::unexpected(joined.error());
  }
  const auto noted = ground.audit.note(records, actor,
                                       {.action = "team.create",
                                        .object_kind = "team",
                                        .object_id = std::to_string(team.id),
                                        .team = team.id,
                                        .after = {{"name", team.name}, {"owner", owner}}});
  if (!noted) return std::unexpected(noted.error());
  return team;
}

Result<std::vector<OwnTeam>> Teams::list(const TeamCaller& caller) const {
  return read(ground_.store, [&](Records& records) -> Result<std::vector<OwnTeam>> {
    std::vector<OwnTeam> out;
    if (caller.is_operator && caller.account == 0) {
      auto all = records.teams().all();
      if (!all) return std::unexpected(all.error());
      for (TeamRecord& team : *all) out.push_back({std::move(team), Role::owner});
      return out;
    }
    const auto memberships = records.teams().memberships_of(caller.account);
    if (!memberships) return std::unexpected(memberships.error());
    for (const MemberRecord& one : *memberships) {
      auto team = find_team(records, one.team);
      if (!team) return std::unexpected(team.error());
      out.push_back({std::move(*team), one.role});
    }
    return out;
  });
}

Result<OwnTeam> Teams::find(const TeamCaller& caller, TeamId id) const {
  return read(ground_.store, [&](Records& records) -> Result<OwnTeam> {
    auto team = check_role(records, caller, id, Role::read_only);
    if (!team) return std::unexpected(team.error());
    if (caller.is_operator) return OwnTeam{std::move(*team), Role::owner};
    const auto member = find_member(records, id, caller.account);
    if (!member) return std::unexpected(member.error());
    return OwnTeam{std::move(*team), member->role};
  });
}

Result<OwnTeam> Teams::create(const TeamCaller& caller, std::string_view name) const {
  if (auto checked = check_team_name(name); !checked) return std::unexpected(checked.error());
  if (caller.account == 0) {
    return fail(Fault::forbidden, "a team needs an owner: sign in as an account to make one");
  }
  return write(ground_.store, [&](Records& records) -> Result<OwnTeam> {
    auto team = create_team(ground_, records, caller.actor, name, caller.account);
    if (!team) return std::unexpected(team.error());
    return OwnTeam{std::move(*team), Role::owner};
  });
}

Result<OwnTeam> Teams::rename(const TeamCaller& caller, TeamId id, std::string_view name) const {
  if (auto checked = check_team_name(name); !checked) return std::unexpected(checked.error());
  return write(ground_.store, [&](Records& records) -> Result<OwnTeam> {
    auto team = check_role(records, caller, id, Role::owner);
    if (!team) return std::unexpected(team.error());
    const std::string before = std::exchange(team->name, std::string(name));
    if (auto updated = records.teams().update(*team); !updated) {
      return std::unexpected(updated.error());
    }
    const auto noted =
        note(records, caller.actor, "team.rename", id, {{"name", before}}, {{"name", team->name}});
    if (!noted) return std::unexpected(noted.error());
    return OwnTeam{std::move(*team), Role::owner};
  });
}

Result<std::vector<QuotaState>> Teams::quotas(const TeamCaller& caller, TeamId id) const {
  return read(ground_.store, [&](Records& records) -> Result<std::vector<QuotaState>> {
    const auto team = check_role(records, caller, id, Role::read_only);
    if (!team) return std::unexpected(team.error());
    return ground_.quotas.list(records, *team);
  });
}

Result<std::vector<QuotaState>> Teams::set_quota(const Actor& actor, TeamId id, Quota quota,
                                                 std::optional<uint64_t> most) const {
  return write(ground_.store, [&](Records& records) -> Result<std::vector<QuotaState>> {
    const auto team = find_team(records, id);
    if (!team) return std::unexpected(team.error());
    const auto own = records.quotas().of(id);
    if (!own) return std::unexpected(own.error());
    const auto before = std::ranges::find(*own, quota, &TeamQuota::quota);
    const auto shown = [quota](std::optional<uint64_t> bound) {
      return json::object{{name_of(quota), bound ? json::value(*bound) : json::value("default")}};
    };
    const Status done = most ? records.quotas().put({.team = id, .quota = quota, .most = *most})
                             : records.quotas().remove(id, quota);
    if (!done) return std::unexpected(done.error());
    const auto noted =
        note(records, actor, "team.set_quota", id,
             shown(before == own->end() ? std::nullopt : std::optional(before->most)), shown(most));
    if (!noted) return std::unexpected(noted.error());
    return ground_.quotas.list(records, *team);
  });
}

Result<std::vector<TeamMember>> Teams::members(const TeamCaller& caller, TeamId id) const {
  return read(ground_.store, [&](Records& records) -> Result<std::vector<TeamMember>> {
    if (auto team = check_role(records, caller, id, Role::read_only); !team) {
      return std::unexpected(team.error());
    }
    const auto members = records.teams().members_of(id);
    if (!members) return std::unexpected(members.error());
    std::vector<TeamMember> out;
    for (const MemberRecord& one : *members) {
      auto account = find_account(records, one.account);
      if (!account) return std::unexpected(account.error());
      out.push_back({std::move(*account), one.role});
    }
    return out;
  });
}

Result<TeamMember> Teams::set_role(const TeamCaller& caller, TeamId id, AccountId account,
                                   Role role) const {
  return write(ground_.store, [&](Records& records) -> Result<TeamMember> {
    if (auto team = check_role(records, caller, id, Role::owner); !team) {
      return std::unexpected(team.error());
    }
    const auto member = find_member(records, id, account);
    if (!member) return std::unexpected(member.error());
    if (role != Role::owner) {
      if (auto checked = check_not_last_owner(records, *member); !checked) {
        return std::unexpected(checked.error());
      }
    }
    if (auto put = records.teams().put({id, account, role}); !put) {
      return std::unexpected(put.error());
    }
    const auto noted = note(records, caller.actor, "team.change_role", id,
                            described(account, member->role), described(account, role));
    if (!noted) return std::unexpected(noted.error());
    auto person = find_account(records, account);
    if (!person) return std::unexpected(person.error());
    return TeamMember{std::move(*person), role};
  });
}

Status Teams::remove_member(const TeamCaller& caller, TeamId id, AccountId account) const {
  const Role least = account == caller.account ? Role::read_only : Role::owner;
  return ground_.store.write([&](Records& records) -> Status {
    if (auto team = check_role(records, caller, id, least); !team) {
      return std::unexpected(team.error());
    }
    const auto member = find_member(records, id, account);
    if (!member) return std::unexpected(member.error());
    if (auto checked = check_not_last_owner(records, *member); !checked) return checked;
    if (auto removed = records.teams().remove_member(id, account); !removed) return removed;
    return note(records, caller.actor, "team.remove_member", id, described(account, member->role),
                {});
  });
}

Status Teams::note(Records& records, const Actor& actor, std::string_view action, TeamId team,
                   json::object before, json::object after) const {
  return ground_.audit.note(records, actor,
                            {.action = std::string(action),
                             .object_kind = "team",
                             .object_id = std::to_string(team),
                             .team = team,
                             .before = std::move(before),
                             .after = std::move(after)});
}

}  // namespace cachery::control
