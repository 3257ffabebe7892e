// Events that a client can cause as often as it likes: a line for each would let one client fill
// the disk. The first one of a group (a cache, a port) is told at once; those that follow are
// counted, and told together once a round, which is a second. The table has a bound: groups beyond
// it are counted together, by their event.
//
// One caller at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "base/log.h"

namespace cachery::log {

class Repeats {
 public:
  static constexpr size_t kGroupsMax = 128;

  struct Told {
    std::string_view event;
    Level level;
    Group group;  // without a name: none, or many together
    uint64_t times;
  };

  // True: the caller tells of this one itself. `event` and the group's name are literals.
  bool is_first(Level level, std::string_view event, Group group) {
    Key key{event, group.name, group.value};
    if (entries_.size() >= kGroupsMax && !entries_.contains(key)) key = {event, {}, 0};
    const auto [at, is_new] = entries_.try_emplace(key, Entry{.level = level});
    if (!is_new) ++at->second.times;
    return is_new;
  }

  // What came more than once since the last round; at the end of the process also what came since
  // its first one was told, which is else left to the next round.
  enum class Round : uint8_t { next, last };
  std::vector<Told> take(Round round) {
    std::vector<Told> told;
    for (auto at = entries_.begin(); at != entries_.end();) {
      Entry& entry = at->second;
      const bool is_kept = std::exchange(entry.is_new, false) && round == Round::next;
      const auto& [event, name, value] = at->first;
      if (!is_kept && entry.times > 0) {
        told.push_back({event, entry.level, {name, value}, std::exchange(entry.times, 0)});
        ++at;
      } else {
        at = is_kept ? std::next(at) : entries_.erase(at);
      }
    }
    return told;
  }

 private:
  using Key = std::tuple<std::string_view, std::string_view, uint64_t>;
  struct Entry {
    Level level = Level::info;
    uint64_t times = 0;  // beyond those that were told
    bool is_new = true;  // its first one was told in this round
  };
  std::map<Key, Entry> entries_;
};

}  // namespace cachery::log
