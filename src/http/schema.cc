#include "http/schema.h"

#include <algorithm>

namespace cachery::http::schema {
namespace {

json::string_view view(std::string_view text) { return {text.data(), text.size()}; }

Schema of_type(std::string_view type) { return {.keywords = {{"type", view(type)}}}; }

// The schema as a part of another one: its keywords, while its names go to the whole.
json::object take_part(Schema& whole, Schema part) {
  whole.named.merge(part.named);
  return std::move(part.keywords);
}

Schema closed_object(Fields fields, json::array required) {
  Schema whole = of_type("object");
  json::object properties;
  for (Field& field : fields) {
    properties[view(field.name)] = take_part(whole, std::move(field.schema));
  }
  whole.keywords["properties"] = std::move(properties);
  if (!required.empty()) whole.keywords["required"] = std::move(required);
  whole.keywords["additionalProperties"] = false;
  return whole;
}

}  // namespace

Schema text() { return of_type("string"); }

Schema text(size_t length_min, size_t length_max) {
  Schema schema = of_type("string");
  schema.keywords["minLength"] = length_min;
  schema.keywords["maxLength"] = length_max;
  return schema;
}

Schema text_like(std::string_view pattern) {
  Schema schema = of_type("string");
  schema.keywords["pattern"] = view(pattern);
  return schema;
}

Schema choice(std::span<const std::string_view> texts) {
  Schema schema = of_type("string");
  json::array all;
  for (const std::string_view text : texts) all.emplace_back(view(text));
  schema.keywords["enum"] = std::move(all);
  return schema;
}

Schema integer(uint64_t least, uint64_t most) {
  Schema schema = of_type("integer");
  schema.keywords["minimum"] = least;
  schema.keywords["maximum"] = most;
  return schema;
}

Schema signed_integer() { return of_type("integer"); }
Schema number() { return of_type("number"); }
Schema truth() { return of_type("boolean"); }
Schema anything() { return {}; }

Schema nullable(Schema schema) { return any_of({std::move(schema), of_type("null")}); }

Schema any_of(std::vector<Schema> schemas) {
  Schema whole;
  json::array parts;
  for (Schema& one : schemas) parts.push_back(take_part(whole, std::move(one)));
  whole.keywords["anyOf"] = std::move(parts);
  return whole;
}

Schema list(Schema elements) {
  Schema whole = of_type("array");
  whole.keywords["items"] = take_part(whole, std::move(elements));
  return whole;
}

Schema map_of(Schema values) {
  Schema whole = of_type("object");
  whole.keywords["additionalProperties"] = take_part(whole, std::move(values));
  return whole;
}

Schema object(Fields fields) {
  json::array required;
  for (const Field& field : fields) required.emplace_back(view(field.name));
  return closed_object(std::move(fields), std::move(required));
}

Schema body(Fields fields, std::initializer_list<std::string_view> required) {
  json::array names;
  for (const std::string_view name : required) names.emplace_back(view(name));
  for (Field& field : fields) {
    if (std::ranges::find(required, field.name) == required.end()) {
      field.schema = nullable(std::move(field.schema));
    }
  }
  return closed_object(std::move(fields), std::move(names));
}

Schema named(std::string_view name, Schema schema) {
  Schema whole;
  whole.keywords["$ref"] = "#/components/schemas/" + std::string(name);
  whole.named = std::move(schema.named);
  whole.named[std::string(name)] = std::move(schema.keywords);
  return whole;
}

}  // namespace cachery::http::schema
