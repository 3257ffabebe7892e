#include "bench/connection.h"

#include <cstring>

namespace cachery::bench {

void Connection::clear_batch() {
  operations_.clear();
  keys_.clear();
  key_counts_.clear();
  next_ = 0;
}

void Connection::add_get(const std::vector<uint64_t>& keys) {
  operations_.push_back({.verb = Verb::get, .keys = {}});
  keys_.insert(keys_.end(), keys.begin(), keys.end());
  key_counts_.push_back(keys.size());
}

void Connection::add_set(uint64_t key) {
  operations_.push_back({.verb = Verb::set, .keys = {}});
  keys_.push_back(key);
  key_counts_.push_back(1);
}

std::optional<std::string_view> Connection::start_batch(Scratch& scratch, Tally& tally,
                                                        uint64_t now_ns) {
  size_t bytes_max = 0;
  for (const size_t count : key_counts_) bytes_max += dialect_.request_bytes_max(count);
  if (scratch.output.size() < bytes_max) scratch.output.resize(bytes_max);
  char* out = scratch.output.data();
  // The keys lie still from here on, so the operations may point at them.
  const uint64_t* keys = keys_.data();
  for (size_t i = 0; i < operations_.size(); keys += key_counts_[i], ++i) {
    operations_[i].keys = {keys, key_counts_[i]};
    out = operations_[i].verb == Verb::get ? dialect_.compose_get(out, operations_[i].keys)
                                           : dialect_.compose_set(out, *keys);
  }
  sent_ns_ = now_ns;
  const std::string_view batch(scratch.output.data(), out);
  tally.bytes_written += batch.size();
  return socket_.seal(batch, scratch.sealed);
}

bool Connection::write_ready() {
  if (unsent_.empty()) return true;
  const ClientSocket::Transfer transfer = socket_.send(unsent_);
  if (transfer.io == ClientSocket::Io::closed) return false;
  unsent_.erase(0, transfer.bytes);
  return true;
}

bool Connection::read_ready(Scratch& scratch, Tally& tally, Histogram& latency, uint64_t now_ns) {
  const ClientSocket::Transfer transfer = socket_.receive(scratch.input);
  if (transfer.io != ClientSocket::Io::done) return transfer.io != ClientSocket::Io::closed;
  return take(std::span(scratch.input).first(transfer.bytes), scratch, tally, latency, now_ns);
}

bool Connection::take(std::span<const char> bytes, Scratch& scratch, Tally& tally,
                      Histogram& latency, uint64_t now_ns) {
  if (!socket_.is_tls()) return take_answer({bytes.data(), bytes.size()}, tally, latency, now_ns);
  if (!socket_.give(bytes)) return false;
  for (;;) {
    const ClientSocket::Transfer transfer = socket_.unseal(scratch.unsealed);
    if (transfer.io == ClientSocket::Io::closed) return false;
    if (transfer.io == ClientSocket::Io::would_block) return true;
    const std::string_view answer(scratch.unsealed.data(), transfer.bytes);
    if (!take_answer(answer, tally, latency, now_ns)) return false;
  }
}

bool Connection::take_answer(std::string_view bytes, Tally& tally, Histogram& latency,
                             uint64_t now_ns) {
  tally.bytes_read += bytes.size();
  const bool is_whole = unread_.empty();
  if (!is_whole) unread_.append(bytes);
  const std::string_view input = is_whole ? bytes : std::string_view(unread_);
  const size_t before = next_;
  size_t consumed = 0;
  if (!consume(input, tally, consumed)) return false;
  if (next_ > before) latency.add(now_ns - sent_ns_, next_ - before);
  if (is_whole) {
    unread_.assign(bytes.substr(consumed));
  } else {
    unread_.erase(0, consumed);
  }
  return true;
}

bool Connection::consume(std::string_view input, Tally& tally, size_t& consumed) {
  while (consumed < input.size()) {
    if (is_batch_done()) {
      tally.add_error("an answer that nobody asked for");
      return false;
    }
    Operation& operation = operations_[next_];
    const ReadResult result = dialect_.read(operation, input.substr(consumed), tally);
    if (result.reading == Reading::need_more) return true;
    if (result.reading == Reading::malformed) {
      tally.add_error(input.substr(consumed, 80));
      return false;
    }
    consumed += result.bytes;
    if (operation.is_done) {
      ++next_;
      ++tally.requests;
    }
  }
  return true;
}

}  // namespace cachery::bench
