#include "moving/server.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace cachery::moving {

namespace {

Result<net::LineStream> log_in(const Server& server, std::string_view key, std::string_view value,
                               std::chrono::milliseconds patience) {
  auto stream = net::LineStream::connect(server.address, patience, server.tls);
  if (!stream) return stream;
  const Status sent =
      stream->send(fmt::format("set {} 0 0 {}\r\n{}\r\n", key, value.size(), value));
  if (!sent) return std::unexpected(sent.error());
  const auto answer = stream->read_line();
  if (!answer) return std::unexpected(answer.error());
  if (*answer == "STORED") return stream;
  return fail(Fault::unauthorized,
              fmt::format("{} refused the login: {}", server.address, *answer));
}

}  // namespace

Result<net::LineStream> open_server(const Server& server, std::chrono::milliseconds patience) {
  if (server.username.empty())
    return net::LineStream::connect(server.address, patience, server.tls);
  auto stream = log_in(server, "login", server.username + " " + server.password, patience);
  if (stream || stream.error().fault != Fault::unauthorized) return stream;
  auto again = log_in(server, server.username, server.password, patience);
  return again ? std::move(again) : std::move(stream);
}

bool read_value_line(std::string_view line, ValueLine& out) {
  std::string_view words[4];
  for (std::string_view& word : words) {
    const size_t end = std::min(line.find(' '), line.size());
    word = line.substr(0, end);
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  out.key = words[1];
  out.flags = words[2];
  const char* const last = words[3].data() + words[3].size();
  const auto [end, error] = std::from_chars(words[3].data(), last, out.bytes);
  return words[0] == "VALUE" && error == std::errc() && end == last;
}

}  // namespace cachery::moving
