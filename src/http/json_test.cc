#include "http/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/status.h"

namespace cachery::http {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

JsonFields fields(std::string_view text) { return JsonFields(parse_object(text).value()); }

TEST(Json, ABodyIsAnObjectOrEmpty) {
  EXPECT_TRUE(parse_object("").has_value());
  EXPECT_TRUE(parse_object(" \r\n").has_value());
  EXPECT_TRUE(parse_object("{\"a\":1}").has_value());
  for (const char* text : {"[]", "1", "null", "{", "{\"a\":}", "{} x", "\xff"}) {
    EXPECT_EQ(parse_object(text).error().fault, Fault::invalid) << text;
  }
}

TEST(Json, AnAnswerIsUtf8WhateverItTells) {
  EXPECT_EQ(json_response(200, json::string("a\xc3")).body, "\"a\xef\xbf\xbd\"\n");
}

TEST(Json, AListIsWhatItsElementsAreOneByOne) {
  EXPECT_EQ(JsonList("caches").respond({}).body, "{\"caches\":[]}\n");
  JsonList list("caches");
  list.add({{"id", 1}, {"name", "\xff"}});
  list.add(nullptr);
  const Response response = std::move(list).respond({{"has_more", false}, {"why", "\xff"}});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "application/json");
  EXPECT_EQ(response.body,
            "{\"caches\":[{\"id\":1,\"name\":\"\xef\xbf\xbd\"},null],\"has_more\":false,"
            "\"why\":\"\xef\xbf\xbd\"}\n");
}

TEST(Json, ADeepBodyIsRefused) {
  EXPECT_FALSE(parse_object("{\"a\":" + std::string(100'000, '[')).has_value());
}

TEST(JsonFields, TakesEachTypeAndNullAsAbsent) {
  JsonFields body = fields(R"({"t":"x","b":true,"n":7,"l":["a","b"],"z":null})");
  EXPECT_EQ(body.text("t"), "x");
  EXPECT_EQ(body.truth("b"), true);
  EXPECT_EQ(body.number("n", 7), 7u);
  EXPECT_THAT(body.texts("l").value(), ElementsAre("a", "b"));
  EXPECT_EQ(body.text("z"), std::nullopt);
  EXPECT_EQ(body.text("absent"), std::nullopt);
  EXPECT_TRUE(body.finish().has_value());
}

TEST(JsonFields, NamesTheFieldThatIsWrong) {
  for (const char* text : {R"({"n":-1})", R"({"n":8})", R"({"n":"7"})", R"({"n":1.5})",
                           R"({"n":1e30})", R"({"n":true})"}) {
    JsonFields body = fields(text);
    EXPECT_EQ(body.number("n", 7), std::nullopt) << text;
    EXPECT_THAT(body.finish().error().detail, HasSubstr("\"n\" must be")) << text;
  }
  JsonFields list = fields(R"({"l":["a",1]})");
  EXPECT_EQ(list.texts("l"), std::nullopt);
  EXPECT_FALSE(list.finish().has_value());
}

TEST(JsonFields, AFieldThatNobodyTakesIsWrong) {
  JsonFields body = fields(R"({"wirte":false})");
  EXPECT_THAT(body.finish().error().detail, HasSubstr("\"wirte\""));
}

TEST(Status, EveryFaultHasAStatusAndABodyThatNamesIt) {
  const Response response = error_response(Error{Fault::unavailable, "try \"again\""});
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.body,
            "{\"error\":{\"code\":\"unavailable\",\"message\":\"try \\\"again\\\"\"}}\n");
  EXPECT_EQ(response.header("retry-after"), "1");
  EXPECT_EQ(error_response(Error{Fault::unauthorized, ""}).header("WWW-Authenticate"), "Bearer");
}

}  // namespace
}  // namespace cachery::http
