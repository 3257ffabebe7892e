#include "control/accounts_services.h"

namespace cachery::control {

void AccountsServices::add_jobs(Jobs& jobs) {
  using std::chrono::seconds;
  jobs.add({.name = "password_resets", .period = seconds(2), .run = [this](const Now& now) {
              return password.answer_reset_requests(now);
            }});
  jobs.add({.name = "mail", .period = seconds(2), .run = [this](const Now& now) {
              return ground.mails.deliver_due(now);
            }});
  jobs.add({.name = "ended_sessions", .period = seconds(3600), .run = [this](const Now& now) {
              return sessions.forget_ended(now);
            }});
}

}  // namespace cachery::control
