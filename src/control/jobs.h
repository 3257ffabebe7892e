// What the service does by itself, again and again: sampling, alerts, metering, mail. A table of
// name, period and function, run by one thread, one job after another, so that no two jobs meet in
// the database and a test can run them all by a clock of its own. A job that is late is run once,
// not as often as it was missed; one that fails is logged, counted, and run again at its next time.
// Rejected: a thread a job (they would queue at the same database), cron expressions (nothing here
// is due at a time of the calendar; a job that is looks at the time it is given).
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/error.h"

namespace cachery::control {

struct Job {
  std::string name = {};  // "sampling": in logs and metrics
  std::chrono::seconds period{0};
  // On the jobs' thread. It should end within seconds: the others wait for it.
  std::function<Status(const Now&)> run = {};
};

struct JobReport {
  std::string name = {};
  uint64_t runs_count = 0;  // failures included
  uint64_t failures_count = 0;
  uint64_t busy_ns = 0;  // spent in it, of all runs
  uint64_t longest_ns = 0;
  int64_t last_success_unix_seconds = 0;  // 0: none yet
};

class Jobs {
 public:
  // `clock` must outlive it.
  explicit Jobs(const Clock& clock) : clock_(clock) {}
  ~Jobs() { stop(); }
  Jobs(const Jobs&) = delete;
  Jobs& operator=(const Jobs&) = delete;

  // Before start(); the name must be new. Every job is due at once: one that must look back over
  // the time that the service was down does so at its first run.
  void add(Job job);
  // Runs what is due at `now`, in the order in which it was added, and returns when the next one
  // is, in steady nanoseconds. The thread calls it with the clock's time, a test with its own.
  uint64_t run_due(const Now& now);

  void start();
  // Waits for the job that runs; nothing runs afterwards. Twice is as good as once.
  void stop();

  // Any thread. In the order in which they were added.
  std::vector<JobReport> report() const;

 private:
  struct Entry {
    Job job;
    uint64_t due_steady_ns = 0;
    JobReport report;  // guarded by mutex_
  };

  void run(Entry& entry, const Now& now);
  void loop();

  // set before start
  const Clock& clock_;
  std::vector<Entry> entries_;  // the due times: the jobs' thread alone

  mutable std::mutex mutex_;
  std::condition_variable wakes_;
  bool is_stopping_ = false;  // guarded by mutex_
  std::thread thread_;
};

// Their reports as Prometheus text. Any thread.
std::string job_metrics(std::initializer_list<const Jobs*> all);

}  // namespace cachery::control
