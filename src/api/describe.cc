#include "api/describe.h"

#include <algorithm>
#include <initializer_list>
#include <utility>

namespace cachery::api {
namespace {

namespace schema = http::schema;
using http::Description;

// What is answered before a request is any endpoint's: its body or its headers are too large.
constexpr std::initializer_list<int> kOfConnection = {413, 431};

// Those of `statuses` that the description has not yet, in that shape.
Description with_errors(Description description, std::initializer_list<int> statuses,
                        const http::Answer& shape) {
  for (const int status : statuses) {
    const auto is_there = [status](const auto& one) { return one.status == status; };
    if (std::ranges::any_of(description.answers, is_there)) continue;
    http::Answer answer = shape;
    answer.status = status;
    description = std::move(description).also(std::move(answer));
  }
  return description;
}

}  // namespace

http::Schema error_schema() {
  return schema::named(
      "Error",
      schema::object(
          {{"error", schema::object({{"code", schema::text()}, {"message", schema::text()}})}}));
}

Description describe_open(http::Method method, std::string_view path, Description description) {
  // What is not described is not embellished: tests then find it.
  if (description.answers.empty()) return description;
  const http::Answer error{.schema = error_schema()};
  description = with_errors(std::move(description), {400, 431, 503}, error);
  if (path.find('{') != std::string_view::npos) {
    description = with_errors(std::move(description), {404}, error);
  }
  if (method == http::Method::get) return description;
  return with_errors(std::move(description), {409, 413}, error);
}

Description describe_admin(http::Method method, std::string_view path, Description description) {
  if (description.answers.empty()) return description;
  for (const auto proof : {kTokenProof, kSessionProof, kLinkProof}) {
    description.proofs.emplace_back(proof);
  }
  return with_errors(describe_open(method, path, std::move(description)), {401, 403, 429},
                     {.schema = error_schema()});
}

Description describe_v2(Description description) {
  if (description.answers.empty()) return description;
  description.proofs.emplace_back(kCredentialProof);
  description = std::move(description).with_path("cache_id", schema::integer(1, UINT32_MAX));
  const auto error = schema::named(
      "V2Error", schema::object({{"error", schema::object({{"code", schema::integer(400, 599)},
                                                           {"message", schema::text()}})}}));
  description =
      with_errors(std::move(description), {400, 401, 403, 404, 429, 503}, {.schema = error});
  return with_errors(std::move(description), kOfConnection, {.schema = error_schema()});
}

Description describe_v1(Description description) {
  if (description.answers.empty()) return description;
  description.proofs.emplace_back(kCredentialProof);
  description = with_errors(std::move(description), {400, 403, 404, 429, 500, 503},
                            {.schema = schema::text(), .media_type = "text/plain"});
  return with_errors(std::move(description), kOfConnection, {.schema = error_schema()});
}

}  // namespace cachery::api
