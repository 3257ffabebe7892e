#include "moving/old_server.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "moving/binary_talk.h"

namespace cachery::moving {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kRetry{1};
// A handshake and a login in three dialects; nobody waits for them but the first connection.
constexpr std::chrono::milliseconds kConnectPatience{1000};
constexpr int64_t kSecondsLeftMax = int64_t{10} * 365 * 86400;  // no point in time overflows by it
constexpr size_t kAnswerBytesMax = 32 << 20;                    // of values that one batch may hold

std::string_view first_word(std::string_view text) {
  return text.substr(0, std::min(text.find(' '), text.size()));
}

template <typename Number>
bool read_number(std::string_view text, Number& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

// "VA 5 t-1 f0": the size, what is left of its time (-1: for ever) and the flags, in that order.
bool read_meta_line(std::string_view line, OldItem& item, size_t& bytes) {
  if (!line.starts_with("VA ")) return false;
  line.remove_prefix(3);
  if (!read_number(first_word(line), bytes)) return false;
  int64_t left = 0;
  while (line.find(' ') != std::string_view::npos) {
    line.remove_prefix(line.find(' ') + 1);
    const std::string_view word = first_word(line);
    if (word.starts_with('t') && !read_number(word.substr(1), left)) return false;
    if (word.starts_with('f')) item.flags = word.substr(1);
  }
  item.exptime = left < 0 ? 0 : std::clamp<int64_t>(left, 1, kSecondsLeftMax);
  return !item.flags.empty();
}

// `total`, of the values of one answer, is at most kAnswerBytesMax before and after.
bool read_value(net::LineStream& stream, size_t bytes, size_t& total, OldItem& item) {
  if (bytes > kAnswerBytesMax - total) return false;
  total += bytes;
  const auto value = stream.read_bytes(bytes + 2);
  if (value) item.value = value->substr(0, bytes);
  return value.has_value();
}

}  // namespace

Result<std::unique_ptr<OldServer>> OldServer::open(OldServerSettings settings) {
  std::unique_ptr<OldServer> made(new OldServer(std::move(settings)));
  auto first = made->connect();
  if (first) {
    made->idle_.push_back(std::move(*first));
    made->open_ = 1;
  } else if (first.error().fault == Fault::unavailable) {
    made->first_failure_ = first.error().detail;
  } else {
    return std::unexpected(first.error());
  }
  made->keeper_ =
      std::jthread([old = made.get()](const std::stop_token& stop) { old->keep_connected(stop); });
  return made;
}

OldServer::OldServer(OldServerSettings settings) : settings_(std::move(settings)) {}

OldServer::~OldServer() = default;

Result<OldServer::Line> OldServer::connect() const {
  const auto patience = std::max(settings_.patience, kConnectPatience);
  auto line = open_line(patience);
  if (line) line->stream.set_patience(settings_.patience);
  return line;
}

Result<OldServer::Line> OldServer::open_line(std::chrono::milliseconds patience) const {
  auto stream = open_server(settings_.server, patience);
  if (!stream && !settings_.server.username.empty()) {
    // A server behind SASL ends a connection that speaks text.
    auto binary = open_binary_server(settings_.server, patience);
    if (binary) return Line{std::move(*binary), Dialect::binary};
  }
  if (!stream) return std::unexpected(stream.error());
  // A server that knows meta commands answers MN, or EN in the first of them; others say ERROR.
  if (const Status sent = stream->send("mn\r\n"); !sent) return std::unexpected(sent.error());
  const auto answer = stream->read_line();
  if (!answer) return std::unexpected(answer.error());
  const bool knows_meta = !answer->starts_with("ERROR");
  return Line{std::move(*stream), knows_meta ? Dialect::meta : Dialect::text};
}

void OldServer::keep_connected(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    if (!changed_.wait(lock, stop, [&] { return open_ < settings_.connections; })) return;
    lock.unlock();
    auto line = connect();
    lock.lock();
    if (line) {
      ++open_;
      idle_.push_back(std::move(*line));
      changed_.notify_all();
    } else {
      changed_.wait_for(lock, stop, kRetry, [] { return false; });
    }
  }
}

std::optional<OldServer::Line> OldServer::take(Deadline deadline) {
  std::unique_lock lock(mutex_);
  // With none open at all there is nothing to wait for.
  changed_.wait_until(lock, deadline, [&] { return !idle_.empty() || open_ == 0; });
  if (idle_.empty()) return std::nullopt;
  Line line = std::move(idle_.back());
  idle_.pop_back();
  return line;
}

void OldServer::give_back(std::optional<Line> line) {
  const std::scoped_lock lock(mutex_);
  if (line) {
    idle_.push_back(std::move(*line));
  } else {
    --open_;
  }
  changed_.notify_all();
}

size_t OldServer::allowed(size_t keys) {
  if (settings_.items_per_second == 0) return keys;
  const std::scoped_lock lock(mutex_);
  const auto now = steady_clock::now();
  const auto rate = static_cast<double>(settings_.items_per_second);
  const double passed = std::chrono::duration<double>(now - allowance_at_).count();
  allowance_ = std::min(rate, allowance_ + passed * rate);
  allowance_at_ = now;
  const size_t granted = std::min(keys, static_cast<size_t>(allowance_));
  allowance_ -= static_cast<double>(granted);
  counters_.over_rate += keys - granted;
  return granted;
}

