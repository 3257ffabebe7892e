#include "http/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <atomic>
#include <semaphore>
#include <vector>

#include "http/client.h"
#include "http/inflated_fixture.h"
#include "http/limits.h"

namespace cachery::http {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

Response echo(const Request& request) {
  return Response{
      .content_type = "text/plain",
      .body = fmt::format("{} {} {}", name_of(request.method),
                          request.segments.empty() ? "" : request.segments.back(), request.body)};
}

struct ServerTest : testing::Test {
  std::unique_ptr<Server> server = start_server({}, echo).value();
  std::string origin = fmt::format("http://127.0.0.1:{}", server->port());

  // Sends bytes as they are and reads until the server closes.
  std::string talk(const std::string& sent) {
    boost::asio::io_context loop;
    boost::asio::ip::tcp::socket socket(loop);
    socket.connect({boost::asio::ip::make_address("127.0.0.1"), server->port()});
    boost::system::error_code ignored;  // the server may close before it has taken everything
    boost::asio::write(socket, boost::asio::buffer(sent), ignored);
    std::string received;
    boost::asio::read(socket, boost::asio::dynamic_buffer(received), ignored);
    return received;
  }
};

TEST_F(ServerTest, AnswersWhatTheHandlerSays) {
  const auto response =
      fetch({.method = Method::put, .origin = origin, .path = "/a/b%20c", .body = "hello"});
  ASSERT_TRUE(response.has_value()) << response.error().detail;
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->body, "PUT b c hello");
  EXPECT_EQ(response->content_type, "text/plain");
  EXPECT_EQ(response->header("cache-control"), "no-store");
}

