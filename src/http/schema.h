// What a piece of JSON looks like, said as briefly as a table of endpoints needs it and kept as
// JSON Schema (2020-12, which OpenAPI 3.1 speaks). Said in functions rather than in JSON texts, so
// that a misspelt keyword does not compile. Objects are closed: a field that no schema knows is an
// error of whoever sent it, in requests and in answers alike.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "http/json.h"

namespace cachery::http {

struct Schema {
  json::object keywords = {};
  // Those that stand under a name of their own and are referred to; {} admits anything.
  std::map<std::string, json::object, std::less<>> named = {};
};

namespace schema {

struct Field {
  std::string_view name;
  Schema schema;
};
using Fields = std::vector<Field>;

Schema text();
Schema text(size_t length_min, size_t length_max);
// The whole text matches, ECMA 262.
Schema text_like(std::string_view pattern);
Schema choice(std::span<const std::string_view> texts);
inline Schema choice(std::initializer_list<std::string_view> texts) {
  return choice(std::span(texts.begin(), texts.size()));
}
Schema integer(uint64_t least = 0, uint64_t most = INT64_MAX);
Schema signed_integer();
Schema number();
Schema truth();
Schema nullable(Schema schema);
Schema any_of(std::vector<Schema> schemas);
Schema list(Schema elements);
// An object of any names.
Schema map_of(Schema values);
Schema anything();

// All of these fields are there, and no others.
Schema object(Fields fields);
// A request's: only `required` must be there; the others may be absent or null, which is the same.
Schema body(Fields fields, std::initializer_list<std::string_view> required = {});
// Told once, under this name, wherever it is used.
Schema named(std::string_view name, Schema schema);

}  // namespace schema
}  // namespace cachery::http
