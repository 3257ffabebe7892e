#include "control/jobs.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "base/log.h"

namespace cachery::control {
namespace {

// The thread looks at the clock at least this often, whatever is due.
constexpr uint64_t kLongestSleepNs = 60'000'000'000;

uint64_t period_ns(const Job& job) {
  return static_cast<uint64_t>(std::chrono::nanoseconds(job.period).count());
}

// One series of every job, from `value` of its report.
template <typename Value>
void add_series(std::string& text, std::string_view name, std::string_view kind,
                std::string_view help, const std::vector<JobReport>& reports, Value value) {
  text += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, kind);
  for (const JobReport& report : reports) {
    text += fmt::format("{}{{job=\"{}\"}} {}\n", name, report.name, value(report));
  }
}

}  // namespace

void Jobs::add(Job job) {
  CHECK(!thread_.joinable());
  CHECK(job.period.count() > 0 && job.run);
  CHECK(std::ranges::none_of(entries_, [&](const Entry& e) { return e.job.name == job.name; }));
  JobReport report{.name = job.name};
  entries_.push_back({.job = std::move(job), .report = std::move(report)});
}

uint64_t Jobs::run_due(const Now& now) {
  uint64_t next = now.steady_ns + kLongestSleepNs;
  for (Entry& entry : entries_) {
    if (entry.due_steady_ns <= now.steady_ns) {
      run(entry, now);
      // In step with the times before, unless one was missed.
      entry.due_steady_ns += period_ns(entry.job);
      if (entry.due_steady_ns <= now.steady_ns) {
        entry.due_steady_ns = now.steady_ns + period_ns(entry.job);
      }
    }
    next = std::min(next, entry.due_steady_ns);
  }
  return next;
}

void Jobs::run(Entry& entry, const Now& now) {
  {
    const std::lock_guard lock(mutex_);
    if (is_stopping_) return;
  }
  const uint64_t begun_ns = clock_.now().steady_ns;
  const Status done = entry.job.run(now);
  const uint64_t took_ns = clock_.now().steady_ns - begun_ns;
  if (!done) {
    log::error("job_failed", {{"job", entry.job.name}, {"detail", done.error().detail}});
  }
  const std::lock_guard lock(mutex_);
  JobReport& report = entry.report;
  ++report.runs_count;
  report.busy_ns += took_ns;
  report.longest_ns = std::max(report.longest_ns, took_ns);
  if (done) {
    report.last_success_unix_seconds = now.unix_seconds;
  } else {
    ++report.failures_count;
  }
}

void Jobs::start() {
  CHECK(!thread_.joinable());
  thread_ = std::thread([this] { loop(); });
}

void Jobs::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  wakes_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Jobs::loop() {
  std::unique_lock lock(mutex_);
  while (!is_stopping_) {
    lock.unlock();
    const uint64_t next_ns = run_due(clock_.now());
    const uint64_t now_ns = clock_.now().steady_ns;
    lock.lock();
    const uint64_t sleep_ns = next_ns > now_ns ? next_ns - now_ns : 0;
    wakes_.wait_for(lock, std::chrono::nanoseconds(sleep_ns), [this] { return is_stopping_; });
  }
}

std::vector<JobReport> Jobs::report() const {
  const std::lock_guard lock(mutex_);
  std::vector<JobReport> reports;
  for (const Entry& entry : entries_) reports.push_back(entry.report);
  return reports;
}

std::string job_metrics(std::initializer_list<const Jobs*> all) {
  std::vector<JobReport> reports;
  for (const Jobs* jobs : all) {
    for (JobReport& report : jobs->report()) reports.push_back(std::move(report));
  }
  std::string text;
  add_series(text, "cachery_job_runs_total", "counter", "Runs of a periodic job, failures included",
             reports, [](const JobReport& report) { return report.runs_count; });
  add_series(text, "cachery_job_failures_total", "counter", "Runs of a periodic job that failed",
             reports, [](const JobReport& report) { return report.failures_count; });
  add_series(text, "cachery_job_seconds_total", "counter", "Time spent in a periodic job", reports,
             [](const JobReport& report) { return static_cast<double>(report.busy_ns) / 1e9; });
  add_series(text, "cachery_job_longest_seconds", "gauge", "The longest run of a periodic job",
             reports,
             [](const JobReport& report) { return static_cast<double>(report.longest_ns) / 1e9; });
  add_series(text, "cachery_job_last_success_timestamp_seconds", "gauge",
             "When a periodic job last succeeded, as Unix time; 0: not yet", reports,
             [](const JobReport& report) { return report.last_success_unix_seconds; });
  return text;
}

}  // namespace cachery::control
