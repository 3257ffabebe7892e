// conversation_runner: plays .conv files in one world and says what failed. The last line is always
// `N passed, N failed, N skipped`; the exit code is 0 when nothing failed.
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <atomic>
#include <fstream>
#include <iterator>
#include <mutex>
#include <thread>

#include "base/log.h"
#include "cachery_world.h"
#include "differences.h"
#include "inprocess_world.h"
#include "play.h"
#include "upstream_world.h"

namespace cachery::conversation {
namespace {

struct Settings {
  std::string world = "upstream";
  std::string memcached = "/usr/bin/memcached";
  std::string cachery;
  std::string filter;
  std::string documented;
  bool verbose = false;
  unsigned jobs = 4;
  std::vector<std::string> files;
};

struct Stage {
  Place place;
  Create create;
};

Result<Stage> build_stage(const Settings& settings) {
  if (settings.world == "upstream") {
    const Result<Version> version = ask_upstream_version(settings.memcached);
    if (!version) return std::unexpected(version.error());
    Stage stage;
    stage.place.side = Side::upstream;
    stage.place.version = *version;
    stage.create = [program = settings.memcached](const Conversation& conversation) {
      return make_upstream_world(program, conversation);
    };
    return stage;
  }
  if (settings.world == "cachery") {
    Stage stage;
    stage.create = [program = settings.cachery](const Conversation& conversation) {
      return make_cachery_world(program, conversation);
    };
    return stage;
  }
  if (settings.world == "inprocess") {
    Stage stage;
    stage.place.advance_max = std::chrono::seconds::max();
    stage.create = make_inprocess_world;
    return stage;
  }
  return fail(Fault::invalid,
              "unknown world " + settings.world + ": upstream, cachery or inprocess");
}

Result<std::string> read_file(const std::string& path) {
  std::ifstream stream(path);
  if (!stream) return fail(Fault::not_found, "cannot read " + path);
  return std::string{std::istreambuf_iterator<char>(stream), {}};
}

Result<std::vector<Conversation>> read_files(const Settings& settings) {
  std::vector<Conversation> all;
  for (const std::string& file : settings.files) {
    const Result<std::string> content = read_file(file);
    if (!content) return std::unexpected(content.error());
    Result<std::vector<Conversation>> read = parse_conversations(file, *content);
    if (!read) return read;
    for (Conversation& conversation : *read) {
      const std::string name = conversation.file + ": " + conversation.title;
      if (name.find(settings.filter) != std::string::npos) all.push_back(std::move(conversation));
    }
  }
  return all;
}

// Takes verdicts from several threads and prints each once, whole.
class Report {
 public:
  explicit Report(bool verbose) : verbose_(verbose) {}

  void add(const Conversation& conversation, const Verdict& verdict) {
    const std::lock_guard lock(mutex_);
    ++counts_[static_cast<std::size_t>(verdict.outcome)];
    const std::string name = fmt::format("{}:{}: {}", conversation.file, conversation.line,
                                         conversation.title);
    if (verdict.outcome == Outcome::failed) fmt::print("FAILED {}\n", verdict.detail);
    if (verdict.outcome == Outcome::skipped) fmt::print("skipped {}: {}\n", name, verdict.detail);
    if (verdict.outcome == Outcome::passed && verbose_) fmt::print("passed {}\n", name);
  }

  int close() {
    fmt::print("{} passed, {} failed, {} skipped\n", counts_[0], counts_[1], counts_[2]);
    return counts_[1] == 0 ? 0 : 1;
  }

 private:
  bool verbose_;
  std::mutex mutex_;
  std::size_t counts_[3] = {};  // guarded by mutex_, by Outcome
};

int play_all(const std::vector<Conversation>& conversations, const Stage& stage,
             const Settings& settings) {
  Report report(settings.verbose);
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < conversations.size(); i = next++) {
      report.add(conversations[i], play(conversations[i], stage.place, stage.create));
    }
  };
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < settings.jobs; ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  return report.close();
}

int check_documented(const std::vector<Conversation>& conversations, const std::string& path) {
  const Result<std::string> page = read_file(path);
  const std::vector<std::string> missing =
      page ? find_undocumented(conversations, *page) : std::vector{page.error().detail};
  for (const std::string& line : missing) fmt::print("FAILED {}\n", line);
  fmt::print("{} passed, {} failed, 0 skipped\n", missing.empty() ? 1 : 0, missing.size());
  return missing.empty() ? 0 : 1;
}

int run(const Settings& settings) {
  const Result<std::vector<Conversation>> conversations = read_files(settings);
  if (!conversations) {
    fmt::print("{}\n0 passed, 1 failed, 0 skipped\n", conversations.error().detail);
    return 1;
  }
  if (!settings.documented.empty()) return check_documented(*conversations, settings.documented);
  const Result<Stage> stage = build_stage(settings);
  if (!stage) {
    fmt::print("{}\n0 passed, 1 failed, {} skipped\n", stage.error().detail,
               conversations->size());
    return 1;
  }
  return play_all(*conversations, *stage, settings);
}

}  // namespace
}  // namespace cachery::conversation

int main(int argc, char** argv) {
  cachery::conversation::Settings settings;
  CLI::App app("Plays conversations with a memcache server and compares every byte.");
  app.add_option("--world", settings.world, "upstream, cachery or inprocess");
  app.add_option("--memcached", settings.memcached, "upstream's program")->envname("MEMCACHED");
  app.add_option("--cachery", settings.cachery, "our program");
  app.add_option("--filter", settings.filter, "only those whose `file: title` contains this");
  app.add_option("--documented", settings.documented,
                 "play nothing: compare the marks with the tables of this page");
  app.add_option("--jobs", settings.jobs, "conversations at a time")->check(CLI::Range(1, 64));
  app.add_flag("-v,--verbose", settings.verbose, "name those that passed, too");
  app.add_option("files", settings.files, ".conv files")->required();
  CLI11_PARSE(app, argc, argv);
  cachery::log::configure(cachery::log::Level::error, cachery::log::Format::text);
  return cachery::conversation::run(settings);
}
