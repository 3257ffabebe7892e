#include "http/compression.h"

#include <algorithm>
#define ZLIB_CONST  // what is read is const
#include <zlib.h>

#include "http/limits.h"

namespace cachery::http {
namespace {

constexpr int kWindowBits = 15 + 16;  // the largest window, and gzip's header and trailer
constexpr int kMemoryLevel = 8;       // zlib's own choice: 256 KiB while it runs

std::string_view trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  return text.substr(0, text.find_last_not_of(" \t") + 1);
}

// Of "q=0.5": whether the quality is nothing, as "q=0" and "q=0.000" say.
bool is_nothing(std::string_view parameter) {
  const size_t equals = parameter.find('=');
  if (equals == std::string_view::npos) return false;
  if (!equal_without_case(trimmed(parameter.substr(0, equals)), "q")) return false;
  const std::string_view value = trimmed(parameter.substr(equals + 1));
  return value.starts_with('0') && value.find_first_not_of("0.") == std::string_view::npos;
}

}  // namespace

bool accepts_coding(std::string_view list, std::string_view coding) {
  while (!list.empty()) {
    const std::string_view one = list.substr(0, list.find(','));
    list.remove_prefix(std::min(one.size() + 1, list.size()));
    const size_t name_end = std::min(one.find(';'), one.size());
    if (!equal_without_case(trimmed(one.substr(0, name_end)), coding)) continue;
    return name_end == one.size() || !is_nothing(one.substr(name_end + 1));
  }
  return false;
}

std::optional<std::string> gzip(std::string_view plain) {
  z_stream stream{};
  const int begun =
      deflateInit2(&stream, kGzipLevel, Z_DEFLATED, kWindowBits, kMemoryLevel, Z_DEFAULT_STRATEGY);
  if (begun != Z_OK) return std::nullopt;
  std::string packed(deflateBound(&stream, plain.size()), '\0');
  stream.next_in = reinterpret_cast<const Bytef*>(plain.data());
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  const int ended = deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  if (ended != Z_STREAM_END) return std::nullopt;
  return packed;
}

Response compress_for(const Request& request, Response response) {
  if (response.compressible == Compressible::no || response.stream) return response;
  response.headers.emplace_back("Vary", "Accept-Encoding");
  const size_t bytes = response.body.size();
  if (bytes < kCompressBytesMin || bytes > kCompressBytesMax) return response;
  if (!accepts_coding(request.header("Accept-Encoding"), "gzip")) return response;
  auto packed = gzip(response.body);
  if (!packed || packed->size() >= bytes) return response;
  response.body = std::move(*packed);
  response.headers.emplace_back("Content-Encoding", "gzip");
  return response;
}

}  // namespace cachery::http
