#include "http/description.h"

#include <utility>

namespace cachery::http {

Description Description::also(Answer answer) && {
  answers.push_back(std::move(answer));
  return std::move(*this);
}

Description Description::also(int status, std::optional<Schema> schema) && {
  return std::move(*this).also(Answer{.status = status, .schema = std::move(schema)});
}

Description Description::with_query(std::string_view name, Schema schema, Need need) && {
  query.push_back({std::string(name), std::move(schema), need});
  return std::move(*this);
}

Description Description::with_path(std::string_view name, Schema schema) && {
  path.push_back({std::string(name), std::move(schema), Need::required});
  return std::move(*this);
}

Description Description::takes(Schema schema) && {
  const Need need = schema.keywords.contains("required") ? Need::required : Need::optional;
  body = BodyDescription{.schema = std::move(schema), .need = need};
  return std::move(*this);
}

Description answers(int status, std::optional<Schema> schema) {
  return Description{}.also(status, std::move(schema));
}

Description answers_text(int status, std::string_view media_type) {
  return Description{}.also(
      {.status = status, .schema = schema::text(), .media_type = std::string(media_type)});
}

}  // namespace cachery::http
