#include "admin_client.h"

#include <fmt/format.h>

#include "data_dir.h"
#include "settings.h"

namespace cachery {
namespace {

Fault fault_of(int status) {
  switch (status) {
    case 400:
      return Fault::invalid;
    case 401:
      return Fault::unauthorized;
    case 403:
      return Fault::forbidden;
    case 404:
      return Fault::not_found;
    case 409:
      return Fault::conflict;
    case 503:
      return Fault::unavailable;
    default:
      return Fault::internal;
  }
}

Error error_of(const http::Response& response) {
  http::json::error_code failure;
  const auto body = http::json::parse(response.body, failure);
  const auto message = failure ? nullptr : body.find_pointer("/error/message", failure);
  if (message != nullptr && message->is_string()) {
    return {fault_of(response.status), std::string(message->get_string())};
  }
  return {fault_of(response.status),
          fmt::format("the service answered {} without saying why: is it Cachery's address?",
                      response.status)};
}

}  // namespace

void ClientOptions::add_to(CLI::App& command) {
  command.add_option("--url", url, "Address of the service, as http://127.0.0.1:8080")
      ->envname("CACHERY_URL");
  command.add_option("--data-dir", data_dir, "Data directory of a service on this machine")
      ->envname("CACHERY_DATA_DIR");
  command.add_option("--token-file", token_file, "File with the operator token")
      ->envname("CACHERY_TOKEN_FILE");
  command.add_option("--ca-file", ca_file, "Authority of an https service, PEM")
      ->envname("CACHERY_CA_FILE");
  command.add_flag("--json", wants_json, "Print JSON");
}

Result<AdminClient> AdminClient::connect(const ClientOptions& options) {
  const DataDirPaths paths{options.data_dir.empty() ? default_data_dir() : options.data_dir};
  std::string origin = options.url;
  if (origin.empty()) {
    const auto service = read_service(paths);
    if (!service) return std::unexpected(service.error());
    origin = service->http;
  }
  while (origin.ends_with('/')) origin.pop_back();
  auto token =
      read_secret(options.token_file.empty() ? paths.operator_token() : options.token_file);
  if (!token) return std::unexpected(token.error());
  return AdminClient(std::move(origin), std::move(*token), options.ca_file);
}

Result<http::json::value> AdminClient::ask(http::Method method, const std::string& path,
                                           const http::json::object& body) const {
  const auto text = ask_text(method, path, body);
  if (!text) return std::unexpected(text.error());
  if (text->empty()) return http::json::value();
  http::json::error_code failure;
  auto value = http::json::parse(*text, failure);
  if (!failure) return value;
  return fail(Fault::internal, "the service's answer is not JSON: is it Cachery's address?");
}

Result<std::string> AdminClient::ask_text(http::Method method, const std::string& path,
                                          const http::json::object& body) const {
  auto response = http::fetch({.method = method,
                               .origin = origin_,
                               .path = "/api/admin/v1" + path,
                               .headers = {{"Authorization", "Bearer " + token_}},
                               .body = body.empty() ? "" : http::json::serialize(body),
                               .ca_file = ca_file_});
  if (!response) return std::unexpected(response.error());
  if (response->status >= 300) return std::unexpected(error_of(*response));
  return std::move(response->body);
}

Result<http::json::array> list_in(const Result<http::json::value>& answer,
                                  const std::string& name) {
  if (!answer) return std::unexpected(answer.error());
  http::json::error_code failure;
  const http::json::value* list = answer->find_pointer("/" + name, failure);
  if (list != nullptr && list->is_array()) return list->get_array();
  return fail(Fault::internal, "the service's answer has no " + name + ": is it of this version?");
}

}  // namespace cachery
