// For tests: what a client makes of a body that came as gzip. Apart from compression.cc, so that
// zlib's own reader judges it, trailer and all.
#pragma once

#include <gtest/gtest.h>
#include <zlib.h>

#include <string>

namespace cachery::http {

inline std::string inflated(std::string packed) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_in = static_cast<uInt>(packed.size());
  std::string plain;
  std::string piece(1u << 16, '\0');
  int state = Z_OK;
  while (state == Z_OK) {
    stream.next_out = reinterpret_cast<Bytef*>(piece.data());
    stream.avail_out = static_cast<uInt>(piece.size());
    state = inflate(&stream, Z_NO_FLUSH);
    plain.append(piece, 0, piece.size() - stream.avail_out);
  }
  EXPECT_EQ(state, Z_STREAM_END);
  EXPECT_EQ(stream.avail_in, 0u);
  inflateEnd(&stream);
  return plain;
}

}  // namespace cachery::http
