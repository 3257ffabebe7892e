// A memcached-compatible server as a replay's target, in ASCII over TCP. Requests go in batches of
// different keys: all gets by one write, then what missed is set; that is fast and keeps the order
// that a cache sees within a batch's length of the trace's. Expiry is real time there, so times to
// live are not sent.
#include <fmt/format.h>

#include <charconv>
#include <unordered_set>

#include "bench/replay_target.h"

namespace cachery::bench {
namespace {

constexpr size_t kBatchMax = 64;
constexpr size_t kBatchBytesMax = 4u << 20;

class Session {
 public:
  Session(const Trace& trace, ClientSocket socket) : trace_(trace), socket_(std::move(socket)) {}

  Status play() {
    std::vector<const TraceRequest*> batch;
    std::unordered_set<uint32_t> keys;
    size_t bytes = 0;
    for (const TraceRequest& request : trace_.requests) {
      const bool is_full = batch.size() == kBatchMax || bytes > kBatchBytesMax;
      if (is_full || keys.contains(request.key)) {
        if (Status status = play_batch(batch); !status) return status;
        batch.clear();
        keys.clear();
        bytes = 0;
      }
      batch.push_back(&request);
      keys.insert(request.key);
      bytes += request.value_bytes;
    }
    if (Status status = play_batch(batch); !status) return status;
    return read_stats();
  }

  const ReplayTotals& totals() const { return totals_; }

 private:
  Status play_batch(const std::vector<const TraceRequest*>& batch) {
    std::string out;
    for (const TraceRequest* request : batch) {
      if (request->op == TraceOp::get) out += fmt::format("get {}\r\n", key_of(*request));
    }
    if (Status status = send(out); !status) return status;
    out.clear();
    size_t answers = 0;
    for (const TraceRequest* request : batch) {
      bool is_write = request->op == TraceOp::set;
      if (request->op == TraceOp::get) {
        const Result<bool> hit = read_get();
        if (!hit) return std::unexpected(hit.error());
        ++totals_.gets;
        is_write = !*hit;
        totals_.misses += is_write ? 1 : 0;
      }
      if (request->op == TraceOp::remove) out += fmt::format("delete {}\r\n", key_of(*request));
      if (is_write) append_set(out, *request);
      if (is_write || request->op == TraceOp::remove) ++answers;
    }
    if (Status status = send(out); !status) return status;
    for (; answers > 0; --answers) {
      if (const auto line = read_line(); !line) return std::unexpected(line.error());
    }
    return {};
  }

  std::string_view key_of(const TraceRequest& request) const { return trace_.keys[request.key]; }

  void append_set(std::string& out, const TraceRequest& request) const {
    out += fmt::format("set {} 0 0 {}\r\n", key_of(request), request.value_bytes);
    out.append(request.value_bytes, 'v');
    out += "\r\n";
  }

  Status send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ClientSocket::Transfer sent = socket_.write(bytes);
      if (sent.io != ClientSocket::Io::done) {
        return fail(Fault::unavailable, "the server takes no requests");
      }
      bytes.remove_prefix(sent.bytes);
    }
    return {};
  }

  Status read_more() {
    in_.erase(0, at_);
    at_ = 0;
    char part[65536];
    const ClientSocket::Transfer got = socket_.read(part, sizeof part);
    if (got.io != ClientSocket::Io::done) {
      return fail(Fault::unavailable, "the server does not answer");
    }
    in_.append(part, got.bytes);
    return {};
  }

  Result<std::string> read_line() {
    size_t end;
    while ((end = in_.find("\r\n", at_)) == std::string::npos) {
      if (Status status = read_more(); !status) return std::unexpected(status.error());
    }
    std::string line = in_.substr(at_, end - at_);
    at_ = end + 2;
    return line;
  }

  Result<bool> read_get() {
    Result<std::string> line = read_line();
    if (!line) return std::unexpected(line.error());
    if (*line == "END") return false;
    const size_t space = line->rfind(' ');
    size_t bytes = 0;
    if (!line->starts_with("VALUE ") ||
        std::from_chars(line->data() + space + 1, line->data() + line->size(), bytes).ec !=
            std::errc{}) {
      return fail(Fault::unavailable, "the server answers a get with: " + *line);
    }
    for (bytes += 2; bytes > 0;) {
      const size_t part = std::min(bytes, in_.size() - at_);
      at_ += part;
      bytes -= part;
      if (bytes == 0) break;
      if (Status status = read_more(); !status) return std::unexpected(status.error());
    }
    line = read_line();
    if (!line) return std::unexpected(line.error());
    return true;
  }

  Status read_stats() {
    if (Status status = send("stats\r\n"); !status) return status;
    while (true) {
      const Result<std::string> line = read_line();
      if (!line) return std::unexpected(line.error());
      if (!line->starts_with("STAT ")) return {};
      const size_t space = line->rfind(' ');
      const std::string name = line->substr(5, space - 5);
      uint64_t* const into = name == "curr_items"  ? &totals_.items
                             : name == "bytes"     ? &totals_.bytes_used
                             : name == "evictions" ? &totals_.evictions
                                                   : nullptr;
      if (into != nullptr) {
        std::from_chars(line->data() + space + 1, line->data() + line->size(), *into);
      }
    }
  }

  const Trace& trace_;
  ClientSocket socket_;
  std::string in_;
  size_t at_ = 0;
  ReplayTotals totals_;
};

}  // namespace

Result<ReplayTotals> replay_to_server(const Trace& trace, const Endpoint& server,
                                      const Login& login) {
  Result<ClientSocket> socket = ClientSocket::open(server, nullptr);
  if (!socket) return std::unexpected(socket.error());
  if (Status status = socket->authenticate(login, Protocol::ascii); !status) {
    return std::unexpected(status.error());
  }
  Session session(trace, std::move(*socket));
  if (Status status = session.play(); !status) return std::unexpected(status.error());
  return session.totals();
}

}  // namespace cachery::bench
