// What an endpoint takes and what it answers, beside its handler in the table of endpoints, so that
// http/openapi.h can tell it and tests can hold the handler to it:
//   answers(200, schema::list(cache())).with_query("team", schema::integer())
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/schema.h"

namespace cachery::http {

inline constexpr std::string_view kJson = "application/json";

enum class Need : uint8_t { optional, required };

struct Parameter {
  std::string name = {};
  Schema schema = {};
  Need need = Need::optional;
};

struct BodyDescription {
  Schema schema = {};
  Need need = Need::optional;
  std::string media_type = std::string(kJson);
};

struct Answer {
  int status = 200;
  std::optional<Schema> schema = {};  // not set: no body
  std::string media_type = std::string(kJson);
};

struct Description {
  std::vector<Answer> answers = {};  // empty: the endpoint is not described
  std::vector<Parameter> query = {};
  std::vector<Parameter> path = {};  // what is not here of the path's {names} is any text
  std::optional<BodyDescription> body = {};
  std::vector<std::string> proofs = {};  // security schemes, one of which opens it; empty: open

  Description also(Answer answer) &&;
  Description also(int status, std::optional<Schema> schema = {}) &&;
  Description with_query(std::string_view name, Schema schema, Need need = Need::optional) &&;
  Description with_path(std::string_view name, Schema schema) &&;
  // A body of JSON, which must be there when the schema requires a field.
  Description takes(Schema schema) &&;
};

Description answers(int status, std::optional<Schema> schema = {});
// With a body that is no JSON.
Description answers_text(int status, std::string_view media_type);

}  // namespace cachery::http
