// The little of the binary protocol that asks an old server behind SASL: a login, gets and deletes,
// pipelined, answered in order. Such a server knows no text commands, and does not tell how long an
// item has left. Numbers are big-endian; the layout is that of the binary protocol's document.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "moving/server.h"
#include "net/line_stream.h"

namespace cachery::moving {

inline constexpr uint16_t kBinaryDone = 0x00;
inline constexpr uint16_t kBinaryNotFound = 0x01;

struct BinaryAnswer {
  uint16_t status = 0;
  uint32_t flags = 0;  // of a get that found something
  std::string value = {};
};

// As open_server does, by SASL PLAIN.
[[nodiscard]] Result<net::LineStream> open_binary_server(const Server& server,
                                                         std::chrono::milliseconds patience);
void append_binary_get(std::string_view key, std::string& out);
void append_binary_delete(std::string_view key, std::string& out);
// Fails (invalid) on what is no answer, or has more than `bytes_max` of body.
[[nodiscard]] Result<BinaryAnswer> read_binary_answer(net::LineStream& stream, size_t bytes_max);

}  // namespace cachery::moving
