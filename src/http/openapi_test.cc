#include "http/openapi.h"

#include <gtest/gtest.h>

namespace cachery::http {
namespace {

Schema cache() {
  return schema::named("Cache", schema::object({{"id", schema::integer(1, 9)},
                                                {"plan", schema::nullable(schema::text())}}));
}

std::vector<Endpoint> sample() {
  return {{.method = Method::get,
           .path = "/caches/{cache}",
           .summary = "Shows one",
           .description = answers(200, cache()).with_query("deleted", schema::truth())},
          {.method = Method::patch,
           .path = "/caches/{cache}",
           .description = answers(200, schema::list(cache()))
                              .with_path("cache", schema::integer())
                              .takes(schema::body({{"name", schema::text(1, 64)},
                                                   {"plan", schema::choice({"a", "b"})}},
                                                  {"name"}))},
          {.method = Method::remove,
           .path = "/caches/{cache}",
           .description = answers(204).also(404, schema::text())}};
}

json::value document() {
  return openapi(sample(), {.title = "Test", .version = "1", .security_schemes = {{"token", {}}}});
}

TEST(OpenApi, TellsEveryRowByItsPathAndMethod) {
  const json::value all = document();
  EXPECT_EQ(all.at("openapi"), "3.1.0");
  EXPECT_EQ(all.at("info").at("title"), "Test");
  const json::object& path = all.at("paths").at("/caches/{cache}").as_object();
  EXPECT_EQ(path.size(), 3u);
  EXPECT_EQ(path.at("get").at("summary"), "Shows one");
  EXPECT_EQ(path.at("get").at("operationId"), "get_caches_cache");
  EXPECT_TRUE(path.contains("patch") && path.contains("delete"));
}

TEST(OpenApi, ANamedSchemaIsToldOnceAndReferredTo) {
  const json::value all = document();
  const json::value& cache = all.at("components").at("schemas").at("Cache");
  EXPECT_EQ(cache.at("additionalProperties"), false);
  EXPECT_EQ(cache.at("properties").at("id").at("maximum"), 9);
  const json::value& answer =
      all.at("paths").at("/caches/{cache}").at("get").at("responses").at("200");
  EXPECT_EQ(answer.at("description"), "OK");
  EXPECT_EQ(answer.at("content").at("application/json").at("schema").at("$ref"),
            "#/components/schemas/Cache");
}

TEST(OpenApi, ANameInThePathIsATextUnlessItIsDescribed) {
  const json::value all = document();
  const json::object& path = all.at("paths").at("/caches/{cache}").as_object();
  EXPECT_EQ(path.at("get").at("parameters").at(0).at("name"), "cache");
  EXPECT_EQ(path.at("get").at("parameters").at(0).at("in"), "path");
  EXPECT_EQ(path.at("get").at("parameters").at(0).at("schema").at("type"), "string");
  EXPECT_EQ(path.at("get").at("parameters").at(1).at("in"), "query");
  EXPECT_EQ(path.at("get").at("parameters").at(1).at("required"), false);
  EXPECT_EQ(path.at("patch").at("parameters").at(0).at("schema").at("type"), "integer");
}

TEST(OpenApi, ABodyIsRequiredWhenAFieldOfItIs) {
  const json::value all = document();
  const json::value& body = all.at("paths").at("/caches/{cache}").at("patch").at("requestBody");
  EXPECT_EQ(body.at("required"), true);
  const json::value& schema = body.at("content").at("application/json").at("schema");
  EXPECT_EQ(schema.at("required"), json::array{"name"});
  EXPECT_EQ(schema.at("properties").at("name").at("maxLength"), 64);
  EXPECT_EQ(schema.at("properties").at("plan").at("anyOf").at(1).at("type"), "null");
}

TEST(OpenApi, AnAnswerWithoutABodyHasNoContent) {
  const json::value all = document();
  const json::object& answers =
      all.at("paths").at("/caches/{cache}").at("delete").at("responses").as_object();
  EXPECT_EQ(answers.size(), 2u);
  EXPECT_FALSE(answers.at("204").as_object().contains("content"));
  EXPECT_TRUE(answers.at("404").as_object().contains("content"));
}

TEST(Schema, NamesReachTheWholeFromItsParts) {
  const Schema whole = schema::any_of({schema::map_of(cache()), schema::text()});
  EXPECT_EQ(whole.keywords.at("anyOf").as_array().size(), 2u);
  EXPECT_TRUE(whole.named.contains("Cache"));
}

}  // namespace
}  // namespace cachery::http
