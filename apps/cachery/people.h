// The part of the control plane that is about people: accounts, teams, signing in, and the mails to
// them. It is handed the services that every part shares; its jobs have a thread of their own,
// because a mail server that is slow must hold up no sampling.
// - start(): the jobs. After the HTTP port is known: links in mails name it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/accounts_json.h"
#include "api/session.h"
#include "control/accounts_services.h"

namespace cachery {

// What the operator decides about people.
struct PeopleSettings {
  // Where their browsers reach the dashboard, without a slash at its end. Empty: set_origin().
  std::string public_url = {};
  control::SignUpRule sign_up = control::SignUpRule::open;
};

// All of it outlives the part. `mail` is null where there is no mail server.
struct PeopleNeeds {
  control::Store& store;
  control::Publisher& publisher;
  const control::Sealer& sealer;
  const control::Audit& audit;
  const Clock& clock;
  const control::Quotas& quotas;
  control::MailSender* mail = nullptr;
};

class People {
 public:
  People(PeopleSettings settings, const PeopleNeeds& needs);

  // Where links lead unless a setting says it. Before the first request and start().
  void set_origin(const std::string& origin);
  void start() { jobs_.start(); }
  // The job that runs ends with the mail that it is at.
  void end() { mails_.end(); }
  void stop() { jobs_.stop(); }

  const api::Proof& session_proof() const { return session_proof_; }
  const api::Proof& token_proof() const { return token_proof_; }
  std::vector<http::Endpoint> endpoints(const api::Principals& principals);
  const control::Jobs& jobs() const { return jobs_; }
  std::string metrics() const { return mails_.metrics() + accounts_.limits.metrics(); }
  // For what other parts have to tell people.
  const control::Mails& mails() const { return mails_; }
  const control::Links& links() const { return links_; }

  // A new link that makes the first operator; nothing when there is an operator.
  [[nodiscard]] Result<std::optional<std::string>> first_operator_link() const;

 private:
  const PeopleSettings settings_;
  control::Links links_;
  control::PasswordHasher hasher_;
  control::Mails mails_;
  control::AccountsServices accounts_;
  const api::SessionProof session_proof_;
  const api::TokenProof token_proof_;
  control::Jobs jobs_;  // last: its thread uses all of the above
};

}  // namespace cachery
