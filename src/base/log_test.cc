// What a line looks like, on standard output: where a log goes that nobody configured.
#include "base/log.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

namespace cachery::log {
namespace {

std::string line_of(std::initializer_list<Field> fields) {
  testing::internal::CaptureStdout();
  info("event", fields);
  return testing::internal::GetCapturedStdout();
}

TEST(Log, NoFieldCanBeTakenForAnother) {
  const std::string line = line_of({{"first", "a b\n\"c\" d=e"}, {"second", 7}});
  EXPECT_NE(line.find(R"( first="a b\u000a\"c\" d=e" second=7)"), std::string::npos) << line;
}

TEST(Log, WhatIsNoUtf8IsReplaced) {
  const std::string line = line_of({{"field", "caf\xc3\xa9 \xff\xfe"}});
  EXPECT_NE(line.find("caf\xc3\xa9 \xef\xbf\xbd\xef\xbf\xbd"), std::string::npos) << line;
}

}  // namespace
}  // namespace cachery::log
