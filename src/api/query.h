// A request's query, as strictly as a body's JSON (http/json.h): a misspelt filter that is silently
// ignored shows more than was asked for. Also the small things that most handlers need.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "http/json.h"
#include "http/message.h"

namespace cachery::api {

class QueryFields {
 public:
  explicit QueryFields(http::NamedValues query) : query_(std::move(query)) {}

  // Absent is nullopt. A value of another type is noted, and nullopt.
  std::optional<std::string> text(std::string_view name);
  std::optional<bool> truth(std::string_view name);
  std::optional<uint64_t> number(std::string_view name, uint64_t largest);
  // What was wrong first: a type, a name that is not known, a name given twice. To be called after
  // the last field.
  [[nodiscard]] Status finish() const;

 private:
  void note(std::string_view name, std::string_view wanted);

  http::NamedValues query_;
  std::optional<Error> wrong_;
};

// The first value of the query's `name`; nothing when it has none.
std::optional<std::string_view> query_value(const http::Request& request, std::string_view name);
// The body's fields; an empty body is an empty object.
[[nodiscard]] Result<http::JsonFields> read_fields(const http::Request& request);
// 204, or the error.
http::Response respond(const Status& done);
// A whole number and nothing else.
std::optional<uint64_t> parse_number(std::string_view text);
// The number in the path's {name}. not_found: it is none, so that there is no such thing.
[[nodiscard]] Result<uint64_t> path_id(const http::Request& request, std::string_view name);

}  // namespace cachery::api
