// Who makes a change, from where and by what way: an argument of every call that changes something,
// and what its audit row says. It proves nothing; api/ does that before it makes one.
#pragma once

#include <cstdint>
#include <string>

namespace cachery::control {

enum class ActorKind : uint8_t {
  operator_token,  // whoever holds the operator token: the command line on the machine
  account,         // a person, by a session or a token of theirs
  support,         // an operator who signed in as somebody else
  credential,      // a cache's credential, by the analytics API
  link,            // a cache's single sign-on address
  provider,        // a platform that provisions caches
  job,             // the service itself
};

// Names as the API and the database have them: "operator_token", "account", ...
constexpr const char* name_of(ActorKind kind) {
  switch (kind) {
    case ActorKind::operator_token:
      return "operator_token";
    case ActorKind::account:
      return "account";
    case ActorKind::support:
      return "support";
    case ActorKind::credential:
      return "credential";
    case ActorKind::link:
      return "link";
    case ActorKind::provider:
      return "provider";
    case ActorKind::job:
      return "job";
  }
  return "";
}

struct Actor {
  ActorKind kind = ActorKind::job;
  uint64_t id = 0;           // of the account or credential; 0: it has none
  std::string name = {};     // an e-mail address, a username, a job's name
  uint64_t operator_id = 0;  // support: the account that really acts
  std::string address = {};  // the client's, without its port; empty for a job
};

}  // namespace cachery::control
