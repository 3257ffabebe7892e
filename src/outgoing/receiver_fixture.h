// For tests: somebody who is delivered to, on a free port of this machine. Keeps what he was sent
// and answers what he is told to.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/check.h"
#include "http/server.h"

namespace cachery::outgoing {

class Receiver {
 public:
  Receiver() {
    auto started = http::start_server({}, [this](const http::Request& request) {
      const std::lock_guard lock(mutex_);
      received_.push_back(request);
      return answer_;
    });
    CHECK(started.has_value());
    server_ = std::move(*started);
  }

  std::string url(const std::string& path = "/hook") const {
    return "http://127.0.0.1:" + std::to_string(server_->port()) + path;
  }
  void answer(http::Response response) {
    const std::lock_guard lock(mutex_);
    answer_ = std::move(response);
  }
  std::vector<http::Request> received() const {
    const std::lock_guard lock(mutex_);
    return received_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<http::Request> received_;
  http::Response answer_{.status = 200};
  std::unique_ptr<http::Server> server_;  // last: its threads use the above
};

}  // namespace cachery::outgoing
