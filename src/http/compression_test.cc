#include "http/compression.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/inflated_fixture.h"
#include "http/limits.h"

namespace cachery::http {
namespace {

using testing::IsEmpty;

// Text that is made smaller, as lists of alike rows are.
std::string rows(size_t bytes) {
  std::string text;
  for (int i = 0; text.size() < bytes; ++i) text += "{\"id\":" + std::to_string(i) + "},";
  text.resize(bytes);
  return text;
}

Response answer(const std::string& body, const std::string& accepted = "gzip",
                Compressible compressible = Compressible::yes) {
  const Request request{.headers = {{"accept-encoding", accepted}}};
  return compress_for(request, {.body = body, .compressible = compressible});
}

TEST(Compression, IsOfAnAnswerWithoutSecretsForAClientThatTakesIt) {
  const std::string body = rows(100'000);
  const Response packed = answer(body);
  EXPECT_EQ(packed.header("Content-Encoding"), "gzip");
  EXPECT_EQ(packed.header("Vary"), "Accept-Encoding");
  EXPECT_LT(packed.body.size(), body.size() / 3);
  EXPECT_EQ(inflated(packed.body), body);
  for (const char* accepted : {"", "identity", "br", "gzip;q=0"}) {
    const Response plain = answer(body, accepted);
    EXPECT_EQ(plain.body, body) << accepted;
    EXPECT_THAT(std::string(plain.header("Content-Encoding")), IsEmpty()) << accepted;
    EXPECT_EQ(plain.header("Vary"), "Accept-Encoding") << accepted;
  }
}

TEST(Compression, LeavesAnAnswerThatMayHaveASecretAsItIs) {
  const Response plain = answer(rows(100'000), "gzip", Compressible::no);
  EXPECT_EQ(plain.body, rows(100'000));
  EXPECT_THAT(plain.headers, IsEmpty());
  EXPECT_EQ(Response().compressible, Compressible::no) << "who says nothing has one";
  EXPECT_EQ(without_secrets({}).compressible, Compressible::yes);
}

TEST(Compression, LeavesWhatIsTooSmallOrTooLargeOrGrows) {
  EXPECT_THAT(std::string(answer(rows(kCompressBytesMin - 1)).header("Content-Encoding")),
              IsEmpty());
  EXPECT_EQ(answer(rows(kCompressBytesMin)).header("Content-Encoding"), "gzip");
  EXPECT_EQ(answer(rows(kCompressBytesMax)).header("Content-Encoding"), "gzip");
  EXPECT_THAT(std::string(answer(rows(kCompressBytesMax + 1)).header("Content-Encoding")),
              IsEmpty());
  std::string noise;
  for (uint32_t x = 1; noise.size() < 4096; x = x * 1664525u + 1013904223u) {
    noise += static_cast<char>(x >> 24);
  }
  EXPECT_EQ(answer(noise).body, noise);
}

TEST(Compression, LeavesWhatStreams) {
  Response response{.body = rows(100'000), .compressible = Compressible::yes};
  response.stream.emplace();
  const Response plain = compress_for({.headers = {{"Accept-Encoding", "gzip"}}}, response);
  EXPECT_EQ(plain.body, response.body);
  EXPECT_THAT(plain.headers, IsEmpty());
}

TEST(Compression, ACodingIsAcceptedByItsNameUnlessItsQualityIsNothing) {
  for (const char* list : {"gzip", "GZip", "br, gzip", "gzip;q=0.001", "br;q=0 ,\tgzip ; Q=1.0",
                           "gzip;level=0", "deflate,gzip,"}) {
    EXPECT_TRUE(accepts_coding(list, "gzip")) << list;
  }
  for (const char* list : {"", "*", "gzi", "gzipped", "x-gzip", "gzip;q=0", "gzip; q=0.000",
                           "gzip;q = 0", ",,;", "br;gzip"}) {
    EXPECT_FALSE(accepts_coding(list, "gzip")) << list;
  }
}

}  // namespace
}  // namespace cachery::http
