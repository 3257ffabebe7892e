#include "http/openapi.h"

#include <boost/beast/http/status.hpp>

#include <algorithm>
#include <cctype>

namespace cachery::http {
namespace {

// "GET", "/api/v2/caches/{cache_id}/info" -> "get_api_v2_caches_cache_id_info"
std::string operation_id(const Endpoint& endpoint) {
  std::string id(name_of(endpoint.method));
  std::ranges::transform(id, id.begin(), [](unsigned char c) { return std::tolower(c); });
  bool is_apart = true;
  for (const char c : endpoint.path) {
    const bool is_letter = std::isalnum(static_cast<unsigned char>(c)) != 0;
    if (is_letter && is_apart) id += '_';
    if (is_letter || c == '_') id += c;
    is_apart = !is_letter && c != '_';
  }
  return id;
}

class Document {
 public:
  explicit Document(const OpenApiInfo& info) : info_(info) {}

  void add(const Endpoint& endpoint) {
    std::string method(name_of(endpoint.method));
    std::ranges::transform(method, method.begin(), [](unsigned char c) { return std::tolower(c); });
    json::value& path = paths_[endpoint.path];
    if (!path.is_object()) path = json::object();
    path.get_object()[method] = operation(endpoint);
  }

  json::object finish() && {
    return {
        {"openapi", "3.1.0"},
        {"info",
         {{"title", info_.title}, {"version", info_.version}, {"description", info_.description}}},
        {"paths", std::move(paths_)},
        {"components",
         {{"schemas", std::move(schemas_)}, {"securitySchemes", info_.security_schemes}}}};
  }

 private:
  json::object operation(const Endpoint& endpoint) {
    const Description& about = endpoint.description;
    json::object operation{{"operationId", operation_id(endpoint)},
                           {"summary", endpoint.summary},
                           {"parameters", parameters(endpoint)},
                           {"responses", responses(about)}};
    if (about.body) {
      operation["requestBody"] = {{"required", about.body->need == Need::required},
                                  {"content", content(about.body->media_type, about.body->schema)}};
    }
    if (!about.proofs.empty()) {
      json::array proofs;
      for (const std::string& proof : about.proofs) {
        proofs.push_back(json::object{{proof, json::array()}});
      }
      operation["security"] = std::move(proofs);
    }
    return operation;
  }

  json::array parameters(const Endpoint& endpoint) {
    json::array all;
    for (size_t at = endpoint.path.find('{'); at != std::string::npos;
         at = endpoint.path.find('{', at + 1)) {
      const std::string name = endpoint.path.substr(at + 1, endpoint.path.find('}', at) - at - 1);
      const auto& typed = endpoint.description.path;
      const auto known = std::ranges::find(typed, name, &Parameter::name);
      const Parameter any{name, schema::text(1, 256), Need::required};
      all.push_back(parameter("path", known == typed.end() ? any : *known));
    }
    for (const Parameter& one : endpoint.description.query) all.push_back(parameter("query", one));
    return all;
  }

  json::object parameter(const char* place, const Parameter& one) {
    return {{"name", one.name},
            {"in", place},
            {"required", one.need == Need::required},
            {"schema", place_schema(one.schema)}};
  }

  // Answers of one status with several media types are one response.
  json::object responses(const Description& about) {
    json::object all;
    for (const Answer& answer : about.answers) {
      const std::string status = std::to_string(answer.status);
      if (!all.contains(status)) {
        const auto reason = boost::beast::http::obsolete_reason(
            boost::beast::http::int_to_status(static_cast<unsigned>(answer.status)));
        all[status] =
            json::object{{"description", json::string_view(reason.data(), reason.size())}};
      }
      if (!answer.schema) continue;
      json::object& response = all[status].get_object();
      if (!response.contains("content")) response["content"] = json::object();
      for (auto& [media_type, value] : content(answer.media_type, *answer.schema)) {
        response["content"].get_object()[media_type] = value;
      }
    }
    return all;
  }

  json::object content(const std::string& media_type, const Schema& schema) {
    return {{media_type, {{"schema", place_schema(schema)}}}};
  }

  json::object place_schema(const Schema& schema) {
    for (const auto& [name, keywords] : schema.named) schemas_[name] = keywords;
    return schema.keywords;
  }

  const OpenApiInfo& info_;
  json::object paths_;
  json::object schemas_;
};

}  // namespace

json::object openapi(const std::vector<Endpoint>& endpoints, const OpenApiInfo& info) {
  Document document(info);
  for (const Endpoint& endpoint : endpoints) document.add(endpoint);
  return std::move(document).finish();
}

}  // namespace cachery::http
