// CHECK dies with a name: for bugs only. Nothing that a client or an operator sends can reach one.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace cachery {

[[noreturn]] inline void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "cachery: bug: CHECK(%s) failed at %s:%d\n", condition, file, line);
  std::abort();
}

}  // namespace cachery

#define CHECK(condition) \
  ((condition) ? void(0) : ::cachery::check_failed(#condition, __FILE__, __LINE__))
