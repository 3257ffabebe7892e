#include "http/places.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace cachery::http {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct PlacesTest : testing::Test {
  // Held until it is dropped; `number` is told when it is lost.
  Places::Place& take(const std::string& client, int number, bool is_shared = false) {
    auto place = places.take({.client = client, .is_shared = is_shared});
    EXPECT_TRUE(place.has_value()) << client;
    held.push_back(std::move(*place));
    held.back().on_loss([this, number] { lost.push_back(number); });
    return held.back();
  }
  Places::Refusal refusal(const std::string& client, bool is_shared = false) {
    auto place = places.take({.client = client, .is_shared = is_shared});
    return place ? Places::Refusal::none : place.error();
  }

  Places places{{.places_max = 4, .of_one_max = 3}};
  std::list<Places::Place> held;
  std::vector<int> lost;
};

TEST_F(PlacesTest, TheOneThatWaitsLongestForItsClientGoesFirst) {
  take("greedy", 1);
  auto& slow = take("greedy", 2);
  auto& slower = take("greedy", 3);
  take("ann", 4);
  slower.waits_for_client(true);
  slow.waits_for_client(true);
  take("newcomer", 5);
  EXPECT_THAT(lost, ElementsAre(3));
  EXPECT_EQ(refusal("greedy"), Places::Refusal::all_taken);
  EXPECT_THAT(lost, ElementsAre(3));
}

TEST_F(PlacesTest, WhereNoneWaitsTheOldestGoes) {
  take("greedy", 1);
  take("greedy", 2);
  take("greedy", 3);
  take("ann", 4);
  take("newcomer", 5);
  EXPECT_THAT(lost, ElementsAre(1));
}

TEST_F(PlacesTest, APlaceThatIsGivenBackIsFree) {
  for (int i = 0; i < 10; ++i) {
    take("ann", i);
    held.clear();
  }
  EXPECT_EQ(places.taken_count(), 0u);
  EXPECT_THAT(lost, IsEmpty());
}

TEST_F(PlacesTest, ALostPlaceIsNotGivenBackTwice) {
  for (int i = 0; i < 3; ++i) take("greedy", i);
  take("ann", 3);
  take("newcomer", 4);
  EXPECT_EQ(places.taken_count(), 4u);
  held.clear();
  EXPECT_EQ(places.taken_count(), 0u);
}

TEST_F(PlacesTest, AProxysNewcomerTakesThePlaceOfItsOwnSlowest) {
  for (int i = 0; i < 4; ++i) take("127.0.0.1", i, true);
  EXPECT_EQ(refusal("127.0.0.1", true), Places::Refusal::all_taken) << "all are being answered";
  held.back().waits_for_client(true);
  EXPECT_EQ(refusal("127.0.0.1", true), Places::Refusal::none);
  EXPECT_THAT(lost, ElementsAre(3));
}

TEST_F(PlacesTest, WhomAProxyNamesHasAShareOfTheirOwn) {
  for (int i = 0; i < 4; ++i) {
    auto& place = take("127.0.0.1", i, true);
    const auto moved = place.move_to({.client = "192.0.2.1"});
    EXPECT_EQ(moved, i < 3 ? Places::Refusal::none : Places::Refusal::has_its_share);
  }
}

TEST_F(PlacesTest, OneThatIsLostBeforeItSaysHowToEndItIsEndedAtOnce) {
  auto first = places.take({.client = "greedy"});
  take("greedy", 2);
  take("greedy", 3);
  take("ann", 4);
  take("newcomer", 5);
  first->on_loss([this] { lost.push_back(1); });
  EXPECT_THAT(lost, ElementsAre(1));
}

}  // namespace
}  // namespace cachery::http
