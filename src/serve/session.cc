#include "serve/session.h"

#include <chrono>

#include "base/base64.h"
#include "base/limits.h"
#include "base/log.h"
#include "protocol/compose.h"
#include "protocol/wire.h"
#include "serve/version.h"

namespace cachery::serve {

using net::InputResult;
using net::Next;
using protocol::Dialect;
using protocol::Output;
using protocol::Parsed;
using protocol::ParseStatus;
using protocol::Quiet;
using protocol::Request;
using protocol::Verb;
using tenant::Counter;

namespace {

// Often enough that memory is asked for early, seldom enough that asking costs little.
constexpr size_t kPreparedTogether = 8;

uint64_t steady_ns() {
  return static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
}

bool changes_items(const Request& request) {
  switch (request.verb) {
    case Verb::get:
    case Verb::meta_debug:
      return false;
    case Verb::meta_get:
      return request.meta.has('T') || request.meta.has('N');
    default:
      return true;
  }
}

// What logs in where nobody is known yet.
bool is_login(const Request& request, const tenant::TenantTable& table) {
  return (request.verb == Verb::set || request.verb == Verb::meta_set) &&
         (has_login_form(request.key, request.value) ||
          is_misspelt_login(table, request.key, request.value));
}

}  // namespace

Session::Session(SessionContext& context, std::string peer, std::string network)
    : context_(context), peer_(std::move(peer)), place_{.network = std::move(network)} {
  if (context_.settings.open_cache == 0) return;
  use_ = context_.executor.use(context_.settings.open_cache, context_.worker);
  state_.is_authenticated = use_ != nullptr;
  state_.takes_any_login = use_ != nullptr;
  if (!use_) return;
  cache_ = context_.settings.open_cache;
  use_->traffic().connections.fetch_add(1, std::memory_order_relaxed);
  use_->counters.add(Counter::total_connections);
}

Session::~Session() {
  context_.places.leave(place_);
  hold_block(0);
  if (use_) use_->traffic().connections.fetch_sub(1, std::memory_order_relaxed);
}

InputResult Session::on_input(std::span<char> input, const Now& now) {
  Output& out = context_.output;
  InputResult result;
  const size_t replied_before = out.size();
  size_t replied = replied_before;
  size_t requests = 0;
  while (result.next == Next::go_on) {
    if (use_ && has_had_its_share(now)) {
      result.next = Next::wait;
      result.wait_until_ns = now.steady_ns;  // the next turn, after who is due before
      break;
    }
    const size_t start = result.consumed;
    const size_t count = parse_batch(input.subspan(start), result);
    if (count == 0) break;
    if (context_.block != nullptr && start == 0 && count == 1) offer_block(input);
    requests += count;
    for (size_t i = 0; i < count; ++i) context_.consumed_after[i] += start;
    if (is_executed(context_.requests[0].verb)) {
      execute_batch(count, out, now, result);
    } else {
      const protocol::ParseState before = state_;
      state_ = context_.states_after[0];
      result.consumed = context_.consumed_after[0];
      answer(context_.requests[0], out, now, result);
      if (result.next == Next::wait) {  // not answered: the same bytes come again
        state_ = before;
        result.consumed = start;
      }
    }
    if (result.next != Next::go_on) break;
    if (use_) use_->spent(now.steady_ns).bytes += result.consumed - start + out.size() - replied;
    replied = out.size();
    if (out.size() >= limits::kReplyFlushBytes) result.next = Next::output_full;
  }
  if (use_) {
    use_->counters.add(Counter::bytes_read, result.consumed);
    throttle(requests, result.consumed + out.size() - replied_before, now, result);
  }
  return result;
}

InputResult Session::on_input_in(OfferedBlock& block, std::span<char> input, const Now& now) {
  // Also where an allocation fails.
  struct Offer {
    ~Offer() { block = nullptr; }
    OfferedBlock*& block;
  } const offer{context_.block};
  context_.block = &block;
  return on_input(input, now);
}

uint64_t Session::look_ahead(std::string_view input) {
  const bool may_look = use_ && state_.is_dialect_known && state_.swallow_bytes == 0 &&
                        !state_.is_in_get_line &&
                        (credential_ == nullptr || credential_->key_prefix.empty());
  if (!may_look) return 0;
  const std::string_view key = protocol::peek_key(input, state_.is_binary);
  return key.empty() ? 0 : context_.executor.look_ahead(*use_, key);
}

void Session::fetch_ahead(uint64_t token) {
  if (use_) context_.executor.fetch_ahead(*use_, token);
}

// A prefix counts for an item's own bound alone: the client's keys may be as long as anybody's.
protocol::ParseLimits Session::parse_limits() const {
  protocol::ParseLimits bounds = context_.settings.parse;
  if (credential_ == nullptr) return bounds;
  const auto prefix_bytes = static_cast<uint32_t>(credential_->key_prefix.size());
  bounds.key_bytes_max = std::min(bounds.key_bytes_max, limits::kKeyBytesMax - prefix_bytes);
  return bounds;
}

// Fills the context's batch with what is executed together, or with one request that is not.
// A batch of none: more bytes are needed.
size_t Session::parse_batch(std::span<char> input, InputResult& result) {
  protocol::ParseState state = state_;
  const protocol::ParseLimits bounds = parse_limits();
  const std::span<Request> requests(context_.requests);
  size_t count = 0;
  size_t prepared = 0;
  size_t consumed = 0;
  while (count < limits::kBatchRequests) {
    Request& request = context_.requests[count];
    const Parsed parsed = parse(state, bounds, input.subspan(consumed), request);
    if (parsed.status == ParseStatus::need_more) {
      if (count > 0) break;
      state_ = state;
      result.consumed += consumed + parsed.consumed;
      result.bytes_wanted = parsed.bytes_wanted;
      result.wants_block = wants_block(parsed.bytes_wanted);
      return 0;
    }
    if (is_admitted_unasked_ && is_login(request, *context_.table)) request.verb = Verb::ascii_auth;
    const bool executed = is_executed(request.verb);
    if (!executed && count > 0) break;  // parsed again, at the head of its own batch
    consumed += parsed.consumed;
    context_.states_after[count] = state;
    context_.consumed_after[count] = consumed;
    if (!executed) return 1;
    if (!admit(request, count)) request.is_refused = true;
    if (++count % kPreparedTogether != 0) continue;
    context_.executor.prepare(*use_, requests.first(count), prepared);
    prepared = count;
  }
  if (prepared < count) context_.executor.prepare(*use_, requests.first(count), prepared);
  return count;
}

// Mostly nothing is missing: the cache is asked last.
bool Session::wants_block(size_t bytes_wanted) const {
  return bytes_wanted >= limits::kBlockBytesMin && bytes_wanted <= limits::kBlockBytesMax && use_ &&
         bytes_wanted >= use_->block_bytes_min() && has_share_of_blocks(bytes_wanted);
}

// A cache may hold so many times what would be left for the others: alone it has most of them, and
// there is always room for one that comes later.
bool Session::has_share_of_blocks(size_t bytes_wanted) const {
  const BlockSource* const source = context_.executor.block_source();
  if (source == nullptr) return false;
  const uint64_t held = use_->traffic().block_bytes.load(std::memory_order_relaxed) - block_bytes_;
  const uint64_t left = source->bytes_left() + block_bytes_;
  return bytes_wanted <= left &&
         held + bytes_wanted <= limits::kBlocksOfCacheTimes * (left - bytes_wanted);
}

void Session::hold_block(size_t bytes) {
  if (!use_) return;
  use_->traffic().block_bytes.fetch_add(bytes - block_bytes_, std::memory_order_relaxed);
  block_bytes_ = bytes;
}

// Of the first request, if the input is that and nothing else. Whoever takes the block writes over
// what is in front of the value.
void Session::offer_block(std::span<const char> input) {
  if (context_.consumed_after[0] != input.size()) return;
  Request& request = context_.requests[0];
  const char* const line = input.data();
  const char* const line_end = request.value.data();
  if (line_end < line || line_end > line + input.size()) return;
  context_.line.assign(line, line_end);
  for (std::string_view* view : {&request.key, &request.wire_key, &request.text}) {
    if (view->data() < line || view->data() >= line_end) continue;
    *view = std::string_view(context_.line)
                .substr(static_cast<size_t>(view->data() - line), view->size());
  }
  request.block = context_.block;
}

bool Session::admit(Request& request, size_t slot) {
  const bool has_prefix = credential_ != nullptr && !credential_->key_prefix.empty();
  if (has_prefix || request.is_key_base64) make_key(request, slot);
  request.may_write = credential_ == nullptr || credential_->capabilities.write;
  return request.may_write || !changes_items(request);
}

// Decoded, and under the credential's prefix: in memory of the slot, because the request may be
// parsed again from the same bytes when the batch before it had much to answer.
void Session::make_key(Request& request, size_t slot) {
  std::string& key = context_.made_keys[slot];
  key = credential_ == nullptr ? "" : credential_->key_prefix;
  const size_t prefix_bytes = key.size();
  key.append(request.key);
  if (request.is_key_base64) {
    key.resize(prefix_bytes + base64_decode(request.key, key.data() + prefix_bytes));
    request.wire_key = std::string_view(key).substr(prefix_bytes);
  }
  request.key = key;
}

void Session::execute_batch(size_t count, Output& out, const Now& now, InputResult& result) {
  const std::span<const Request> requests(context_.requests.data(), count);
  const uint64_t started = steady_ns();
  if (ticket_ == 0) ticket_ = context_.next_ticket();
  use_->spent(now.steady_ns).ticket = ticket_;
  const size_t done = context_.executor.execute(*use_, requests, now, out);
  if (done == 0) {
    result.next = Next::wait;
    result.wait_until_ns = now.steady_ns;  // the next turn
    return;
  }
  ticket_ = 0;
  count_batch(requests.first(done), steady_ns() - started);
  state_ = context_.states_after[done - 1];
  result.consumed = context_.consumed_after[done - 1];
}

// A batch is timed as a whole: reading the clock for each request would cost as much as some do.
void Session::count_batch(std::span<const Request> requests, uint64_t elapsed_ns) {
  std::array<uint64_t, kFamilyCount> counts{};
  uint64_t refused = 0;
  for (const Request& request : requests) {
    ++counts[static_cast<size_t>(family_of(request.verb))];
    refused += request.is_refused ? 1u : 0u;
  }
  const uint64_t each_ns = elapsed_ns / requests.size();
  for (size_t family = 0; family < kFamilyCount; ++family) {
    if (counts[family] == 0) continue;
    context_.counters.requests[family].add(counts[family]);
    context_.counters.latency[family].add(each_ns, counts[family]);
    use_->latency.add(static_cast<Family>(family), each_ns, counts[family]);
  }
  if (refused > 0) use_->counters.add(Counter::refused_write, refused);
}

bool Session::is_worker_shared(const Now& now) {
  if (context_.last_use != use_.get()) context_.shared_turn = now.steady_ns;
  context_.last_use = use_.get();
  return now.steady_ns - context_.shared_turn < limits::kSharedTurnNs;
}

// Fairness is by cache, not by connection: a cache with many busy connections does not lengthen the
// turn of its neighbours. With no neighbour only a newcomer waits.
bool Session::has_had_its_share(const Now& now) {
  TurnShare& spent = use_->spent(now.steady_ns);
  if (!is_worker_shared(now)) {
    spent.work_max = limits::kLoneTurnWork;
    return spent.ns > limits::kLoneTurnNs || spent.work >= spent.work_max;
  }
  spent.work_max = limits::kCacheTurnBytes;
  return spent.bytes + spent.work > limits::kCacheTurnBytes || spent.ns > limits::kCacheTurnNs;
}

size_t Session::share_left(const Now& now) {
  if (!use_) return SIZE_MAX;
  if (has_had_its_share(now)) return 0;
  return is_worker_shared(now) ? limits::kSharedStepBytes : SIZE_MAX;
}

void Session::throttle(size_t requests, size_t bytes, const Now& now, InputResult& result) {
  CacheTraffic& traffic = use_->traffic();
  const uint64_t until = std::max(traffic.requests.take(requests, now.steady_ns),
                                  traffic.bytes.take(bytes, now.steady_ns));
  if (until <= now.steady_ns || result.next == Next::close) return;
  use_->counters.add(Counter::throttled);
  result.next = Next::wait;
  result.wait_until_ns = std::max(result.wait_until_ns, until);
}

void Session::answer(const Request& request, Output& out, const Now& now, InputResult& result) {
  if (is_over_connection_limit_ && !may_log_in_elsewhere(request)) {
    compose_error(request, "SERVER_ERROR too many connections\r\n", protocol::wire::auth_error,
                  out);
    result.next = Next::close;
    return;
  }
  switch (request.verb) {
    case Verb::meta_noop:
      out.append("MN\r\n");
      break;
    case Verb::noop:
      compose_done(request, "", out);
      break;
    case Verb::verbosity:
      compose_done(request, "OK\r\n", out);
      break;
    case Verb::version:
      if (request.dialect == Dialect::binary) {
        compose_binary(request, protocol::wire::ok, "", kProtocolVersion, out);
      } else {
        out.append("VERSION ");
        out.append(kProtocolVersion);
        out.append("\r\n");
      }
      break;
    case Verb::quit:
      if (request.dialect == Dialect::binary) compose_done(request, "", out);
      result.next = Next::close;
      break;
    case Verb::stats:
      answer_stats(request, out, now);
      break;
    case Verb::flush:
      answer_flush(request, out, now);
      break;
    case Verb::sasl_list:
      compose_binary(request, protocol::wire::ok, "", "PLAIN", out);
      break;
    case Verb::sasl_auth:
    case Verb::sasl_step:
      answer_sasl(request, out, now, result);
      break;
    case Verb::ascii_auth:
      answer_ascii_auth(request, out, now, result);
      break;
    default:
      compose_reply(request, out);
      break;
  }
  if (request.closes) result.next = Next::close;
}

void Session::answer_flush(const Request& request, Output& out, const Now& now) {
  const bool may_flush = credential_ == nullptr ||
                         (credential_->capabilities.flush && credential_->key_prefix.empty());
  if (!may_flush) {
    use_->counters.add(Counter::refused_flush);
    return compose_error(request, "CLIENT_ERROR flush not permitted\r\n",
                         protocol::wire::auth_error, out);
  }
  context_.executor.flush(*use_, request.exptime, now);
  context_.executor.note_flush(*use_, credential_ == nullptr ? "" : credential_->username, peer_,
                               now);
  if (log::is_first(log::Level::info, "flush", {"cache", cache_})) {
    log::info("flush", {{"origin", "memcache client"},
                        {"cache", cache_},
                        {"peer", peer_},
                        {"credential", credential_ == nullptr ? "" : credential_->username},
                        {"delay_seconds", request.exptime}});
  }
  compose_done(request, "OK\r\n", out);
}

bool Session::on_new_table() {
  if (credential_ == nullptr) return true;
  const tenant::Entry* entry = context_.table->find_credential(credential_id_);
  if (entry == nullptr || !entry->cache->is_enabled) return false;
  credential_ = entry->credential;
  return true;
}

void Session::output_taken() {
  if (use_) use_->counters.add(Counter::bytes_written, context_.output.size());
  context_.output.clear();
}

}  // namespace cachery::serve
