#include "control/seal.h"

#include <gtest/gtest.h>

namespace cachery::control {
namespace {

TEST(Sealer, OpensWhatItSealed) {
  const Sealer sealer(MasterKey{1});
  const std::string sealed = sealer.seal("1EFAB1");
  EXPECT_EQ(sealed.find("1EFAB1"), std::string::npos);
  EXPECT_EQ(sealer.open(sealed).value(), "1EFAB1");
  EXPECT_NE(sealed, sealer.seal("1EFAB1"));
}

TEST(Sealer, RefusesAnotherKeyAndDamage) {
  const Sealer sealer(MasterKey{1});
  const Sealer other(MasterKey{2});
  std::string sealed = sealer.seal("secret");
  EXPECT_FALSE(other.open(sealed).has_value());
  for (size_t cut = 0; cut < sealed.size(); ++cut) {
    EXPECT_FALSE(sealer.open(std::string_view(sealed).substr(0, cut)).has_value()) << cut;
  }
  sealed.back() = static_cast<char>(sealed.back() ^ 1);
  EXPECT_FALSE(sealer.open(sealed).has_value());
}

TEST(Sealer, WhatCannotBeOpenedIsEmptyAmongOthers) {
  const Sealer sealer(MasterKey{1});
  EXPECT_EQ(sealer.open_or_empty(sealer.seal("secret"), "password of credential", 1), "secret");
  EXPECT_EQ(sealer.open_or_empty(Sealer(MasterKey{2}).seal("secret"), "password of credential", 1),
            "");
}

}  // namespace
}  // namespace cachery::control
