// The keys that a running memcached holds, as `lru_crawler metadump all` tells them, in a temporary
// file that nobody else sees: the crawler is not held up by whoever reads the list, and the number
// of keys is known from the start.
//
// Versions end and begin this dump differently, and each is read:
//     1.4.31 to 1.5.3   lines end in a bare line feed; no END, the connection then takes commands
//     again 1.5.4 to 1.6.42   END 1.6.43 and newer  OK first, END
// After a second of silence the server is therefore asked for its version: whoever has finished
// answers, whoever has not answers after the dump. A busy crawler (BUSY, "try again later") is
// asked again. A connection that is closed, or silent for good, ends the list early: is_whole is
// false.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>

#include "base/error.h"
#include "moving/dump_line.h"
#include "moving/server.h"

namespace cachery::moving {

struct DumpPatience {
  std::chrono::milliseconds quiet{1000};     // then the server is asked whether it has finished
  std::chrono::milliseconds silent{30'000};  // then the list ends: a crawl of a busy server is slow
  std::chrono::milliseconds busy{60'000};    // for a crawler that somebody else has started
  std::chrono::milliseconds busy_pause{1000};
};

class KeyList {
 public:
  // unavailable: it does not answer, or told no key before it was silent. unauthorized: it refuses
  // the login. invalid: it does not tell its keys, with its words. exhausted: no room for the list.
  [[nodiscard]] static Result<KeyList> read(const Server& from, const DumpPatience& patience);

  uint64_t keys() const { return keys_; }
  bool is_whole() const { return is_whole_; }
  // The next key; one whose line cannot be read is empty. Nothing: there are no more.
  std::optional<DumpedKey> next();

 private:
  enum class Told { more, end, busy };
  struct Close {
    void operator()(FILE* file) const { fclose(file); }
  };

  explicit KeyList(FILE* file) : file_(file) {}
  // end or busy.
  [[nodiscard]] Result<Told> take_dump(const Server& from, const DumpPatience& patience);
  [[nodiscard]] Result<Told> take(std::string_view line, const Server& from, bool has_asked);

  std::unique_ptr<FILE, Close> file_;
  uint64_t keys_ = 0;
  bool is_whole_ = false;
};

}  // namespace cachery::moving
