// For tests: a control plane over a FakeNode with two caches, asked over real HTTP, and its
// endpoints as /api/openapi.json tells them. What is tested with these is tested of every endpoint
// there is, also of those that are added later.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/basic_fixture.h"
#include "base/check.h"
#include "control/fake_node.h"
#include "control_plane.h"
#include "http/client.h"
#include "http/json.h"

namespace cachery {

struct Operation {
  http::Method method = http::Method::get;
  std::string path = {};  // with its {names}
  http::json::object about = {};

  std::string name() const { return std::string(http::name_of(method)) + " " + path; }
  bool is_read() const { return method == http::Method::get; }
  bool is_of_cache() const { return path.find("{cache") != std::string::npos; }
  bool answers(int status) const {
    return about.at("responses").as_object().contains(std::to_string(status));
  }
  // Of the security schemes one of which opens it.
  bool is_opened_by(std::string_view proof) const {
    const auto* proofs = about.if_contains("security");
    return proofs != nullptr && std::ranges::any_of(proofs->as_array(), [&](const auto& one) {
             return one.as_object().contains(proof);
           });
  }
};

class EveryEndpoint {
 public:
  using Names = std::vector<std::pair<std::string, std::string>>;  // "cache" -> "100001"

  EveryEndpoint() {
    CHECK(plane_->start().has_value());
    mine_ = ask_json(http::Method::get, "/api/admin/v1/caches/first");
    other_ = ask_json(http::Method::post, "/api/admin/v1/caches",
                      R"({"name":"somebody-elses","plan":"dev"})");
    document_ = ask_json(http::Method::get, "/api/openapi.json");
    for (const auto& [path, methods] : document_.at("paths").as_object()) {
      for (const auto& [method, about] : methods.as_object()) {
        std::string name(method);
        std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::toupper(c); });
        operations_.push_back({http::parse_method(name), std::string(path), about.as_object()});
      }
    }
  }

  const std::vector<Operation>& operations() const { return operations_; }
  const http::json::value& mine() const { return mine_; }
  const http::json::value& other() const { return other_; }
  control::FakeNode& node() { return node_; }

  http::Response ask(http::Method method, std::string path, http::NamedValues headers,
                     std::string body = "") const {
    const auto answer = http::fetch({.method = method,
                                     .origin = fmt::format("http://127.0.0.1:{}", port()),
                                     .path = std::move(path),
                                     .headers = std::move(headers),
                                     .body = std::move(body)});
    CHECK(answer.has_value());
    return *answer;
  }
  http::json::value ask_json(http::Method method, std::string path, std::string body = "") const {
    return http::json::parse(
        ask(method, std::move(path), {operator_token()}, std::move(body)).body);
  }

  // The path with its {names} filled in, by default with what is there: my cache, a plan, a
  // cluster.
  static std::string fill(const Operation& operation, const Names& names) {
    std::string path = operation.path;
    for (size_t at = path.find('{'); at != std::string::npos; at = path.find('{')) {
      const size_t end = path.find('}', at);
      const std::string name = path.substr(at + 1, end - at - 1);
      const auto known = std::ranges::find(names, name, &Names::value_type::first);
      path.replace(at, end + 1 - at, known == names.end() ? "999999999" : known->second);
    }
    return path;
  }
  Names present() const {
    const std::string id = http::json::serialize(mine_.at("id"));
    return {{"cache", id}, {"cache_id", id}, {"plan", "dev"}, {"cluster", "1"}};
  }

  // A proof that opens the operation.
  http::NamedValues proof(const Operation& operation) const {
    if (operation.is_opened_by("credential")) return {{"Authorization", basic(mine_)}};
    if (operation.is_opened_by("token")) return {operator_token()};
    return {};
  }
  static std::pair<std::string, std::string> operator_token() {
    return {"Authorization", "Bearer operator"};
  }
  static std::string basic(const http::json::value& cache) {
    return api::basic_header(std::string_view(cache.at("username").as_string()),
                             std::string_view(cache.at("password").as_string()));
  }

  // A personal token of an operator's account, which is made for it: "Bearer …". Once.
  std::string personal_token(std::string_view scopes) const {
    using enum http::Method;
    const std::string link = plane_->operator_link().value();
    const std::string secret = link.substr(link.find('#') + 1);
    const std::string person = R"("email":"op@example.org","password":"correct horse battery")";
    ask(post, "/api/admin/v1/sign_up/operator", {},
        fmt::format(R"({{"secret":"{}",{}}})", secret, person));
    const auto session = ask(post, "/api/admin/v1/sign_in", {}, "{" + person + "}");
    const std::string cookie(session.header("Set-Cookie"));
    const auto csrf = http::json::parse(session.body).at("csrf_token").as_string();
    const auto made =
        ask(post, "/api/admin/v1/account/tokens",
            {{"Cookie", cookie.substr(0, cookie.find(';'))}, {"X-CSRF-Token", std::string(csrf)}},
            fmt::format(R"({{"name":"test","scopes":{}}})", scopes));
    return "Bearer " + std::string(http::json::parse(made.body).at("token").as_string());
  }

  void pass_seconds(int64_t seconds) { clock_.advance_seconds(seconds); }

  // How many changes were made so far.
  int64_t changes_count() const {
    const auto rows = ask_json(http::Method::get, "/api/admin/v1/audit?limit=1").at("rows");
    return rows.at(0).at("id").to_number<int64_t>();
  }

 private:
  uint16_t port() const { return plane_->http_port(); }

  FakeClock clock_;
  control::FakeNode node_;
  std::unique_ptr<ControlPlane> plane_ =
      ControlPlane::open({.master_key = std::string(64, 'a'),
                          .operator_token = "operator",
                          .addresses = {.servers = {"127.0.0.1:11211"}, .tls_servers = {}}},
                         node_, clock_)
          .value();
  http::json::value mine_;
  http::json::value other_;
  http::json::value document_;
  std::vector<Operation> operations_;
};

}  // namespace cachery
