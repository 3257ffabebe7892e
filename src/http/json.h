// JSON in and out of bodies. Reading is strict, because a misspelt field that is silently ignored
// leaves a credential with more rights than its owner thinks: JsonFields takes the fields of an
// object one by one, keeps the first thing that is wrong, and counts what nobody took as wrong too.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "http/message.h"

namespace cachery::http {

namespace json = boost::json;

// Whatever bytes its texts have, the body is UTF-8.
Response json_response(int status, const json::value& value);

// {"name": [...]}, made an element at a time: of a list of 100,000 caches as one tree, two fifths
// of the time went into memory for it.
class JsonList {
 public:
  explicit JsonList(std::string_view name);

  void add(const json::value& element);
  // 200. What stands in the object after the list.
  Response respond(const json::object& rest) &&;

 private:
  std::string body_;
  bool is_empty_ = true;
};

// An object, or invalid with where the text stops being JSON. An empty text is an empty object.
[[nodiscard]] Result<json::object> parse_object(std::string_view text);

class JsonFields {
 public:
  explicit JsonFields(json::object object) : object_(std::move(object)) {}

  // Absent and null are nullopt. A field of another type is noted, and nullopt.
  std::optional<std::string> text(std::string_view name);
  std::optional<bool> truth(std::string_view name);
  std::optional<uint64_t> number(std::string_view name, uint64_t largest);
  std::optional<std::vector<std::string>> texts(std::string_view name);
  // What was wrong first: a type, or a field that is not known. To be called after the last field.
  [[nodiscard]] Status finish() const;

 private:
  std::optional<json::value> take(std::string_view name);
  void note(std::string_view name, std::string_view wanted);

  json::object object_;
  std::optional<Error> wrong_;
};

}  // namespace cachery::http
