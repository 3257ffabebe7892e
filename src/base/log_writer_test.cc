#include "base/log_writer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <thread>

namespace cachery::log {
namespace {

using std::chrono::milliseconds;

// A pipe that is read when the test says so. The writer's thread outlives it, and finds it closed.
class LogWriterTest : public ::testing::Test {
 protected:
  LogWriterTest() { EXPECT_EQ(::pipe(ends_), 0); }
  ~LogWriterTest() override { ::close(ends_[0]); }

  LogWriter& start() {
    return LogWriter::start({.descriptor = ends_[1], .dropped_line = [](uint64_t lines) {
                               return std::to_string(lines) + " dropped\n";
                             }});
  }
  std::string read_until(std::string_view end) {
    std::string text;
    char piece[65536];
    while (!text.ends_with(end)) {
      const ssize_t got = ::read(ends_[0], piece, sizeof piece);
      if (got <= 0) return text + "(the pipe has ended)";
      text.append(piece, static_cast<size_t>(got));
    }
    return text;
  }
  static size_t fill(LogWriter& writer) {
    const std::string line(1023, '.');
    const size_t lines = 4 * LogWriter::kOrdinaryBytesMax / (line.size() + 1);
    for (size_t i = 0; i < lines; ++i) writer.add(Urgency::ordinary, line + "\n");
    return lines;
  }

  int ends_[2] = {-1, -1};
};

TEST_F(LogWriterTest, LinesComeInTheirOrder) {
  LogWriter& writer = start();
  writer.add(Urgency::ordinary, "one\n");
  writer.add(Urgency::error, "two\n");
  EXPECT_EQ(read_until("two\n"), "one\ntwo\n");
  EXPECT_TRUE(writer.finish(std::chrono::hours(1)));
}

TEST_F(LogWriterTest, NobodyWaitsForAPipeThatIsNotReadAndDroppedLinesAreTold) {
  LogWriter& writer = start();
  const size_t lines = fill(writer);
  const std::string text = read_until(" dropped\n");
  size_t written = 0;
  for (size_t at = 0; (at = text.find(".\n", at)) != std::string::npos; ++at) ++written;
  EXPECT_LT(written, lines);
  EXPECT_TRUE(text.ends_with("\n" + std::to_string(lines - written) + " dropped\n"));
}

TEST_F(LogWriterTest, AnErrorHasRoomWhereOtherLinesHaveNone) {
  LogWriter& writer = start();
  fill(writer);
  writer.add(Urgency::error, "an error\n");
  writer.add(Urgency::ordinary, "news\n");
  const std::string text = read_until(" dropped\n");
  EXPECT_NE(text.find("an error\n"), std::string::npos);
  EXPECT_EQ(text.find("news\n"), std::string::npos);
}

TEST_F(LogWriterTest, TheEndDoesNotWaitForAPipeThatIsNotRead) {
  LogWriter& writer = start();
  fill(writer);
  EXPECT_FALSE(writer.finish(milliseconds(1)));
  std::thread reader([this] { read_until(" dropped\n"); });
  EXPECT_TRUE(writer.finish(std::chrono::hours(1)));
  reader.join();
}

}  // namespace
}  // namespace cachery::log
