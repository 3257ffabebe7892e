#include "people.h"

#include <utility>

#include "api/accounts.h"
#include "api/sign_in.h"
#include "api/teams.h"
#include "api/tokens.h"

namespace cachery {

People::People(PeopleSettings settings, const PeopleNeeds& needs)
    : settings_(std::move(settings)),
      links_{settings_.public_url},
      mails_(needs.store, needs.clock, needs.sealer, needs.audit, needs.mail),
      accounts_({.store = needs.store,
                 .publisher = needs.publisher,
                 .clock = needs.clock,
                 .sealer = needs.sealer,
                 .audit = needs.audit,
                 .mails = mails_,
                 .hasher = hasher_,
                 .links = links_,
                 .quotas = needs.quotas,
                 .sign_up_rule = settings_.sign_up}),
      session_proof_(accounts_),
      token_proof_(accounts_),
      jobs_(needs.clock) {
  accounts_.add_jobs(jobs_);
}

void People::set_origin(const std::string& origin) {
  if (settings_.public_url.empty()) links_.origin = origin;
}

std::vector<http::Endpoint> People::endpoints(const api::Principals& principals) {
  const api::AccountsApi api{accounts_, principals};
  std::vector<http::Endpoint> all;
  for (auto some :
       {api::sign_in_endpoints(api), api::account_endpoints(api), api::token_endpoints(api),
        api::team_endpoints(api), api::operator_endpoints(api)}) {
    for (http::Endpoint& one : some) all.push_back(std::move(one));
  }
  return all;
}

Result<std::optional<std::string>> People::first_operator_link() const {
  const auto secret = accounts_.sign_up.first_operator_link();
  if (!secret) return std::unexpected(secret.error());
  if (!*secret) return std::nullopt;
  return links_.operator_link(**secret);
}

}  // namespace cachery
