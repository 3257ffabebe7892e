// How bytes come to a connection's handler and leave it: plain or by TLS, kept while they are of no
// use yet or their peer is slow.
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "base/limits.h"
#include "net/loop.h"

namespace cachery::net {
namespace {

constexpr size_t kPlainBytes = 64u << 10;
constexpr size_t kRestBytesMin = 2048;  // room for what is still missing
constexpr size_t kStartBytes = 1024;    // of a request that most likely wants a block
constexpr size_t kTlsRecordBytes = 16u << 10;
constexpr size_t kAnnouncedBytesMax = 16u << 20;
// Of a long piece as io_uring brings it; a read of several counts as so many.
constexpr size_t kPieceBytes = 4u << 10;
constexpr size_t kPiecesCounted = 4;
constexpr int kBulkScoreMin = 4;
constexpr int kBulkScoreMax = 16;
// How much longer than what waits its block may be.
constexpr size_t kBlockTimesMax = 4;
// Of one whose turn is not to be waited for.
constexpr size_t kWrittenAtOnce = 64u << 10;

std::span<const std::byte> as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

void Loop::write(Connection& connection) {
  const bool is_waiting = connection.wait_until_ns != 0;
  if (connection.output.size() > kBulkBytes && !is_waiting) {
    return serve_later(connection, Awaited::writing);
  }
  send_kept(connection, kWrittenAtOnce);
  if (!is_stalled(connection)) {
    if (connection.is_closing) return close(connection);
    // It may ask for as much again: behind the others.
    if (!connection.input.empty() || connection.tls) serve_later(connection, Awaited::handler);
  }
  watch(connection);
}

void Loop::write_kept(Connection& connection) {
  send_kept(connection, late_bytes_max_);
  note_time(connection);
  if (is_stalled(connection)) return;
  if (connection.is_closing) return close(connection);
  process_kept(connection);
}

void Loop::on_broken(Connection& connection) { close(connection); }

void Loop::keep_unsent(Connection& connection, std::string_view bytes) {
  if (connection.tls) {
    connection.tls->put_back_output(as_bytes(bytes));
  } else {
    connection.output.append(bytes);
  }
  watch(connection);
}

// There is something to read. Who sends much is read from when all others have been answered.
void Loop::read(Connection& connection) {
  if (is_stalled(connection)) return;
  if (is_bulk(connection)) return serve_later(connection, Awaited::reading);
  read_plain(connection);
  watch(connection);
}

void Loop::serve_later(Connection& connection, Awaited awaited) {
  connection.awaited = awaited;
  connection.wait_until_ns = now_.steady_ns;
  waiting_.push_back(&connection);
}

void Loop::read_plain(Connection& connection) {
  const bool is_start = connection.comes_in_blocks && connection.is_bulky &&
                        connection.input.empty() && !connection.tls && !is_draining_;
  if (is_start) return read_start(connection);
  const size_t bytes_max = is_draining_ ? SIZE_MAX : late_bytes_max_;
  // Of who sends much only a part is read while others are served: it need not be copied to be
  // kept.
  const bool is_part = connection.is_bulky && bytes_max < limits::kReadBytes;
  const bool are_kept = !connection.tls && (is_part || !connection.input.empty());
  std::span<char> room(read_buffer_.get(), limits::kReadBytes);
  if (are_kept) room = room_for(connection);
  const size_t bytes = receive(connection, room.first(std::min(room.size(), bytes_max)));
  if (connection.is_dead) return;
  if (bytes == 0) {
    if (are_kept) consume(connection.input, 0, connection.bytes_wanted);
    return;
  }
  if (connection.tls) return take_ciphertext(connection, room.first(bytes));
  note_read(connection, bytes);
  if (bytes > kBulkBytes) note_time(connection);
  if (!are_kept) return process(connection, room.first(bytes), false);
  connection.input.commit(bytes);
  if (connection.input.size() >= connection.bytes_wanted) process_kept(connection);
}

// Enough to know how long the request is; the rest is read to the block where it will stay.
void Loop::read_start(Connection& connection) {
  const std::span<char> room(read_buffer_.get(), kStartBytes);
  const size_t bytes = receive(connection, room);
  if (bytes == 0) return;
  note_read(connection, bytes);
  process(connection, room.first(bytes), false);
  if (connection.is_dead) return;
  connection.comes_in_blocks = connection.wants_block;
  if (connection.wants_block && !is_stalled(connection)) read_plain(connection);
}

// None: nothing has come, or the connection is over.
size_t Loop::receive(Connection& connection, std::span<char> room) {
  const ssize_t got = recv(connection.socket.fd(), room.data(), room.size(), MSG_DONTWAIT);
  if (got > 0) {
    connection.active_ns = now_.steady_ns;
    return static_cast<size_t>(got);
  }
  if (got == 0) {
    connection.is_input_over = true;  // closed by watch(), once it has been answered
  } else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
    close(connection);
  }
  return 0;
}

// Where its bytes are kept, behind what is there; a long block where nothing is. What follows a
// request in a block would keep that from being taken, and is not read with it.
std::span<char> Loop::room_for(Connection& connection) {
  WaitingBytes& input = connection.input;
  const size_t held = input.size();
  const size_t missing = bytes_missing(connection);
  const bool has_end = missing > 0 && held + missing <= kAnnouncedBytesMax;
  size_t wanted = has_end ? missing : kRestBytesMin;
  if (input.empty()) wanted = std::max(wanted, limits::kReadBytes);
  // Who does not say how much comes, or too much, has twice of what is there.
  if (input.room() < wanted) {
    move_to(input, std::max(held + wanted, has_end ? 0 : 2 * held), block_source_for(connection));
  }
  const std::span<char> room = input.reserve(wanted);
  return connection.wants_block && has_end ? room.first(wanted) : room;
}

// Who sends much at a time is read by calls of its own, in long pieces; who does so now and then is
// not, for to change between the two costs more than a piece.
void Loop::note_read(Connection& connection, size_t bytes) {
  int score = connection.bulk_score;
  if (bytes < kPieceBytes) {
    score -= 1;
  } else {
    score += static_cast<int>(std::min(bytes / kPieceBytes, kPiecesCounted));
  }
  score = std::clamp(score, 0, kBulkScoreMax);
  connection.bulk_score = static_cast<uint8_t>(score);
  if (score == 0) connection.is_bulky = false;
  if (score >= kBulkScoreMin) connection.is_bulky = true;
}

// io_uring: this has arrived.
void Loop::take(Connection& connection, std::span<char> bytes) {
  if (bytes.empty()) {
    connection.is_input_over = true;
    return watch(connection);
  }
  connection.active_ns = now_.steady_ns;
  note_read(connection, bytes.size());
  if (connection.tls) {
    take_ciphertext(connection, bytes);
  } else if (connection.input.empty() && !is_stalled(connection)) {
    process(connection, bytes, false);
  } else {
    connection.input.append({bytes.data(), bytes.size()});
    const bool is_enough = connection.input.size() >= connection.bytes_wanted;
    if (is_enough && !is_stalled(connection)) process_kept(connection);
  }
  watch(connection);
}

uint64_t Loop::on_coming(Connection& connection, std::string_view bytes) {
  const bool is_start = connection.input.empty() && !connection.tls && !is_stalled(connection);
  return is_start ? connection.handler->look_ahead(bytes) : 0;
}

void Loop::on_nearly(Connection& connection, uint64_t token) {
  if (token != 0 && !connection.is_dead) connection.handler->fetch_ahead(token);
}

void Loop::take_ciphertext(Connection& connection, std::span<char> bytes) {
  if (!connection.tls->feed(std::as_bytes(bytes))) return close(connection);
  decrypt(connection);
}

// Plaintext of what was fed, until the handler waits or there is no more.
void Loop::decrypt(Connection& connection) {
  if (!plain_buffer_) plain_buffer_.reset(new char[kPlainBytes]);
  while (!is_stalled(connection)) {
    const bool are_kept = !connection.input.empty();
    std::span<char> room(plain_buffer_.get(), kPlainBytes);
    if (are_kept) {
      const bool is_known = bytes_missing(connection) > 0;
      room = is_known ? room_for(connection) : connection.input.reserve(kTlsRecordBytes);
    }
    const auto got = connection.tls->read(std::as_writable_bytes(room));
    if (!got || (*got == 0 && connection.tls->is_peer_done())) return close(connection);
    if (*got == 0) break;
    if (are_kept) {
      connection.input.commit(*got);
      const bool is_enough = connection.input.size() >= connection.bytes_wanted;
      if (is_enough) process(connection, connection.input.bytes(), true);
    } else {
      process(connection, room.first(*got), false);
    }
  }
  if (connection.is_dead) return;
  if (!connection.tls->keep_input()) return close(connection);
  send_ciphertext(connection);
}

void Loop::process_kept(Connection& connection) {
  if (!connection.input.empty()) process(connection, connection.input.bytes(), true);
  // Behind what was kept, the stream may hold what arrived with it: no event will tell of that.
  if (connection.tls && !is_stalled(connection)) decrypt(connection);
}

void Loop::process(Connection& connection, std::span<char> bytes, bool are_kept) {
  size_t used = 0;
  Next next = Next::go_on;
  do {
    const InputResult result = hand_over(connection, bytes.subspan(used), are_kept);
    used += result.consumed;
    if (are_kept && connection.input.capacity() == 0) {  // taken
      bytes = {};
      used = 0;
    }
    next = result.next;
    send_output(connection);
    if (connection.is_dead) return;
    if (next == Next::output_full) note_time(connection);
    if (next == Next::wait) {
      connection.wait_until_ns = result.wait_until_ns;
      waiting_.push_back(&connection);
    }
  } while (next == Next::output_full && connection.output.empty());
  if (next == Next::close) {
    connection.is_closing = true;
    connection.input.clear();
    poller_->flush(connection, *this);
    if (!connection.is_dead && !is_stalled(connection)) close(connection);
    return;
  }
  if (are_kept) {
    consume(connection.input, used, connection.bytes_wanted);
  } else if (used < bytes.size()) {
    keep(connection, bytes.subspan(used));
  }
}

// With the block that they lie in, if somebody may keep that: what was taken is forgotten.
InputResult Loop::hand_over(Connection& connection, std::span<char> bytes, bool are_kept) {
  InputResult result;
  if (are_kept && connection.input.is_from_source()) {
    OfferedBlock block = connection.input.offered();
    result = connection.handler->on_input_in(block, bytes, now_);
    if (block.is_taken) connection.input.forget();
  } else {
    result = connection.handler->on_input(bytes, now_);
  }
  connection.bytes_wanted = static_cast<uint32_t>(result.bytes_wanted);
  connection.wants_block = result.wants_block;
  if (result.bytes_wanted > 0) connection.comes_in_blocks = result.wants_block;
  return result;
}

// Room for the whole request at once: growing bit by bit would copy a long value several times.
// What nobody writes to costs address space alone.
void Loop::keep(Connection& connection, std::span<const char> bytes) {
  const size_t announced = std::min<size_t>(connection.bytes_wanted, kAnnouncedBytesMax);
  begin(connection.input, std::max(announced, bytes.size()), block_source_for(connection));
  connection.input.append({bytes.data(), bytes.size()});
}

void Loop::begin(WaitingBytes& bytes, size_t capacity, BlockSource* source) {
  if (source != nullptr) bytes.begin_in(*source, capacity);
  if (!bytes.is_from_source()) spares_.take(bytes, capacity);
  bytes.reserve(capacity);
}

// What is left holds no long block for long.
void Loop::consume(WaitingBytes& bytes, size_t used, size_t wanted) {
  bytes.consume(used);
  if (bytes.empty()) return spares_.give(bytes);
  const size_t needed = std::max(bytes.size(), std::min(wanted, kAnnouncedBytesMax));
  const bool is_long = bytes.capacity() >= SpareBytes::kBlockBytesMin;
  if (is_long && bytes.capacity() / kBlockTimesMax > needed) move_to(bytes, needed, nullptr);
}

void Loop::move_to(WaitingBytes& bytes, size_t capacity, BlockSource* source) {
  WaitingBytes to;
  begin(to, capacity, source);
  const std::span<char> all = bytes.bytes();
  to.append({all.data(), all.size()});
  spares_.give(bytes);
  bytes = std::move(to);
}

// One send for all that a turn composed; what the peer is too slow for is kept.
void Loop::send_output(Connection& connection) {
  const std::string_view composed = connection.handler->output();
  if (composed.empty()) return;
  const std::string_view piece = composed.substr(0, late_bytes_max_);
  ptrdiff_t sent = 0;
  if (connection.output.empty()) {
    const bool is_whole = piece.size() == composed.size();
    sent = is_whole ? send_some(connection, piece) : send_piece(connection, piece);
  }
  if (sent >= 0 && !connection.is_dead) {
    const std::string_view rest = composed.substr(static_cast<size_t>(sent));
    spares_.take(connection.output, rest.size());
    connection.output.append(rest);
  }
  connection.handler->output_taken();
  if (sent < 0) close(connection);
}

ptrdiff_t Loop::send_some(Connection& connection, std::string_view bytes) {
  return connection.tls ? send_encrypted(connection, bytes)
                        : poller_->send(connection, bytes, *this);
}

// At once: what a later send brought back would follow the rest, which waits by then.
ptrdiff_t Loop::send_piece(Connection& connection, std::string_view bytes) {
  if (connection.tls) return send_encrypted(connection, bytes);
  poller_->flush(connection, *this);
  if (connection.is_dead || !connection.output.empty()) return 0;
  return send_now(connection.socket.fd(), bytes);
}

// How many bytes were encrypted; the stream's own buffer is bounded.
ptrdiff_t Loop::send_encrypted(Connection& connection, std::string_view bytes) {
  size_t taken = 0;
  while (taken < bytes.size()) {
    const auto written = connection.tls->write(as_bytes(bytes.substr(taken)));
    if (!written) return -1;
    taken += *written;
    send_ciphertext(connection);
    if (connection.is_dead || !connection.tls->output().empty()) break;
  }
  return static_cast<ptrdiff_t>(taken);
}

// With the sends of the other connections, unless the peer is slow already.
void Loop::send_ciphertext(Connection& connection) {
  if (connection.tls->output().empty()) return;
  poller_->flush(connection, *this);  // what comes back goes before what is there now
  const bool is_slow = !connection.output.empty();
  while (!connection.is_dead && !connection.tls->output().empty()) {
    const std::string_view bytes = as_text(connection.tls->output());
    const ptrdiff_t sent =
        is_slow ? send_now(connection.socket.fd(), bytes) : poller_->send(connection, bytes, *this);
    if (sent < 0) return close(connection);
    if (sent == 0) return;
    connection.tls->consume_output(static_cast<size_t>(sent));
  }
}

void Loop::send_kept(Connection& connection, size_t bytes_max) {
  if (connection.tls) {
    send_ciphertext(connection);
    if (connection.is_dead || !connection.tls->output().empty()) return;
  }
  while (!connection.output.empty() && bytes_max > 0) {
    const std::span<char> bytes = connection.output.bytes();
    const std::string_view text(bytes.data(), std::min(bytes.size(), bytes_max));
    const ptrdiff_t sent =
        connection.tls ? send_encrypted(connection, text) : send_now(connection.socket.fd(), text);
    if (sent < 0) return close(connection);
    if (connection.is_dead || sent == 0) return;
    consume(connection.output, static_cast<size_t>(sent), 0);
    bytes_max -= static_cast<size_t>(sent);
    if (connection.tls && !connection.tls->output().empty()) return;
  }
}

// What it had is let go at once, also where the object must stay.
void Loop::finish(Connection& connection) {
  connection.is_dead = true;
  if (connection.tls) {
    connection.tls->close();
    send_now(connection.socket.fd(), as_text(connection.tls->output()));
    connection.tls.reset();
  }
  connection.input.clear();
  connection.output.clear();
  connection.told_from_bytes = 1;
  count_waiting(connection);
}

}  // namespace cachery::net
