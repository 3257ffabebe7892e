// All services about people, put together once: the program, the API and the tests hand around this
// in place of nine. The members stand in the order of their needs.
#pragma once

#include "control/accounts.h"
#include "control/accounts_password.h"
#include "control/invitations.h"
#include "control/jobs.h"
#include "control/second_factor.h"
#include "control/sessions.h"
#include "control/sign_in.h"
#include "control/sign_in_limits.h"
#include "control/sign_up.h"
#include "control/teams.h"
#include "control/tokens.h"

namespace cachery::control {

struct AccountsServices {
  explicit AccountsServices(const AccountsGround& wanted_ground) : ground(wanted_ground) {}
  AccountsServices(const AccountsServices&) = delete;
  AccountsServices& operator=(const AccountsServices&) = delete;

  // Mails, answers to who forgot a password, and forgetting what has ended. This must outlive them.
  void add_jobs(Jobs& jobs);

  const AccountsGround ground;
  const Sessions sessions{ground};
  const SecondFactor second_factor{ground};
  const Teams teams{ground};
  const Invitations invitations{ground};
  const SignUp sign_up{ground, invitations};
  const SignIn sign_in{ground, sessions, second_factor, sign_up};
  const AccountsPassword password{ground};
  const Accounts accounts{ground, sessions};
  const Tokens tokens{ground};
  SignInLimits limits{ground.clock};
};

}  // namespace cachery::control
