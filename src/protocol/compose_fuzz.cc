// Replies of every dialect, read back by a small reader that knows nothing of how they are made:
// whatever a request asked and however it ended, what a client gets is whole lines, values of the
// announced length, or packets whose lengths agree. An input is an outcome, an item, and the bytes
// of a request (which the parser reads, so that there are only requests that a client can make).
#include <optional>
#include <string>
#include <string_view>

#include "base/base64.h"
#include "base/check.h"
#include "protocol/compose.h"
#include "protocol/numbers.h"
#include "protocol/parse.h"
#include "protocol/wire.h"

namespace cachery::protocol {
namespace {

class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : bytes_(bytes) {}

  uint8_t take() {
    if (bytes_.empty()) return 0;
    const auto byte = static_cast<uint8_t>(bytes_[0]);
    bytes_.remove_prefix(1);
    return byte;
  }
  uint64_t take_number() {
    uint64_t number = 0;
    // Short numbers and the largest ones.
    for (size_t left = take() % 9; left > 0; --left) number = number << 8 | take();
    return number;
  }
  std::string_view rest() const { return bytes_; }

 private:
  std::string_view bytes_;
};

Response take_response(Bytes& bytes, std::string_view value) {
  Response response;
  response.outcome =
      static_cast<Outcome>(bytes.take() % (static_cast<uint8_t>(Outcome::out_of_memory) + 1));
  response.number = bytes.take_number();
  const uint8_t bits = bytes.take();
  ItemView& item = response.item;
  item.value = value.substr(0, bytes.take_number() % (value.size() + 1));
  item.flags = static_cast<uint32_t>(bytes.take_number());
  item.cas = bytes.take_number();
  item.ttl_seconds = static_cast<int64_t>(bytes.take_number());
  item.idle_seconds = bytes.take_number();
  item.stored_bytes = bytes.take_number();
  item.was_fetched = (bits & 1) != 0;
  item.is_key_base64 = (bits & 2) != 0;
  item.has_won = (bits & 4) != 0;
  item.is_stale = (bits & 8) != 0;
  item.is_token_sent = (bits & 16) != 0;
  response.hides_value = (bits & 32) != 0;
  return response;
}

// Takes a line with its end off `reply`; every line has one.
std::string_view take_line(std::string_view& reply) {
  const size_t end = reply.find("\r\n");
  CHECK(end != std::string_view::npos);
  const std::string_view line = reply.substr(0, end);
  reply.remove_prefix(end + 2);
  return line;
}

void take_value(std::string_view& reply, size_t value_bytes, const ItemView& item) {
  CHECK(reply.size() >= value_bytes + 2);
  CHECK(reply.substr(0, value_bytes) == item.value);
  CHECK(reply.substr(value_bytes, 2) == "\r\n");
  reply.remove_prefix(value_bytes + 2);
}

size_t size_in(std::string_view word) {
  const auto size = parse_number<size_t>(word);
  CHECK(size.has_value());
  return size.value_or(0);
}

// "VALUE key flags bytes[ cas]": the numbers are found from the end, a key may hold anything.
size_t value_bytes_of(std::string_view line, bool has_cas) {
  const size_t last = line.rfind(' ');
  CHECK(last != std::string_view::npos);
  if (!has_cas) return size_in(line.substr(last + 1));
  return value_bytes_of(line.substr(0, last), false);
}

// A classic reply: nothing, a line, or values and END.
void read_classic(const Request& request, const Response& response, std::string_view reply) {
  if (reply.starts_with("VALUE ")) {
    take_value(reply, value_bytes_of(take_line(reply), request.wants_cas), response.item);
    CHECK(reply.empty() || reply == "END\r\n");
    return;
  }
  if (reply.empty()) return;
  take_line(reply);
  CHECK(reply.empty());
}

// A meta reply: nothing, a line, or "VA size flags" and the value.
void read_meta(const Response& response, std::string_view reply) {
  if (reply.empty()) return;
  const std::string_view line = take_line(reply);
  if (line.starts_with("VA ")) {
    const std::string_view size = line.substr(3, line.find(' ', 3) - 3);
    take_value(reply, size_in(size), response.item);
  }
  CHECK(reply.empty());
}

void read_binary(const Request& request, std::string_view reply) {
  if (reply.empty()) return;
  CHECK(reply.size() >= wire::kHeaderBytes);
  const char* head = reply.data();
  CHECK(static_cast<uint8_t>(head[0]) == wire::kResponseMagic);
  CHECK(static_cast<uint8_t>(head[1]) == request.opcode);
  const uint32_t key_bytes = wire::load16(head + 2);
  const uint32_t extras_bytes = static_cast<uint8_t>(head[4]);
  const uint32_t body_bytes = wire::load32(head + 8);
  CHECK(key_bytes + extras_bytes <= body_bytes);
  CHECK(reply.size() == wire::kHeaderBytes + body_bytes);
  CHECK(std::memcmp(head + 12, &request.opaque, sizeof request.opaque) == 0);
}

void check_reply(const Request& request, const Response& response, std::string_view reply) {
  switch (request.dialect) {
    case Dialect::ascii:
      return read_classic(request, response, reply);
    case Dialect::meta:
      return read_meta(response, reply);
    case Dialect::binary:
      return read_binary(request, reply);
  }
}

void check_input(std::string_view input) {
  Bytes bytes(input);
  const std::string value = "a value\r\nof several lines \x80\x81 and some more bytes";
  const Response response = take_response(bytes, value);
  std::string waiting(bytes.rest());
  ParseState state;
  state.is_authenticated = true;
  Request request;
  const Parsed parsed = parse(state, ParseLimits{}, waiting, request);
  if (parsed.status == ParseStatus::need_more) return;
  std::string key(request.key);
  if (request.is_key_base64) {  // as a session does
    key.resize(base64_decode(request.key, key.data()));
    request.key = request.wire_key = key;
  }
  Output out;
  if (request.verb == Verb::reply) {
    compose_reply(request, out);
  } else if (is_executed(request.verb)) {
    compose(request, response, out);
  } else {
    compose_stat(request, "name", "value", out);
  }
  check_reply(request, response, out.view());
}

}  // namespace
}  // namespace cachery::protocol

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  cachery::protocol::check_input({reinterpret_cast<const char*>(data), size});
  return 0;
}
