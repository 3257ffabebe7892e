#include "moving/copy.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <ctime>
#include <memory>
#include <thread>
#include <vector>

#include "moving/dump_line.h"

namespace cachery::moving {
namespace {

using net::LineStream;
using std::chrono::steady_clock;

constexpr std::chrono::seconds kPatience{30};  // a crawl of a busy server answers late
constexpr size_t kBatchKeys = 100;
constexpr size_t kBatchBytesMax = 8 << 20;  // of values waiting to be written

struct FileClose {
  void operator()(FILE* file) const { fclose(file); }
};
using File = std::unique_ptr<FILE, FileClose>;

struct Item {
  std::string key = {};
  int64_t expires_at = 0;
  std::string flags = {};
  std::string value = {};
};

// The source's keys, one line each, in a file that nobody else sees.
Result<File> dump_keys(const Server& from, uint64_t& keys) {
  auto stream = open_server(from, kPatience);
  if (!stream) return std::unexpected(stream.error());
  File file(std::tmpfile());
  if (file == nullptr) return fail(Fault::exhausted, "cannot make a temporary file for the keys");
  if (const Status sent = stream->send("lru_crawler metadump all\r\n"); !sent) {
    return std::unexpected(sent.error());
  }
  for (;;) {
    const auto line = stream->read_line();
    if (!line) return std::unexpected(line.error());
    if (*line == "END") break;
    if (!line->starts_with("key=")) {
      return fail(
          Fault::invalid,
          fmt::format("{} does not tell its keys (lru_crawler metadump): {}", from.address, *line));
    }
    if (fprintf(file.get(), "%.*s\n", static_cast<int>(line->size()), line->data()) < 0) {
      return fail(Fault::exhausted, "the temporary file for the keys is full");
    }
    ++keys;
  }
  rewind(file.get());
  return file;
}

std::optional<DumpedKey> next_key(FILE* file) {
  char line[LineStream::kLineBytesMax + 2];
  if (fgets(line, sizeof line, file) == nullptr) return std::nullopt;
  std::string_view text(line);
  if (text.ends_with('\n')) text.remove_suffix(1);
  return parse_dump_line(text).value_or(DumpedKey{});
}

class Copy {
 public:
  Copy(const CopySettings& settings, LineStream from, LineStream to)
      : settings_(settings), from_(std::move(from)), to_(std::move(to)) {}

  Status run(FILE* keys, Progress& progress, const std::function<void(const Progress&)>& report) {
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
  // False: the file has no more.
  static bool take_batch(FILE* keys, std::vector<DumpedKey>& batch, Progress& progress) {
    batch.clear();
    const int64_t now = std::time(nullptr);
    while (batch.size() < kBatchKeys) {
      auto dumped = next_key(keys);
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
      Item item;
      if (const Status read = read_item(*line, item); !read) return read;
      // Answers come in the order of the keys; those that are gone are left out.
      while (key != batch.end() && key->key != item.key) ++key;
      item.expires_at = key == batch.end() ? 0 : key->expires_at;
      waiting_bytes += item.value.size();
      items.push_back(std::move(item));
      ++found;
      if (waiting_bytes < kBatchBytesMax) continue;
      if (const Status written = write(items, progress); !written) return written;
      items.clear();
      waiting_bytes = 0;
    }
    progress.gone += batch.size() - std::min(found, batch.size());
    progress.done += batch.size();
    return write(items, progress);
  }

  Status read_item(std::string_view line, Item& item) {
    ValueLine told;
    if (!read_value_line(line, told)) {
      return fail(Fault::invalid,
                  fmt::format("{} answered a get with: {}", settings_.from.address, line));
    }
    item.key = told.key;
    item.flags = told.flags;
    const auto value = from_.read_bytes(told.bytes + 2);
    if (!value) return std::unexpected(value.error());
    item.value = value->substr(0, told.bytes);
    return {};
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
  const auto keys = dump_keys(settings.from, progress.keys);
  if (!keys) return std::unexpected(keys.error());
  auto from = open_server(settings.from, kPatience);
  if (!from) return std::unexpected(from.error());
  Copy copy(settings, std::move(*from), std::move(*to));
  if (const Status done = copy.run(keys->get(), progress, report); !done) {
    return std::unexpected(done.error());
  }
  return progress;
}

}  // namespace cachery::moving
