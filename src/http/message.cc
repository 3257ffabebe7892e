#include "http/message.h"

#include <algorithm>
#include <array>

namespace cachery::http {
namespace {

constexpr std::array<std::pair<Method, std::string_view>, 6> kMethods = {{
    {Method::get, "GET"},
    {Method::post, "POST"},
    {Method::put, "PUT"},
    {Method::patch, "PATCH"},
    {Method::remove, "DELETE"},
    {Method::other, "OTHER"},
}};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string_view find_without_case(const NamedValues& values, std::string_view name) {
  for (const auto& [key, value] : values) {
    if (equal_without_case(key, name)) return value;
  }
  return {};
}

}  // namespace

std::string_view name_of(Method method) {
  return std::ranges::find(kMethods, method, [](const auto& row) { return row.first; })->second;
}

Method parse_method(std::string_view name) {
  if (name == "HEAD") return Method::get;
  for (const auto& [method, known] : kMethods) {
    if (known == name) return method;
  }
  return Method::other;
}

std::string_view Request::header(std::string_view name) const {
  return find_without_case(headers, name);
}

std::string_view Request::parameter(std::string_view name) const {
  for (const auto& [key, value] : parameters) {
    if (key == name) return value;
  }
  return {};
}

std::string_view Response::header(std::string_view name) const {
  return find_without_case(headers, name);
}

Response without_secrets(Response response) {
  response.compressible = Compressible::yes;
  return response;
}

bool equal_without_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

}  // namespace cachery::http
