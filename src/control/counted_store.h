// A Store that counts: transactions, and those that the database failed (locked, full, gone), for
// /metrics. What a service refuses is not the database's failure and is not counted as one.
#pragma once

#include <fmt/format.h>

#include <atomic>
#include <memory>
#include <string>

#include "control/store.h"

namespace cachery::control {

class CountedStore final : public Store {
 public:
  explicit CountedStore(std::unique_ptr<Store> store) : store_(std::move(store)) {}

  Status write(const Work& work) override { return counted(store_->write(work), writes_); }
  Status read(const Work& work) override { return counted(store_->read(work), reads_); }

  // In the Prometheus text format.
  std::string metrics() const {
    return fmt::format(
        "# HELP cachery_database_transactions_total Transactions, failed ones included\n"
        "# TYPE cachery_database_transactions_total counter\n"
        "cachery_database_transactions_total{{kind=\"read\"}} {}\n"
        "cachery_database_transactions_total{{kind=\"write\"}} {}\n"
        "# HELP cachery_database_failures_total Transactions that the database failed\n"
        "# TYPE cachery_database_failures_total counter\n"
        "cachery_database_failures_total {}\n",
        reads_.load(), writes_.load(), failures_.load());
  }

 private:
  Status counted(Status done, std::atomic<uint64_t>& count) {
    ++count;
    const bool is_failure = !done && (done.error().fault == Fault::unavailable ||
                                      done.error().fault == Fault::internal);
    if (is_failure) ++failures_;
    return done;
  }

  const std::unique_ptr<Store> store_;
  std::atomic<uint64_t> reads_{0};
  std::atomic<uint64_t> writes_{0};
  std::atomic<uint64_t> failures_{0};
};

}  // namespace cachery::control
