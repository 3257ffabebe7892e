#include "api/query.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "http/status.h"

namespace cachery::api {
namespace {

constexpr size_t kShownBytesMax = 64;

}  // namespace

std::optional<uint64_t> parse_number(std::string_view text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc{} && end == text.data() + text.size()) return number;
  return std::nullopt;
}

std::optional<std::string> QueryFields::text(std::string_view name) {
  const auto at = std::ranges::find(query_, name,
                                    [](const auto& pair) { return std::string_view(pair.first); });
  if (at == query_.end()) return std::nullopt;
  std::string value = std::move(at->second);
  query_.erase(at);
  return value;
}

std::optional<bool> QueryFields::truth(std::string_view name) {
  const auto value = text(name);
  if (!value) return std::nullopt;
  if (*value == "true") return true;
  if (*value == "false") return false;
  note(name, "true or false");
  return std::nullopt;
}

std::optional<uint64_t> QueryFields::number(std::string_view name, uint64_t largest) {
  const auto value = text(name);
  if (!value) return std::nullopt;
  const auto number = parse_number(*value);
  if (number && *number <= largest) return number;
  note(name, fmt::format("a whole number from 0 to {}", largest));
  return std::nullopt;
}

void QueryFields::note(std::string_view name, std::string_view wanted) {
  if (!wrong_) wrong_ = Error{Fault::invalid, fmt::format("\"{}\" must be {}", name, wanted)};
}

Status QueryFields::finish() const {
  if (wrong_) return std::unexpected(*wrong_);
  if (query_.empty()) return {};
  return fail(
      Fault::invalid,
      fmt::format("\"{}\" is not known in this query, or is there twice: check its spelling",
                  std::string_view(query_.front().first).substr(0, kShownBytesMax)));
}

std::optional<std::string_view> query_value(const http::Request& request, std::string_view name) {
  const auto at = std::ranges::find(request.query, name,
                                    [](const auto& pair) { return std::string_view(pair.first); });
  if (at == request.query.end()) return std::nullopt;
  return at->second;
}

Result<http::JsonFields> read_fields(const http::Request& request) {
  auto object = http::parse_object(request.body);
  if (!object) return std::unexpected(object.error());
  return http::JsonFields(std::move(*object));
}

http::Response respond(const Status& done) {
  return done ? http::Response{.status = 204} : http::error_response(done.error());
}

Result<uint64_t> path_id(const http::Request& request, std::string_view name) {
  const std::string_view text = request.parameter(name);
  // Ids are signed in the database.
  const auto number = parse_number(text);
  if (number && *number <= INT64_MAX) return *number;
  return fail(Fault::not_found,
              fmt::format("\"{}\" is not a {}'s id", text.substr(0, kShownBytesMax), name));
}

}  // namespace cachery::api
