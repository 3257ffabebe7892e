#include "moving/binary_talk.h"

#include <fmt/format.h>

#include <utility>

namespace cachery::moving {
namespace {

constexpr size_t kHeaderBytes = 24;
constexpr char kGet = 0x00;
constexpr char kDelete = 0x04;
constexpr char kSaslAuth = 0x21;
constexpr uint8_t kAnswerMagic = 0x81;
constexpr size_t kLoginAnswerBytesMax = 4096;

void append_number(uint64_t number, int bytes, std::string& out) {
  for (int at = bytes - 1; at >= 0; --at) out.push_back(static_cast<char>(number >> (8 * at)));
}

uint64_t number_at(std::string_view bytes, size_t at, size_t count) {
  uint64_t number = 0;
  for (const char byte : bytes.substr(at, count)) {
    number = number << 8 | static_cast<unsigned char>(byte);
  }
  return number;
}

void append_request(char opcode, std::string_view key, std::string_view value, std::string& out) {
  out.append({static_cast<char>(0x80), opcode});
  append_number(key.size(), 2, out);
  append_number(0, 4, out);  // no extras, data type 0, vbucket 0
  append_number(key.size() + value.size(), 4, out);
  append_number(0, 12, out);  // opaque and cas
  out.append(key).append(value);
}

}  // namespace

Result<net::LineStream> open_binary_server(const Server& server,
                                           std::chrono::milliseconds patience) {
  auto stream = net::LineStream::connect(server.address, patience, server.tls);
  if (!stream) return stream;
  const std::string secret = '\0' + server.username + '\0' + server.password;
  std::string request;
  append_request(kSaslAuth, "PLAIN", secret, request);
  if (const Status sent = stream->send(request); !sent) return std::unexpected(sent.error());
  const auto answer = read_binary_answer(*stream, kLoginAnswerBytesMax);
  if (!answer) return std::unexpected(answer.error());
  if (answer->status == kBinaryDone) return stream;
  return fail(Fault::unauthorized,
              fmt::format("{} refused the login: {}", server.address, answer->value));
}

void append_binary_get(std::string_view key, std::string& out) {
  append_request(kGet, key, "", out);
}

void append_binary_delete(std::string_view key, std::string& out) {
  append_request(kDelete, key, "", out);
}

Result<BinaryAnswer> read_binary_answer(net::LineStream& stream, size_t bytes_max) {
  const auto header = stream.read_bytes(kHeaderBytes);
  if (!header) return std::unexpected(header.error());
  const size_t key_bytes = number_at(*header, 2, 2);
  const size_t extras_bytes = number_at(*header, 4, 1);
  const size_t body_bytes = number_at(*header, 8, 4);
  BinaryAnswer answer{.status = static_cast<uint16_t>(number_at(*header, 6, 2))};
  if (number_at(*header, 0, 1) != kAnswerMagic || key_bytes + extras_bytes > body_bytes ||
      body_bytes > bytes_max) {
    return fail(Fault::invalid, "not an answer of the binary protocol, or too long a one");
  }
  const auto body = stream.read_bytes(body_bytes);
  if (!body) return std::unexpected(body.error());
  if (extras_bytes == 4) answer.flags = static_cast<uint32_t>(number_at(*body, 0, 4));
  answer.value = body->substr(extras_bytes + key_bytes);
  return answer;
}

}  // namespace cachery::moving
