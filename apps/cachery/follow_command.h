// `cachery import --follow URL`: serves an application in front of a cache and reads through to an
// old server on a miss, until a signal ends it (moving/follow.h does it; this is its flags, its
// line of progress and its summary).
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "moving/copy.h"
#include "terminal.h"

namespace cachery {

struct FollowArguments {
  std::string url = {};  // empty: nothing is followed
  std::string listen = "127.0.0.1:0";
  uint64_t seconds = 0;  // how long the old server is asked; 0: until the end
  uint64_t patience_ms = 100;
  uint64_t connections = 8;
  uint64_t untold_seconds = 3600;
  bool wants_json = false;

  void add_to(CLI::App& command);
};

// `copy` says where the cache is, the old server's login unless the URL does, and the rate.
void run_follow(const FollowArguments& arguments, const moving::CopySettings& copy,
                Terminal& terminal);

}  // namespace cachery
