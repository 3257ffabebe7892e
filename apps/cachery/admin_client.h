// The admin API as the command line uses it: finds the service and the operator token from flags,
// environment and the data directory, asks, and turns error bodies back into Errors.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>

#include "base/error.h"
#include "http/client.h"
#include "http/json.h"

namespace cachery {

// The flags of every command that talks to a service.
struct ClientOptions {
  std::string url = {};
  std::filesystem::path data_dir = {};
  std::filesystem::path token_file = {};
  std::filesystem::path ca_file = {};
  bool wants_json = false;

  void add_to(CLI::App& command);
};

class AdminClient {
 public:
  [[nodiscard]] static Result<AdminClient> connect(const ClientOptions& options);

  // `path` below /api/admin/v1, percent-encoded. An empty answer is null.
  [[nodiscard]] Result<http::json::value> ask(http::Method method, const std::string& path,
                                              const http::json::object& body = {}) const;
  // The same for answers of any kind, as they are.
  [[nodiscard]] Result<std::string> ask_text(http::Method method, const std::string& path,
                                             const http::json::object& body = {}) const;

 private:
  AdminClient(std::string origin, std::string token, std::filesystem::path ca_file)
      : origin_(std::move(origin)), token_(std::move(token)), ca_file_(std::move(ca_file)) {}

  std::string origin_;
  std::string token_;
  std::filesystem::path ca_file_;
};

// The list of that name in an answer. internal: there is none.
[[nodiscard]] Result<http::json::array> list_in(const Result<http::json::value>& answer,
                                                const std::string& name);

}  // namespace cachery
