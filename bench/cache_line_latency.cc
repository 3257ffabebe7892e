// Prints how many nanoseconds a cache line takes from one core to another and back, halved: the
// median of many rounds of ping-pong. On virtual machines it has two states, as the host moves the
// processors, and they change what a comparison of servers says; bench/compare drops a run in which
// it changed. usage: cache_line_latency CORE CORE
#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

namespace {

constexpr unsigned kRounds = 2000;
constexpr unsigned kSamples = 51;

bool pin_to(int core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<size_t>(core), &set);
  return pthread_setaffinity_np(pthread_self(), sizeof set, &set) == 0;
}

struct alignas(64) Ball {
  std::atomic<unsigned> hits{0};
};

void return_ball(Ball& ball) {
  for (unsigned i = 0; i < kRounds * kSamples; ++i) {
    while (ball.hits.load(std::memory_order_acquire) != 2 * i + 1) {
    }
    ball.hits.store(2 * i + 2, std::memory_order_release);
  }
}

double sample(Ball& ball, unsigned first) {
  const auto start = std::chrono::steady_clock::now();
  for (unsigned i = first; i < first + kRounds; ++i) {
    ball.hits.store(2 * i + 1, std::memory_order_release);
    while (ball.hits.load(std::memory_order_acquire) != 2 * i + 2) {
    }
  }
  const std::chrono::duration<double, std::nano> spent = std::chrono::steady_clock::now() - start;
  return spent.count() / (2.0 * kRounds);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: cache_line_latency CORE CORE\n");
    return 2;
  }
  Ball ball;
  std::atomic<int> other_is_pinned{-1};
  std::thread other([&] {
    other_is_pinned = pin_to(std::atoi(argv[2])) ? 1 : 0;
    if (other_is_pinned == 1) return_ball(ball);
  });
  const bool is_pinned = pin_to(std::atoi(argv[1]));
  while (other_is_pinned == -1) std::this_thread::yield();
  if (!is_pinned || other_is_pinned == 0) {
    std::fprintf(stderr, "cache_line_latency: cannot run on cores %s and %s\n", argv[1], argv[2]);
    std::_Exit(1);
  }
  std::array<double, kSamples> samples{};
  for (unsigned i = 0; i < kSamples; ++i) samples[i] = sample(ball, i * kRounds);
  other.join();
  std::sort(samples.begin(), samples.end());
  std::printf("%.1f\n", samples[kSamples / 2]);
  return 0;
}
