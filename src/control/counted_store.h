// A Store that counts: transactions, and those that the database failed (locked, full, gone), for
// /metrics. What a service refuses is not the database's failure and is not counted as one.
#pragma once

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

#include "control/store.h"

namespace cachery::control {

class CountedStore final : public Store {
 public:
  explicit CountedStore(std::unique_ptr<Store> store) : store_(std::move(store)) {}

  Status write(const Work& work) override { return counted(store_->write(work), writes_); }
  Status read(const Work& work) override { return counted(store_->read(work), reads_); }

  // Since the last transaction that ended as it should. Any thread, and it never waits.
  int64_t silent_seconds() const { return (now_ns() - answered_at_ns_.load()) / 1'000'000'000; }

  // In the Prometheus text format.
  std::string metrics() const {
    return fmt::format(
        "# HELP cachery_database_transactions_total Transactions, failed ones included\n"
        "# TYPE cachery_database_transactions_total counter\n"
        "cachery_database_transactions_total{{kind=\"read\"}} {}\n"
        "cachery_database_transactions_total{{kind=\"write\"}} {}\n"
        "# HELP cachery_database_failures_total Transactions that the database failed\n"
        "# TYPE cachery_database_failures_total counter\n"
        "cachery_database_failures_total {}\n"
        "# HELP cachery_database_silent_seconds Since the last transaction that ended well\n"
        "# TYPE cachery_database_silent_seconds gauge\n"
        "cachery_database_silent_seconds {}\n",
        reads_.load(), writes_.load(), failures_.load(), silent_seconds());
  }

 private:
  Status counted(Status done, std::atomic<uint64_t>& count) {
    ++count;
    const bool is_failure = !done && (done.error().fault == Fault::unavailable ||
                                      done.error().fault == Fault::internal);
    if (is_failure) {
      ++failures_;
    } else {
      answered_at_ns_ = now_ns();
    }
    return done;
  }
  static int64_t now_ns() { return std::chrono::steady_clock::now().time_since_epoch().count(); }

  const std::unique_ptr<Store> store_;
  std::atomic<uint64_t> reads_{0};
  std::atomic<uint64_t> writes_{0};
  std::atomic<uint64_t> failures_{0};
  std::atomic<int64_t> answered_at_ns_{now_ns()};
};

}  // namespace cachery::control
