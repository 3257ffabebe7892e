// Which threads answer what: slow requests, instant ones, and all others.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <latch>
#include <semaphore>
#include <vector>

#include "http/client.h"
#include "http/limits.h"
#include "http/server.h"

namespace cachery::http {
namespace {

Response echo(const Request&) { return Response{.content_type = "text/plain", .body = "answered"}; }

TEST(ServerPaceTest, SlowRequestsMakeNoOtherWaitAndAreBounded) {
  std::latch goes_on{1};
  std::atomic<int> slow_count = 0;
  ServerSettings settings;
  settings.pace = [](const Request& request) {
    return request.segments.front() == "slow" ? Pace::slow : Pace::quick;
  };
  const auto server = start_server(settings, [&](const Request& request) {
                        if (request.segments.front() == "slow") {
                          ++slow_count;
                          goes_on.wait();
                        }
                        return echo(request);
                      }).value();
  const std::string origin = fmt::format("http://127.0.0.1:{}", server->port());
  const auto ask = [&](const std::string& path) {
    return fetch({.origin = origin, .path = path}).value();
  };
  std::vector<std::future<Response>> slow;
  for (size_t i = 0; i < kSlowRequestsMax; ++i) {
    slow.push_back(std::async(std::launch::async, ask, "/slow"));
  }
  // One more is refused once all of them are there; until then this one is one of them.
  Response refused;
  while (refused.status != 503) {
    slow.push_back(std::async(std::launch::async, ask, "/slow"));
    if (slow.back().wait_for(std::chrono::milliseconds(200)) == std::future_status::ready) {
      refused = slow.back().get();
      slow.pop_back();
    }
  }
  EXPECT_EQ(refused.header("retry-after"), "1");
  EXPECT_EQ(ask("/quick").status, 200);
  EXPECT_EQ(slow_count, kSlowThreads);
  goes_on.count_down();
  for (auto& one : slow) EXPECT_THAT(one.get().status, testing::AnyOf(200, 503));
}

TEST(ServerPaceTest, InstantRequestsAreAnsweredWhileAllHandlersWait) {
  std::latch goes_on{1};
  std::counting_semaphore<> waiting{0};
  ServerSettings settings;
  settings.pace = [](const Request& request) {
    return request.segments.front() == "instant" ? Pace::instant : Pace::quick;
  };
  const auto server = start_server(settings, [&](const Request& request) {
                        if (request.segments.front() == "waits") {
                          waiting.release();
                          goes_on.wait();
                        }
                        return echo(request);
                      }).value();
  const std::string origin = fmt::format("http://127.0.0.1:{}", server->port());
  const auto ask = [&](const std::string& path) {
    return fetch({.origin = origin, .path = path}).value();
  };
  std::vector<std::future<Response>> asked;
  for (int i = 0; i < kThreads + 2; ++i) {
    asked.push_back(std::async(std::launch::async, ask, "/waits"));
  }
  for (int i = 0; i < kThreads; ++i) waiting.acquire();
  EXPECT_EQ(ask("/instant").status, 200);
  goes_on.count_down();
  for (auto& one : asked) EXPECT_EQ(one.get().status, 200);
}

TEST(ServerPaceTest, SlowRequestsHaveAPartForThoseWhoAreKnown) {
  std::latch goes_on{1};
  ServerSettings settings;
  settings.pace = [](const Request&) { return Pace::slow; };
  settings.is_shared_address = [](const std::string&) { return true; };
  settings.known_name_of = [](const Request& request) {
    const std::string name(request.header("X-Device"));
    return name.empty() ? std::nullopt : std::optional(name);
  };
  std::atomic<size_t> known_count = 0;
  const auto server = start_server(settings, [&](const Request& request) {
                        goes_on.wait();
                        if (!request.header("X-Device").empty()) ++known_count;
                        return echo(request);
                      }).value();
  const auto ask = [&](const std::string& device) {
    http::NamedValues headers;
    if (!device.empty()) headers.emplace_back("X-Device", device);
    return fetch({.origin = fmt::format("http://127.0.0.1:{}", server->port()),
                  .path = "/",
                  .headers = std::move(headers)})
        .value();
  };
  std::vector<std::future<Response>> strangers;
  int refused_count = 0;
  while (refused_count == 0) {  // until they have all that strangers may have
    strangers.push_back(std::async(std::launch::async, ask, ""));
    auto& last = strangers.back();
    if (last.wait_for(std::chrono::milliseconds(20)) != std::future_status::ready) continue;
    EXPECT_EQ(last.get().status, 503);
    ++refused_count;
  }
  EXPECT_GE(strangers.size(), kSlowRequestsMax - kSlowRequestsKept);
  auto ann = std::async(std::launch::async, ask, "account 1");
  goes_on.count_down();
  EXPECT_EQ(ann.get().status, 200);
  EXPECT_EQ(known_count, 1u);
  for (auto& one : strangers) {
    if (!one.valid()) continue;
    EXPECT_THAT(one.get().status, testing::AnyOf(200, 503));
  }
}

}  // namespace
}  // namespace cachery::http
