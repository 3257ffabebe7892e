#include "base/base64.h"

#include <gtest/gtest.h>

#include <string>

namespace cachery {
namespace {

std::string encode(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4, '?');
  EXPECT_EQ(base64_encode(bytes, out.data()), out.data() + out.size());
  return out;
}

std::string decode(std::string_view text) {
  std::string out(text.size(), '?');
  const size_t size = base64_decode(text, out.data());
  EXPECT_EQ(size, base64_decoded_bytes(text)) << text;
  out.resize(size);
  return out;
}

TEST(Base64, EncodesTheExamplesOfTheRfcAndDecodesThem) {
  const std::pair<const char*, const char*> examples[] = {
      {"f", "Zg=="},        {"fo", "Zm8="},        {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, text] : examples) {
    EXPECT_EQ(encode(plain), text);
    EXPECT_EQ(decode(text), plain);
    EXPECT_TRUE(is_base64(text));
  }
}

TEST(Base64, IsTheAlphabetAloneWithPaddingAtTheEndOrWithout) {
  EXPECT_TRUE(is_base64(""));
  EXPECT_TRUE(is_base64("Zg"));
  for (const char* text : {"Zg=a", "Z g==", "Zg==\n", "Z-_g", "\xff"}) {
    EXPECT_FALSE(is_base64(text)) << text;
  }
}

}  // namespace
}  // namespace cachery
