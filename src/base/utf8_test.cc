#include "base/utf8.h"

#include <gtest/gtest.h>

namespace cachery {
namespace {

TEST(Utf8, LeavesWhatIsUtf8AsItIs) {
  for (const std::string_view text :
       {std::string_view(""), std::string_view("a\0b", 3), std::string_view("\x7f"),
        std::string_view("\xc2\x80"), std::string_view("\xdf\xbf"),
        std::string_view("\xe0\xa0\x80"), std::string_view("\xed\x9f\xbf"),
        std::string_view("\xf0\x90\x80\x80"), std::string_view("\xf4\x8f\xbf\xbf")}) {
    // Behind and before ASCII of every length that the search for it could take at once.
    for (size_t before = 0; before < 20; ++before) {
      const std::string whole = std::string(before, 'a') + std::string(text) + "tail of it";
      EXPECT_EQ(to_utf8(whole), whole);
      const std::string broken = std::string(before, 'a') + "\xff" + std::string(text);
      EXPECT_EQ(to_utf8(broken).size(), broken.size() + 2);
    }
    EXPECT_EQ(to_utf8(text), text);
  }
}

TEST(Utf8, ReplacesEachByteThatIsNoPartOfACharacter) {
  EXPECT_EQ(to_utf8("\xff"), "\xef\xbf\xbd");
  EXPECT_EQ(to_utf8("a\x80z"), "a\xef\xbf\xbdz");
  EXPECT_EQ(to_utf8("\xc3"), "\xef\xbf\xbd") << "cut in its middle";
  EXPECT_EQ(to_utf8("\xe2\x82"), "\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(to_utf8("\xc0\x80"), "\xef\xbf\xbd\xef\xbf\xbd") << "longer than needed";
  EXPECT_EQ(to_utf8("\xed\xa0\x80").size(), 9u) << "a surrogate";
  EXPECT_EQ(to_utf8("\xf4\x90\x80\x80").size(), 12u) << "above the last code point";
}

}  // namespace
}  // namespace cachery
