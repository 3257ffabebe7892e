#include "http/json.h"

#include <fmt/format.h>

#include "base/utf8.h"

// Boost.JSON is linked, not compiled here: this file only keeps its types behind ours.

namespace cachery::http {

Response json_response(int status, const json::value& value) {
  Response response;
  response.status = status;
  response.body = to_utf8(json::serialize(value)) + "\n";
  return response;
}

JsonList::JsonList(std::string_view name)
    : body_("{" + json::serialize(json::string_view(name)) + ":[") {}

void JsonList::add(const json::value& element) {
  if (!is_empty_) body_ += ',';
  is_empty_ = false;
  body_ += to_utf8(json::serialize(element));
}

Response JsonList::respond(const json::object& rest) && {
  Response response;
  body_ += ']';
  for (const auto& [name, value] : rest) {
    body_ += ',' + json::serialize(name) + ':' + to_utf8(json::serialize(value));
  }
  response.body = std::move(body_) + "}\n";
  return response;
}

Result<json::object> parse_object(std::string_view text) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return json::object();
  json::error_code error;
  json::value value = json::parse({text.data(), text.size()}, error);
  if (error) return fail(Fault::invalid, "the body is not JSON: " + error.message());
  if (!value.is_object()) return fail(Fault::invalid, "the body must be a JSON object: {...}");
  return std::move(value.as_object());
}

std::optional<json::value> JsonFields::take(std::string_view name) {
  const auto at = object_.find({name.data(), name.size()});
  if (at == object_.end()) return std::nullopt;
  json::value value = std::move(at->value());
  object_.erase(at);
  if (value.is_null()) return std::nullopt;
  return value;
}

void JsonFields::note(std::string_view name, std::string_view wanted) {
  if (!wrong_) wrong_ = Error{Fault::invalid, fmt::format("\"{}\" must be {}", name, wanted)};
}

std::optional<std::string> JsonFields::text(std::string_view name) {
  const auto value = take(name);
  if (!value) return std::nullopt;
  if (const json::string* text = value->if_string()) return std::string(text->begin(), text->end());
  note(name, "a string");
  return std::nullopt;
}

std::optional<bool> JsonFields::truth(std::string_view name) {
  const auto value = take(name);
  if (!value) return std::nullopt;
  if (const bool* truth = value->if_bool()) return *truth;
  note(name, "true or false");
  return std::nullopt;
}

std::optional<uint64_t> JsonFields::number(std::string_view name, uint64_t largest) {
  const auto value = take(name);
  if (!value) return std::nullopt;
  json::error_code error;
  const auto number = value->is_number() ? value->to_number<uint64_t>(error) : uint64_t{0};
  if (value->is_number() && !error && number <= largest) return number;
  note(name, fmt::format("a whole number from 0 to {}", largest));
  return std::nullopt;
}

std::optional<std::vector<std::string>> JsonFields::texts(std::string_view name) {
  const auto value = take(name);
  if (!value) return std::nullopt;
  std::vector<std::string> texts;
  const json::array* array = value->if_array();
  for (size_t i = 0; array != nullptr && i < array->size(); ++i) {
    if (const json::string* text = (*array)[i].if_string()) {
      texts.emplace_back(text->begin(), text->end());
    }
  }
  if (array != nullptr && texts.size() == array->size()) return texts;
  note(name, "a list of strings");
  return std::nullopt;
}

Status JsonFields::finish() const {
  if (wrong_) return std::unexpected(*wrong_);
  if (object_.empty()) return {};
  const auto name = object_.begin()->key();
  return fail(Fault::invalid, fmt::format("there is no field \"{}\" here: check its spelling",
                                          std::string_view(name.data(), name.size())));
}

}  // namespace cachery::http
