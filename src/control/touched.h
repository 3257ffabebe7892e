// What a transaction has changed of what nodes must know, noted by the rows that are written: the
// publisher reads no more than that again. Noted there and not by the services, so that none can
// forget it.
#pragma once

#include <set>
#include <string>

#include "control/role.h"
#include "tenant/snapshot.h"

namespace cachery::control {

struct Touched {
  std::set<tenant::CacheId> caches = {};  // their own rows, or those of their credentials
  std::set<std::string> plans = {};       // whose caches have other limits now
  std::set<TeamId> teams = {};            // whose caches may be refused now
};

}  // namespace cachery::control
