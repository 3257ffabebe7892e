#include "moving/followed_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <iterator>
#include <utility>

#include "base/limits.h"
#include "moving/request_needs.h"

namespace cachery::moving {
namespace {

constexpr std::chrono::seconds kOpenPatience{10};
constexpr size_t kReadBytes = 65536;
constexpr int64_t kRelativeSecondsMax = 30 * 86400;  // above, a time is a point in time

bool holds(const std::vector<std::string>& keys, const std::string& key) {
  return std::ranges::find(keys, key) != keys.end();
}

void append_add(const OldItem& item, std::string& out) {
  const int64_t exptime =
      item.exptime > kRelativeSecondsMax ? std::time(nullptr) + item.exptime : item.exptime;
  fmt::format_to(std::back_inserter(out), "add {} {} {} {}\r\n", item.key, item.flags, exptime,
                 item.value.size());
  out.append(item.value).append("\r\n");
}

}  // namespace

FollowedClient::FollowedClient(Following& following, net::LineStream client)
    : following_(following), client_(std::move(client)) {
  // A login by `set` is one to the cache and a key like another here.
  state_.is_authenticated = true;
  ++following_.counters.clients;
  requests_ = std::jthread([this] { run(); });
}

FollowedClient::~FollowedClient() {
  client_.shut_down();
  {
    const std::scoped_lock lock(mutex_);
    is_stopping_ = true;
    if (cache_) cache_->shut_down();
    if (beside_) beside_->shut_down();
  }
  requests_.join();
  --following_.counters.clients;
}

bool FollowedClient::open_cache() {
  const Server& server = following_.settings.cache;
  auto cache = net::LineStream::connect(server.address, kOpenPatience);
  auto beside = open_server(server, kOpenPatience);
  if (!cache || !beside) return false;
  // An `add` under way is waited for: whoever gave it up would not know what it did.
  cache->set_patience({});
  beside->set_patience({});
  const std::scoped_lock lock(mutex_);
  if (is_stopping_) return false;
  cache_ = std::move(*cache);
  beside_ = std::move(*beside);
  return true;
}

void FollowedClient::run() {
  if (open_cache()) {
    answers_ = std::jthread([this] { pass_answers(); });
    std::vector<char> buffer(kReadBytes);
    for (size_t held = 0;;) {
      if (held == buffer.size()) buffer.resize(buffer.size() * 2);
      const auto count = client_.receive(std::span(buffer).subspan(held));
      if (!count || *count == 0) break;
      held += *count;
      const auto used = pass_requests({buffer.data(), held});
      if (!used) break;
      std::copy(buffer.begin() + static_cast<ptrdiff_t>(*used),
                buffer.begin() + static_cast<ptrdiff_t>(held), buffer.begin());
      held -= *used;
    }
    cache_->end_sending();
    answers_.join();
  }
  client_.shut_down();
  has_ended_ = true;
}

void FollowedClient::pass_answers() {
  std::vector<char> buffer(kReadBytes);
  for (;;) {
    const auto count = cache_->receive(buffer);
    if (!count || *count == 0 || !client_.send({buffer.data(), *count})) break;
  }
  // Whoever waits for the other direction is woken up.
  client_.shut_down();
  cache_->shut_down();
}

std::optional<size_t> FollowedClient::pass_requests(std::span<const char> input) {
  size_t used = 0;
  for (bool is_more = true; is_more;) {
    Batch batch;
    const size_t first = used;
    for (size_t requests = 0; is_more && requests < limits::kBatchRequests; ++requests) {
      protocol::Request request;
      const protocol::Parsed parsed =
          protocol::parse(state_, limits_, input.subspan(used), request);
      used += parsed.consumed;
      is_more = parsed.status == protocol::ParseStatus::complete;
      if (is_more) note(request, batch);
    }
    if (!prepare(batch) || !cache_->send({input.data() + first, used - first})) return std::nullopt;
  }
  return used;
}

void FollowedClient::note(const protocol::Request& request, Batch& batch) {
  const Needs needs = needs_of(request);
  batch.flushes |= needs.flushes;
  if (!needs.item && !needs.writes) return;
  auto key = text_key_of(request);
  if (!key) {
    ++following_.counters.unreadable;
    return;
  }
  // What an earlier request of the batch writes is not asked for, even if it has not been yet.
  if (needs.item && !batch.flushes && !holds(batch.written, *key) && !holds(batch.needed, *key)) {
    batch.needed.push_back(*key);
  }
  if (needs.writes && !holds(batch.written, *key)) batch.written.push_back(std::move(*key));
}

bool FollowedClient::prepare(const Batch& batch) {
  if (!following_.is_asking) return true;
  std::vector<std::string> unwritten;
  std::ranges::copy_if(batch.needed, std::back_inserter(unwritten),
                       [&](const std::string& key) { return !following_.written.has(key); });
  if (!unwritten.empty() && !copy(unwritten)) return false;
  std::vector<std::string> newly_written;
  for (const std::string& key : batch.written) {
    if (following_.written.mark(key)) newly_written.push_back(key);
  }
  following_.old.forget(newly_written);
  if (batch.flushes) {
    following_.written.mark_all();
    ++following_.counters.flushes;
  }
  return true;
}

bool FollowedClient::copy(std::span<const std::string> keys) {
  following_.counters.needed += keys.size();
  const auto missing = missing_of(keys);
  if (!missing) return false;
  following_.counters.missing += missing->size();
  std::vector<OldItem> items = following_.old.fetch(*missing);
  if (items.empty()) return true;
  const auto held = following_.written.hold(*missing);
  following_.counters.kept +=
      std::erase_if(items, [&](const OldItem& item) { return following_.written.has(item.key); });
  return store(items);
}

std::optional<std::vector<std::string>> FollowedClient::missing_of(
    std::span<const std::string> keys) {
  std::string command;
  for (const std::string& key : keys) command.append("me ").append(key).append("\r\n");
  if (!beside_->send(command)) return std::nullopt;
  std::vector<std::string> missing;
  for (const std::string& key : keys) {
    const auto answer = beside_->read_line();
    if (!answer) return std::nullopt;
    if (*answer == "EN") missing.push_back(key);
  }
  return missing;
}

bool FollowedClient::store(const std::vector<OldItem>& items) {
  std::string commands;
  for (const OldItem& item : items) append_add(item, commands);
  if (!beside_->send(commands)) return false;
  for (size_t done = 0; done < items.size(); ++done) {
    const auto answer = beside_->read_line();
    if (!answer) return false;
    count(*answer);
  }
  return true;
}

void FollowedClient::count(std::string_view answer) {
  FollowCounters& counters = following_.counters;
  ++(answer == "STORED"       ? counters.copied
     : answer == "NOT_STORED" ? counters.kept
                              : counters.refused);
}

}  // namespace cachery::moving