std::vector<OldItem> OldServer::fetch(std::span<const std::string> keys) {
  keys = keys.first(allowed(keys.size()));
  if (keys.empty()) return {};
  const Deadline deadline = steady_clock::now() + settings_.patience;
  std::optional<Line> line = take(deadline);
  if (!line) {
    counters_.unavailable += keys.size();
    return {};
  }
  auto items = ask(*line, keys, deadline);
  if (!items) {
    counters_.late += keys.size();
    line.reset();
  } else {
    counters_.fetched += items->size();
    counters_.absent += keys.size() - items->size();
  }
  give_back(std::move(line));
  return std::move(items).value_or(std::vector<OldItem>{});
}

std::optional<std::vector<OldItem>> OldServer::ask(Line& line, std::span<const std::string> keys,
                                                   Deadline deadline) const {
  switch (line.dialect) {
    case Dialect::meta:
      return ask_meta(line, keys, deadline);
    case Dialect::text:
      return ask_text(line, keys, deadline);
    case Dialect::binary:
      return ask_binary(line, keys, deadline);
  }
  return std::nullopt;
}

std::optional<std::vector<OldItem>> OldServer::ask_meta(Line& line,
                                                        std::span<const std::string> keys,
                                                        Deadline deadline) const {
  std::string command;
  for (const std::string& key : keys) command.append("mg ").append(key).append(" t f v\r\n");
  if (!line.stream.send(command)) return std::nullopt;
  std::vector<OldItem> items;
  size_t total = 0;
  for (const std::string& key : keys) {
    const auto told = line.stream.read_line();
    if (!told || steady_clock::now() > deadline) return std::nullopt;
    if (*told == "EN") continue;
    OldItem item{.key = key};
    size_t bytes = 0;
    if (!read_meta_line(*told, item, bytes)) return std::nullopt;
    if (!read_value(line.stream, bytes, total, item)) return std::nullopt;
    items.push_back(std::move(item));
  }
  return items;
}

std::optional<std::vector<OldItem>> OldServer::ask_text(Line& line,
                                                        std::span<const std::string> keys,
                                                        Deadline deadline) const {
  std::string command = "get";
  for (const std::string& key : keys) command.append(1, ' ').append(key);
  if (!line.stream.send(command + "\r\n")) return std::nullopt;
  std::vector<OldItem> items;
  size_t total = 0;
  for (auto key = keys.begin();;) {
    const auto told = line.stream.read_line();
    if (!told || steady_clock::now() > deadline) return std::nullopt;
    if (*told == "END") return items;
    ValueLine value;
    if (!read_value_line(*told, value)) return std::nullopt;
    key = std::find(key, keys.end(), value.key);
    if (key == keys.end()) return std::nullopt;
    OldItem item{
        .key = *key++, .flags = std::string(value.flags), .exptime = settings_.untold_seconds};
    if (!read_value(line.stream, value.bytes, total, item)) return std::nullopt;
    items.push_back(std::move(item));
  }
}

std::optional<std::vector<OldItem>> OldServer::ask_binary(Line& line,
                                                          std::span<const std::string> keys,
                                                          Deadline deadline) const {
  std::string command;
  for (const std::string& key : keys) append_binary_get(key, command);
  if (!line.stream.send(command)) return std::nullopt;
  std::vector<OldItem> items;
  size_t room = kAnswerBytesMax;
  for (const std::string& key : keys) {
    auto answer = read_binary_answer(line.stream, room);
    if (!answer || steady_clock::now() > deadline) return std::nullopt;
    room -= answer->value.size();
    if (answer->status == kBinaryNotFound) continue;
    if (answer->status != kBinaryDone) return std::nullopt;
    items.push_back({.key = key,
                     .flags = std::to_string(answer->flags),
                     .value = std::move(answer->value),
                     .exptime = settings_.untold_seconds});
  }
  return items;
}

// Whether the next delete was answered as one is.
bool OldServer::delete_next(Line& line) {
  if (line.dialect == Dialect::binary) {
    const auto answer = read_binary_answer(line.stream, net::LineStream::kLineBytesMax);
    return answer && (answer->status == kBinaryDone || answer->status == kBinaryNotFound);
  }
  const auto answer = line.stream.read_line();
  return answer && (*answer == "DELETED" || *answer == "NOT_FOUND");
}

void OldServer::forget(std::span<const std::string> keys) {
  if (keys.empty()) return;
  const Deadline deadline = steady_clock::now() + settings_.patience;
  std::optional<Line> line = take(deadline);
  size_t done = 0;
  if (line) {
    std::string command;
    for (const std::string& key : keys) {
      if (line->dialect == Dialect::binary) {
        append_binary_delete(key, command);
      } else {
        command.append("delete ").append(key).append("\r\n");
      }
    }
    bool is_in_step = line->stream.send(command).has_value();
    while (is_in_step && done < keys.size()) {
      is_in_step = delete_next(*line) && steady_clock::now() <= deadline;
      if (is_in_step) ++done;
    }
    if (!is_in_step) line.reset();
    give_back(std::move(line));
  }
  counters_.deleted += done;
  counters_.undeleted += keys.size() - done;
}

}  // namespace cachery::moving
