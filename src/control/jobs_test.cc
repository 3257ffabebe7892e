#include "control/jobs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>

namespace cachery::control {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;

struct JobsTest : testing::Test {
  void add(const std::string& name, int64_t period) {
    jobs.add({.name = name, .period = seconds(period), .run = [this, name](const Now& now) {
                ran.push_back(name + "@" + std::to_string(now.unix_seconds - 1'000));
                return outcome;
              }});
  }
  uint64_t advance(int64_t by) {
    clock.advance_seconds(by);
    return jobs.run_due(clock.now());
  }

  FakeClock clock{1'000};
  Jobs jobs{clock};
  std::vector<std::string> ran;
  Status outcome;
};

TEST_F(JobsTest, EveryJobIsRunAtOnceAndThenByItsPeriod) {
  add("fast", 2);
  add("slow", 5);
  for (int i = 0; i < 6; ++i) advance(i == 0 ? 0 : 1);
  EXPECT_THAT(ran, ElementsAre("fast@0", "slow@0", "fast@2", "fast@4", "slow@5"));
}

TEST_F(JobsTest, ALateJobIsRunOnceAndKeepsItsPeriodFromThen) {
  add("job", 10);
  advance(0);
  advance(95);
  advance(9);
  advance(1);
  EXPECT_THAT(ran, ElementsAre("job@0", "job@95", "job@105"));
}

TEST_F(JobsTest, AJobThatIsALittleLateStaysInStep) {
  add("job", 10);
  advance(0);
  advance(13);
  advance(7);
  EXPECT_THAT(ran, ElementsAre("job@0", "job@13", "job@20"));
}

TEST_F(JobsTest, SaysWhenTheNextIsDue) {
  add("fast", 2);
  add("slow", 5);
  EXPECT_EQ(advance(0), 2'000'000'000u);
  EXPECT_EQ(advance(4), 5'000'000'000u);
}

TEST_F(JobsTest, AFailureIsCountedAndTheJobRunsAgain) {
  add("job", 10);
  outcome = fail(Fault::unavailable, "the database is away");
  advance(0);
  outcome = {};
  advance(10);
  const JobReport report = jobs.report().at(0);
  EXPECT_EQ(report.runs_count, 2u);
  EXPECT_EQ(report.failures_count, 1u);
  EXPECT_EQ(report.last_success_unix_seconds, 1'010);
  EXPECT_THAT(job_metrics({&jobs}), HasSubstr("cachery_job_runs_total{job=\"job\"} 2\n"));
  EXPECT_THAT(job_metrics({&jobs}), HasSubstr("cachery_job_failures_total{job=\"job\"} 1\n"));
}

TEST_F(JobsTest, TheTimeSpentIsCounted) {
  jobs.add({.name = "job", .period = seconds(1), .run = [this](const Now&) {
              clock.advance_seconds(3);
              return Status{};
            }});
  jobs.run_due(clock.now());
  EXPECT_EQ(jobs.report().at(0).busy_ns, 3'000'000'000u);
  EXPECT_EQ(jobs.report().at(0).longest_ns, 3'000'000'000u);
}

TEST(JobsThreadTest, RunsJobsUntilItIsStoppedAndNoneAfterwards) {
  const SystemClock clock;
  std::promise<void> has_run;
  std::atomic<int> runs = 0;
  Jobs jobs(clock);
  jobs.add({.name = "job", .period = seconds(3600), .run = [&](const Now&) {
              if (++runs == 1) has_run.set_value();
              return Status{};
            }});
  jobs.start();
  has_run.get_future().wait();
  jobs.stop();
  jobs.stop();
  jobs.run_due({.unix_seconds = 1, .steady_ns = UINT64_MAX / 2});
  EXPECT_EQ(runs, 1);
}

}  // namespace
}  // namespace cachery::control
