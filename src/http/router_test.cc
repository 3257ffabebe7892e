#include "http/router.h"

#include <gtest/gtest.h>

namespace cachery::http {
namespace {

Handler says(std::string text) {
  return [text](const Request& request) {
    return Response{.body = text + std::string(request.parameter("cache"))};
  };
}

Router sample() {
  return Router({{Method::get, "/caches", "lists", says("list")},
                 {Method::post, "/caches", "creates", says("create")},
                 {Method::get, "/caches/{cache}", "shows", says("show ")},
                 {Method::remove, "/caches/{cache}", "deletes", says("delete ")}});
}

Response ask(Method method, std::vector<std::string> segments) {
  return sample().handle(Request{.method = method, .segments = std::move(segments)});
}

TEST(Router, FindsTheRowByMethodAndPath) {
  EXPECT_EQ(ask(Method::get, {"caches"}).body, "list");
  EXPECT_EQ(ask(Method::post, {"caches"}).body, "create");
  EXPECT_EQ(ask(Method::get, {"caches", "a b"}).body, "show a b");
  EXPECT_EQ(ask(Method::remove, {"caches", "7"}).body, "delete 7");
}

TEST(Router, APathThatNobodyHasIsNotFound) {
  EXPECT_EQ(ask(Method::get, {}).status, 404);
  EXPECT_EQ(ask(Method::get, {"cache"}).status, 404);
  EXPECT_EQ(ask(Method::get, {"caches", ""}).status, 404);
  EXPECT_EQ(ask(Method::get, {"caches", "7", "x"}).status, 404);
}

TEST(Router, AnotherMethodIsToldWhichThereAre) {
  const Response response = ask(Method::put, {"caches", "7"});
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(response.header("Allow"), "GET, DELETE");
  EXPECT_EQ(ask(parse_method("TRACE"), {"caches", "7"}).header("Allow"), "GET, DELETE");
  EXPECT_EQ(ask(parse_method("TRACE"), {"nowhere"}).status, 404);
}

TEST(Router, AWordIsFoundBeforeANameWhateverTheOrderAndTheMethod) {
  const Router router({{Method::get, "/alerts/{alert}", "one", says("one")},
                       {Method::remove, "/alerts/{alert}", "deletes", says("delete")},
                       {Method::get, "/alerts/configs", "configs", says("configs")}});
  const auto ask = [&](Method method, const char* last) {
    return router.handle(Request{.method = method, .segments = {"alerts", last}});
  };
  EXPECT_EQ(ask(Method::get, "configs").body, "configs");
  EXPECT_EQ(ask(Method::get, "7").body, "one");
  EXPECT_EQ(ask(Method::remove, "configs").status, 405);
  EXPECT_EQ(ask(Method::remove, "configs").header("Allow"), "GET");
}

}  // namespace
}  // namespace cachery::http
