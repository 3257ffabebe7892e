#include "serve/connection_places.h"

#include <gtest/gtest.h>

#include <deque>

namespace cachery::serve {
namespace {

using Room = ConnectionPlaces::Room;

class ConnectionPlacesTest : public ::testing::Test {
 protected:
  ConnectionPlace& stranger(std::string network, Room room = Room::there_is) {
    made_.emplace_back();
    made_.back().network = std::move(network);
    places_.arrive(made_.back(), room);
    return made_.back();
  }
  // Null: refused.
  ConnectionPlace* member(tenant::CacheId cache) {
    ConnectionPlace& place = stranger("");
    if (places_.join(place, cache)) return &place;
    places_.leave(place);
    return nullptr;
  }
  std::vector<ConnectionPlace*> given_up() { return places_.take_given_up(); }

  NodePlaces node_{.members_max = 10};
  ConnectionPlaces places_{&node_};
  std::deque<ConnectionPlace> made_;
};

using Given = std::vector<ConnectionPlace*>;

TEST_F(ConnectionPlacesTest, TheOldestStrangerMakesRoomForANewcomer) {
  places_.set_strangers_max(3);
  ConnectionPlace& first = stranger("a");
  ConnectionPlace& second = stranger("b");
  stranger("c");
  EXPECT_TRUE(given_up().empty());
  stranger("d");
  EXPECT_EQ(given_up(), (Given{&first}));
  EXPECT_EQ(places_.strangers(), 3u);
  stranger("e");
  EXPECT_EQ(given_up(), (Given{&second}));
}

TEST_F(ConnectionPlacesTest, AnAddressPushesOutItsOwnWhenItHasHalf) {
  places_.set_strangers_max(8);
  ConnectionPlace& other = stranger("other");
  ConnectionPlace& first = stranger("a");
  for (int i = 0; i < 3; ++i) stranger("a");
  EXPECT_TRUE(given_up().empty());
  stranger("a");
  EXPECT_EQ(given_up(), (Given{&first}));
  EXPECT_EQ(other.kind, ConnectionPlace::Kind::stranger);
}

TEST_F(ConnectionPlacesTest, AnAddressOfManyClientsHasNoShareOfItsOwn) {
  places_.set_strangers_max(8);
  for (int i = 0; i < 8; ++i) stranger("");
  EXPECT_TRUE(given_up().empty());
}

TEST_F(ConnectionPlacesTest, AFullNodeTakesAStrangersPlaceAndNeverAMembers) {
  ASSERT_NE(member(1), nullptr);
  stranger("a", Room::of_a_stranger);
  EXPECT_TRUE(given_up().empty()) << "nobody but the member was there";
  stranger("b", Room::of_a_stranger);
  ASSERT_EQ(places_.strangers(), 1u);
  EXPECT_EQ(given_up().size(), 1u);
  EXPECT_EQ(node_.members, 1u);
}

TEST_F(ConnectionPlacesTest, WhoLogsInIsNoStrangerAnyMore) {
  places_.set_strangers_max(1);
  ConnectionPlace& first = stranger("a");
  ASSERT_TRUE(places_.join(first, 1));
  stranger("b");
  EXPECT_TRUE(given_up().empty());
  EXPECT_EQ(places_.strangers(), 1u);
}

TEST_F(ConnectionPlacesTest, TheTenantWithMostIsRefusedAndGivesUpForOthers) {
  ConnectionPlace* newest = nullptr;
  for (int i = 0; i < 10; ++i) newest = member(1);
  ASSERT_NE(newest, nullptr);
  EXPECT_EQ(member(1), nullptr);
  EXPECT_TRUE(given_up().empty());
  EXPECT_NE(member(2), nullptr);
  EXPECT_EQ(given_up(), (Given{newest}));
  EXPECT_EQ(node_.members, 10u);
}

TEST_F(ConnectionPlacesTest, TenantsComeToEqualPartsAndStayThere) {
  for (int i = 0; i < 10; ++i) ASSERT_NE(member(1), nullptr);
  int entered = 0;
  for (int i = 0; i < 20; ++i) entered += member(2) != nullptr ? 1 : 0;
  EXPECT_EQ(entered, 5);
  EXPECT_EQ(member(1), nullptr);
  EXPECT_EQ(node_.members, 10u);
}

TEST_F(ConnectionPlacesTest, WhoIsOverIsNotNamedAnyMore) {
  places_.set_strangers_max(1);
  ConnectionPlace& first = stranger("a");
  stranger("b");
  EXPECT_TRUE(places_.has_given_up());
  places_.leave(first);
  EXPECT_TRUE(given_up().empty());
}

}  // namespace
}  // namespace cachery::serve