TEST_F(ServerTest, AConnectionCarriesManyRequests) {
  const std::string answers = talk(
      "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n"
      "GET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(answers, HasSubstr("GET 1 "));
  EXPECT_THAT(answers, HasSubstr("GET 2 "));
}

TEST_F(ServerTest, HeadHasTheHeadersAndNoBody) {
  const std::string answer = talk("HEAD /1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(answer, HasSubstr("Content-Length: 6\r\n"));
  EXPECT_TRUE(answer.ends_with("\r\n\r\n")) << answer;
}

TEST_F(ServerTest, CompressesWhatHasNoSecretAndHeadTellsTheSameLength) {
  const std::string body(100'000, 'x');
  server = start_server({}, [&](const Request& request) {
             Response response{.body = body};
             return request.segments.empty() ? response : without_secrets(std::move(response));
           }).value();
  const auto ask = [&](const std::string& method, const std::string& path) {
    const std::string answer =
        talk(fmt::format("{} /{} HTTP/1.1\r\nHost: a\r\nAccept-Encoding: br, gzip\r\n"
                         "Connection: close\r\n\r\n",
                         method, path));
    const size_t end = answer.find("\r\n\r\n") + 4;
    return std::pair(answer.substr(0, end), answer.substr(end));
  };
  const auto [headers, packed] = ask("GET", "open");
  EXPECT_EQ(inflated(packed), body);
  EXPECT_THAT(headers, HasSubstr("Content-Encoding: gzip\r\n"));
  EXPECT_THAT(headers, HasSubstr("Vary: Accept-Encoding\r\n"));
  EXPECT_THAT(headers, HasSubstr(fmt::format("Content-Length: {}\r\n", packed.size())));
  const auto [head_headers, nothing] = ask("HEAD", "open");
  EXPECT_EQ(head_headers, headers);
  EXPECT_EQ(nothing, "");
  const auto [secret_headers, plain] = ask("GET", "");
  EXPECT_EQ(plain, body);
  EXPECT_THAT(secret_headers, Not(HasSubstr("Content-Encoding")));
}

TEST_F(ServerTest, WhatIsNotHttpIsToldSoAndClosed) {
  EXPECT_THAT(talk("set a 0 0 1\r\n1\r\n\r\n"), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(talk("GET noslash HTTP/1.1\r\nConnection: close\r\n\r\n"),
              StartsWith("HTTP/1.1 400"));
}

TEST_F(ServerTest, ARequestWhoseEndIsInDoubtIsRefusedAndNothingBehindItIsRead) {
  const std::string behind = "GET /behind HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
  for (const char* coding :
       {"gzip", "identity", "xchunked", "\"chunked\"", "chunked, gzip", "chunked, identity", ""}) {
    const std::string answer = talk(fmt::format(
        "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: {}\r\n\r\n{}", coding, behind));
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 400")) << coding;
    EXPECT_THAT(answer, Not(HasSubstr("behind"))) << coding;
  }
  const std::string answer =
      talk("POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + behind);
  EXPECT_THAT(answer, HasSubstr("GET behind"));
  EXPECT_THAT(talk("GET /a HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), StartsWith("HTTP/1.1 400"));
}

TEST_F(ServerTest, ABodyAndHeadersAreBounded) {
  EXPECT_THAT(talk(fmt::format("PUT /a HTTP/1.1\r\nContent-Length: {}\r\n\r\n", kBodyBytesMax + 1)),
              StartsWith("HTTP/1.1 413"));
  EXPECT_THAT(talk("GET / HTTP/1.1\r\nX: " + std::string(kHeaderBytesMax, 'x') + "\r\n\r\n"),
              StartsWith("HTTP/1.1 431"));
  // Whole, to a client that sends all before it reads.
  const auto too_large = fetch({.method = Method::put,
                                .origin = origin,
                                .path = "/a",
                                .body = std::string(4 * kBodyBytesMax, 'b')});
  ASSERT_TRUE(too_large.has_value()) << too_large.error().detail;
  EXPECT_EQ(too_large->status, 413);
  const auto largest = fetch({.method = Method::put,
                              .origin = origin,
                              .path = "/a",
                              .body = std::string(kBodyBytesMax, 'b')});
  ASSERT_TRUE(largest.has_value()) << largest.error().detail;
  EXPECT_EQ(largest->status, 200);
}

TEST_F(ServerTest, ATlsClientIsClosedWhenThereIsNoCertificate) {
  EXPECT_FALSE(fetch({.origin = fmt::format("https://127.0.0.1:{}", server->port())}).has_value());
  EXPECT_TRUE(fetch({.origin = origin}).has_value());
}

TEST_F(ServerTest, AClientThatNeverFinishesItsRequestIsDropped) {
  for (const char* sent : {"", "G", "GET / HTTP/1.1\r\nHost:",
                           "PUT / HTTP/1.1\r\n"
                           "Content-Length: 5\r\n\r\n1234"}) {
    server = start_server({.request_time = std::chrono::milliseconds(20)}, echo).value();
    EXPECT_EQ(talk(sent), "") << sent;
  }
}

TEST_F(ServerTest, AConnectionAboveTheBoundIsClosedAndOneThatEndsMakesRoom) {
  server = start_server({.connections_max = 1}, echo).value();
  boost::asio::io_context loop;
  boost::asio::ip::tcp::socket first(loop);
  first.connect({boost::asio::ip::make_address("127.0.0.1"), server->port()});
  EXPECT_EQ(talk("GET / HTTP/1.1\r\n\r\n"), "");
  first.close();
  const std::string request = "GET /1 HTTP/1.1\r\nConnection: close\r\n\r\n";
  std::string answer;
  while (answer.empty()) answer = talk(request);  // until the server has noticed the first's end
  EXPECT_THAT(answer, HasSubstr("GET 1"));
}

TEST_F(ServerTest, WhenAllAreTakenASlowSenderOfWhoeverHasMostMakesRoom) {
  server = start_server({.client_of =
                             [](const Request& request) {
                               return std::string(request.header("X-Forwarded-For"));
                             },
                         .connections_max = 3},
                        echo)
               .value();
  boost::asio::io_context loop;
  std::vector<boost::asio::ip::tcp::socket> open;
  for (int i = 0; i < 3; ++i) {
    open.emplace_back(loop).connect({boost::asio::ip::make_address("127.0.0.1"), server->port()});
    const std::string request = "GET /1 HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n";
    boost::asio::write(open.back(), boost::asio::buffer(request));
    std::string answer;
    boost::asio::read_until(open.back(), boost::asio::dynamic_buffer(answer), "GET 1 ");
  }
  // 192.0.2.1 has all three, and each waits for its next request.
  EXPECT_THAT(talk("GET /2 HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.2\r\n"
                   "Connection: close\r\n\r\n"),
              HasSubstr("GET 2 "));
  char byte = 0;
  boost::system::error_code error;
  open[0].read_some(boost::asio::buffer(&byte, 1), error);
  EXPECT_TRUE(error) << "the one that waited longest";
}

struct OneAddressTest : ServerTest {
  ~OneAddressTest() override { server.reset(); }  // before what it tells
  void start(std::function<bool(const std::string&)> is_shared) {
    server = start_server({.is_shared_address = std::move(is_shared),
                           .on_refused =
                               [this](Refused why) {
                                 EXPECT_EQ(why, Refused::address_has_its_share);
                                 ++refused;
                               },
                           .connections_of_address_max = 2},
                          echo)
                 .value();
    for (auto& socket : open) {
      socket = boost::asio::ip::tcp::socket(loop);
      socket.connect({boost::asio::ip::make_address("127.0.0.1"), server->port()});
    }
  }
  std::atomic<size_t> refused = 0;
  boost::asio::io_context loop;
  std::array<boost::asio::ip::tcp::socket, 2> open{boost::asio::ip::tcp::socket(loop),
                                                   boost::asio::ip::tcp::socket(loop)};
};

TEST_F(OneAddressTest, HasItsShareOfTheConnectionsAndIsToldSoBeyondIt) {
  start({});
  const std::string request = "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n";
  const std::string answer = talk(request);
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 429"));
  EXPECT_THAT(answer, HasSubstr("\"code\":\"too_many_connections\""));
  EXPECT_THAT(answer, HasSubstr("Retry-After: 1\r\n"));
  EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
  EXPECT_EQ(refused, 1u);
  open[0].close();
  std::string again;
  while (!again.starts_with("HTTP/1.1 200")) {  // until the server has noticed that it ended
    again = talk("GET /1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  }
  EXPECT_THAT(again, HasSubstr("GET 1 "));
}

TEST_F(OneAddressTest, HasNoShareWhenManyComeByIt) {
  start([](const std::string& peer) { return peer == "127.0.0.1"; });
  EXPECT_THAT(talk("GET /1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"), HasSubstr("GET 1 "));
  EXPECT_EQ(refused, 0u);
}

TEST_F(OneAddressTest, RefusalsAreBoundedToo) {
  start({});
  std::vector<boost::asio::ip::tcp::socket> silent;
  do {  // again where the first of them have been dropped before the last came
    for (size_t i = 0; i < kRefusalsMax; ++i) {
      silent.emplace_back(loop).connect(
          {boost::asio::ip::make_address("127.0.0.1"), server->port()});
    }
  } while (!talk("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n").empty());
  EXPECT_GT(refused, kRefusalsMax);
}

TEST_F(ServerTest, AClientOfIpv4IsNamedAsOneOnAListenerOfBothFamilies) {
  const auto both = start_server({.addresses = {"::"}}, [](const Request& request) {
    return Response{.content_type = "text/plain", .body = request.peer};
  });
  if (!both) GTEST_SKIP() << "this machine has no IPv6: " << both.error().detail;
  const auto answer = fetch({.origin = fmt::format("http://127.0.0.1:{}", (*both)->port())});
  ASSERT_TRUE(answer.has_value()) << answer.error().detail;
  EXPECT_EQ(answer->body, "127.0.0.1");
}

TEST_F(ServerTest, APortInUseIsAConflictThatNamesIt) {
  const auto second = start_server({.port = server->port()}, echo);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().fault, Fault::conflict);
  EXPECT_THAT(second.error().detail, HasSubstr(std::to_string(server->port())));
}

// Pieces 0 to `pieces - 1`, without a pause.
Handler counting_to(int pieces) {
  return [pieces](const Request&) {
    const auto next = [pieces, count = 0]() mutable -> std::optional<std::string> {
      return ++count < pieces ? std::optional(std::to_string(count)) : std::nullopt;
    };
    return Response{.body = "0", .stream = Stream{.next = next}};
  };
}

TEST_F(ServerTest, AStreamIsWrittenPieceByPieceUntilItEnds) {
  server = start_server({}, counting_to(3)).value();
  const std::string answer = talk("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(answer, HasSubstr("Transfer-Encoding: chunked\r\n"));
  EXPECT_TRUE(answer.ends_with("\r\n\r\n1\r\n0\r\n1\r\n1\r\n1\r\n2\r\n0\r\n\r\n")) << answer;
}

TEST_F(ServerTest, HeadAndHttp10GetNoStream) {
  server = start_server({}, counting_to(3)).value();
  EXPECT_TRUE(talk("HEAD / HTTP/1.1\r\nConnection: close\r\n\r\n").ends_with("\r\n\r\n"));
  EXPECT_TRUE(talk("GET / HTTP/1.0\r\n\r\n").ends_with("\r\n\r\n0"));
}

struct EndlessStreamTest : ServerTest {
  // The guard goes with the last copy of the stream.
  Response answer() {
    return {.body = "begun",
            .stream = Stream{.period = std::chrono::milliseconds(1),
                             .next = [guard = std::shared_ptr<void>(nullptr, [this](void*) {
                                        ended.release();
                                      })] { return std::optional<std::string>("on"); }}};
  }
  boost::asio::ip::tcp::socket open_stream(const std::string& path = "/") {
    boost::asio::ip::tcp::socket socket(loop);
    socket.connect({boost::asio::ip::make_address("127.0.0.1"), server->port()});
    boost::asio::write(socket, boost::asio::buffer("GET " + path + " HTTP/1.1\r\n\r\n"));
    std::string received;
    boost::asio::read_until(socket, boost::asio::dynamic_buffer(received), "2\r\non\r\n");
    EXPECT_THAT(received, HasSubstr("begun"));
    return socket;
  }

  boost::asio::io_context loop;
  std::counting_semaphore<> ended{0};
};

TEST_F(EndlessStreamTest, EndsWhenItsClientHasGoneAndMakesRoom) {
  server = start_server({.streams_max = 1}, [this](const Request&) { return answer(); }).value();
  {
    const auto socket = open_stream();
    EXPECT_THAT(talk("GET / HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 503"));
    ended.acquire();
  }
  ended.acquire();
}

TEST_F(EndlessStreamTest, OneAddressHasAPartOfThem) {
  server = start_server({.streams_of_address_max = 1}, [this](const Request&) {
             return answer();
           }).value();
  {
    const auto socket = open_stream();
    EXPECT_THAT(talk("GET / HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 503"));
    ended.acquire();
  }
  ended.acquire();
  const auto socket = open_stream();
  server.reset();
  ended.acquire();
}

TEST_F(EndlessStreamTest, APersonWhoHasMostLosesOneToTheNext) {
  server = start_server({.streams_max = 3}, [this](const Request& request) {
             Response response = answer();
             response.owner = request.segments.empty() ? "ann" : request.segments.front();
             return response;
           }).value();
  std::vector<boost::asio::ip::tcp::socket> open;
  for (int i = 0; i < 3; ++i) open.push_back(open_stream());
  EXPECT_THAT(talk("GET / HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 503")) << "it has most itself";
  ended.acquire();
  open.push_back(open_stream("/bob"));
  ended.acquire();  // Ann's oldest
  std::string rest;
  boost::system::error_code error;
  boost::asio::read(open.front(), boost::asio::dynamic_buffer(rest), error);
  EXPECT_TRUE(rest.ends_with("0\r\n\r\n")) << "it ends as a whole answer";
  server.reset();
  for (int i = 0; i < 3; ++i) ended.acquire();
}

TEST_F(EndlessStreamTest, EndsWhenTheServerStops) {
  server = start_server({}, [this](const Request&) { return answer(); }).value();
  auto socket = open_stream();
  server->stop();
  server.reset();
  std::string rest;
  boost::system::error_code error;
  boost::asio::read(socket, boost::asio::dynamic_buffer(rest), error);
  EXPECT_TRUE(error);
  ended.acquire();
}

TEST_F(ServerTest, StoppingClosesConnectionsAndTheListener) {
  boost::asio::io_context loop;
  boost::asio::ip::tcp::socket idle(loop);
  idle.connect({boost::asio::ip::make_address("127.0.0.1"), server->port()});
  ASSERT_TRUE(fetch({.origin = origin}).has_value());
  server.reset();
  EXPECT_EQ(fetch({.origin = origin}).error().fault, Fault::unavailable);
  char byte = 0;
  boost::system::error_code error;
  idle.read_some(boost::asio::buffer(&byte, 1), error);
  EXPECT_TRUE(error);
}

}  // namespace
}  // namespace cachery::http
