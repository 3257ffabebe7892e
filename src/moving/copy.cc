#include "moving/copy.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <thread>
#include <vector>

#include "base/limits.h"
#include "moving/key_list.h"

namespace cachery::moving {
namespace {

using net::LineStream;
using std::chrono::steady_clock;

constexpr std::chrono::seconds kPatience{30};
constexpr uint64_t kValueBytesMax = 1 << 30;   // of any memcached; more is no answer of one
constexpr uint64_t kReadPastBytes = 64 << 10;  // at a time
constexpr size_t kBatchKeys = 100;
constexpr size_t kBatchBytesMax = 8 << 20;  // of values waiting to be written

struct Item {
  std::string key = {};
  int64_t expires_at = 0;
  std::string flags = {};
  std::string value = {};
};

class Copy {
 public:
  Copy(const CopySettings& settings, LineStream from, LineStream to)
      : settings_(settings), from_(std::move(from)), to_(std::move(to)) {}

  Status run(KeyList& keys, Progress& progress,
             const std::function<void(const Progress&)>& report) {
    const auto begin = steady_clock::now();
    std::vector<DumpedKey> batch;
    for (bool more = true; more;) {
      more = take_batch(keys, batch, progress);
      if (const Status moved = move(batch, progress); !moved) return moved;
      report(progress);
      if (settings_.items_per_second != 0 && more) {
        const double due =
            static_cast<double>(progress.done) / static_cast<double>(settings_.items_per_second);
        std::this_thread::sleep_until(begin + std::chrono::duration_cast<steady_clock::duration>(
                                                  std::chrono::duration<double>(due)));
      }
    }
    return {};
  }

 private:
  // False: the list has no more.
  static bool take_batch(KeyList& keys, std::vector<DumpedKey>& batch, Progress& progress) {
    batch.clear();
    const int64_t now = std::time(nullptr);
    while (batch.size() < kBatchKeys) {
      auto dumped = keys.next();
      if (!dumped) return false;
      if (!is_text_key(dumped->key)) {
        ++progress.unreadable;
        ++progress.done;
      } else if (dumped->expires_at != 0 && dumped->expires_at <= now) {
        ++progress.gone;
        ++progress.done;
      } else {
        batch.push_back(std::move(*dumped));
      }
    }
    return true;
  }

  Status move(const std::vector<DumpedKey>& batch, Progress& progress) {
    if (batch.empty()) return {};
    std::string command = "get";
    for (const DumpedKey& one : batch) command.append(1, ' ').append(one.key);
    if (const Status sent = from_.send(command + "\r\n"); !sent) return sent;
    std::vector<Item> items;
    size_t found = 0, waiting_bytes = 0;
    for (auto key = batch.begin();;) {
      const auto line = from_.read_line();
      if (!line) return std::unexpected(line.error());
      if (*line == "END") break;
      ValueLine told;
      if (!read_value_line(*line, told) || told.bytes > kValueBytesMax) {
        return unexpected_answer(*line);
      }
      // Answers come in the order of the keys; those that are gone are left out.
      while (key != batch.end() && key->key != told.key) ++key;
      if (key == batch.end()) return unexpected_answer(*line);
      ++found;
      if (told.bytes > limits::kItemBytesMax) {
        ++progress.too_large;
        if (const Status passed = pass_over(told.bytes); !passed) return passed;
        continue;
      }
      Item item{.key = key->key, .expires_at = key->expires_at, .flags = std::string(told.flags)};
      const auto value = from_.read_bytes(told.bytes + 2);
      if (!value) return std::unexpected(value.error());
      item.value = value->substr(0, value->size() - 2);
      waiting_bytes += item.value.size();
      items.push_back(std::move(item));
      if (waiting_bytes < kBatchBytesMax) continue;
      if (const Status written = write(items, progress); !written) return written;
      items.clear();
      waiting_bytes = 0;
    }
    progress.gone += batch.size() - std::min(found, batch.size());
    progress.done += batch.size();
    return write(items, progress);
  }

  std::unexpected<Error> unexpected_answer(std::string_view line) const {
    return fail(Fault::invalid,
                fmt::format("{} answered a get with: {}", settings_.from.address, line));
  }

  // A value that no cache can hold, and the line's end behind it.
  Status pass_over(uint64_t bytes) {
    while (bytes != 0) {
      const auto dropped = from_.read_bytes(std::min(bytes, kReadPastBytes));
      if (!dropped) return std::unexpected(dropped.error());
      bytes -= dropped->size();
    }
    const auto end = from_.read_bytes(2);
    return end ? Status{} : std::unexpected(end.error());
  }

  Status write(const std::vector<Item>& items, Progress& progress) {
    std::string commands;
    const std::string_view verb = settings_.overwrites ? "set" : "add";
    for (const Item& item : items) {
      fmt::format_to(std::back_inserter(commands), "{} {} {} {} {}\r\n", verb, item.key, item.flags,
                     item.expires_at, item.value.size());
      commands.append(item.value).append("\r\n");
    }
    if (const Status sent = to_.send(commands); !sent) return sent;
    for (const Item& item : items) {
      const auto answer = to_.read_line();
      if (!answer) return std::unexpected(answer.error());
      count(*answer, item, progress);
    }
    return {};
  }

  static void count(std::string_view answer, const Item& item, Progress& progress) {
    if (answer == "STORED") {
      ++progress.copied;
      progress.copied_bytes += item.value.size();
    } else if (answer == "NOT_STORED") {
      ++progress.kept;
    } else if (answer.starts_with("SERVER_ERROR object too large")) {
      ++progress.too_large;
    } else {
      ++progress.refused;
      progress.refusal = answer;
    }
  }

  const CopySettings& settings_;
  LineStream from_;
  LineStream to_;
};

}  // namespace

Result<Progress> copy_items(const CopySettings& settings,
                            const std::function<void(const Progress&)>& report) {
  Progress progress;
  // The target first: a login that is wrong should not cost the source a crawl.
  auto to = open_server(settings.to, kPatience);
  if (!to) return std::unexpected(to.error());
  auto keys = KeyList::read(settings.from, {});
  if (!keys) return std::unexpected(keys.error());
  progress.keys = keys->keys();
  progress.is_list_whole = keys->is_whole();
  auto from = open_server(settings.from, kPatience);
  if (!from) return std::unexpected(from.error());
  Copy copy(settings, std::move(*from), std::move(*to));
  if (const Status done = copy.run(*keys, progress, report); !done) {
    return std::unexpected(done.error());
  }
  return progress;
}

}  // namespace cachery::moving
