#include "insight/popular.h"

#include <gmock/gmock.h>

#include "insight/event.h"

namespace cachery::insight {
namespace {

using testing::ElementsAre;

std::vector<std::string> names(const Popular& popular) {
  std::vector<std::string> found;
  for (const auto& item : popular.top(10)) found.push_back(item.name);
  return found;
}

TEST(Popular, CountsExactlyWhileThereIsRoom) {
  Popular popular(3);
  popular.add(1, "a", 1);
  popular.add(2, "b", 1);
  popular.add(2, "b", 1);
  popular.add(3, "c", 5);
  const auto top = popular.top(2);
  ASSERT_EQ(top.size(), 2u) << "as many as were asked for";
  EXPECT_EQ(top[0].name, "c");
  EXPECT_EQ(top[0].popularity, 5u);
  EXPECT_EQ(top[1].name, "b");
  EXPECT_EQ(top[1].popularity, 2u);
  EXPECT_EQ(popular.count_of(1), 1);
  EXPECT_EQ(popular.count_of(9), 0) << "never seen";
}

TEST(Popular, TellsOnlyWhatIsSureOfWhoTookAnothersPlace) {
  Popular popular(2);
  popular.add(1, "a", 3);
  popular.add(2, "b", 7);
  popular.add(3, "c", 2);  // in place of a, whose 3 are its error
  EXPECT_THAT(names(popular), ElementsAre("b", "c"));
  EXPECT_EQ(popular.count_of(3), 2);
  EXPECT_EQ(popular.count_of(1), 0);
}

TEST(Popular, KeepsEveryNameThatIsMoreThanItsShareOfTheStream) {
  Popular popular(10);
  for (uint64_t i = 0; i < 10'000; ++i) {
    popular.add(1'000 + i, "rare", 1);
    if (i % 5 == 0) popular.add(1, "hot", 1);  // a sixth of all
  }
  const auto top = popular.top(1);
  ASSERT_EQ(top.size(), 1u);
  EXPECT_EQ(top[0].name, "hot");
  EXPECT_LE(top[0].popularity, 2'000u) << "never more than it was";
  EXPECT_GT(top[0].popularity, 800u);
}

TEST(Popular, ForgetsWhatIsNotAskedForAnyMore) {
  Popular popular(4);
  popular.add(1, "old", 10);
  popular.age(0.1);
  popular.add(2, "new", 2);
  EXPECT_THAT(names(popular), ElementsAre("new", "old"));
  popular.age(0.1);
  EXPECT_TRUE(names(popular).empty()) << "less than one request is none";
}

TEST(Popular, KeepsTheBeginningOfALongName) {
  Popular popular(1);
  popular.add(1, std::string(10'000, 'k'), 1);
  EXPECT_EQ(names(popular)[0].size(), kNameBytesMax);
  EXPECT_LT(popular.memory_bytes(), 1'000u);
}

std::vector<std::string> prefixes_of(std::string_view key) {
  std::vector<std::string> prefixes;
  for_each_prefix(key, [&](std::string_view prefix) { prefixes.emplace_back(prefix); });
  return prefixes;
}

TEST(Prefixes, EndWithADelimiterAndAreThreeAtMost) {
  EXPECT_THAT(prefixes_of("user:1:name:x:y"), ElementsAre("user:", "user:1:", "user:1:name:"));
  EXPECT_THAT(prefixes_of("a/b_c"), ElementsAre("a/", "a/b_"));
  EXPECT_TRUE(prefixes_of("plain").empty());
  EXPECT_TRUE(prefixes_of("").empty());
  EXPECT_TRUE(prefixes_of("whole:").empty()) << "nothing comes under it";
}

}  // namespace
}  // namespace cachery::insight
