#include "insight/watch.h"

#include <algorithm>
#include <cmath>

namespace cachery::insight {
namespace {

// FNV-1a: prefixes are short, and no request's own hash is of its prefix.
uint64_t hash_of(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char character : text) {
    hash = (hash ^ static_cast<unsigned char>(character)) * 0x100000001b3;
  }
  return hash;
}

}  // namespace

PopularTables::PopularTables(size_t entries_max)
    : hits_(entries_max), misses_(entries_max), mutations_(entries_max), prefixes_(entries_max) {}

void PopularTables::add(const Event& event, double weight) {
  if (event.act == Act::other) return;
  Popular& table = event.act == Act::hit ? hits_ : event.act == Act::miss ? misses_ : mutations_;
  table.add(event.hash, event.key, weight);
  for_each_prefix(event.key,
                  [&](std::string_view prefix) { prefixes_.add(hash_of(prefix), prefix, weight); });
}

void PopularTables::age(double share) {
  for (Popular* table : {&hits_, &misses_, &mutations_, &prefixes_}) table->age(share);
}

tenant::PopularItems PopularTables::read(uint64_t time_slice) const {
  return {.time_slice = time_slice,
          .hit_keys = hits_.top(Watch::kNamesTold),
          .missed_keys = misses_.top(Watch::kNamesTold),
          .mutated_keys = mutations_.top(Watch::kNamesTold),
          .prefixes = prefixes_.top(Watch::kNamesTold)};
}

size_t PopularTables::memory_bytes() const {
  return hits_.memory_bytes() + misses_.memory_bytes() + mutations_.memory_bytes() +
         prefixes_.memory_bytes();
}

void Tally::add(Act act, double weight) {
  if (act == Act::hit) hits += weight;
  if (act == Act::miss) misses += weight;
  if (is_mutation(act)) mutations += weight;
}

void Watch::note(const Event& event, double weight, int64_t item_seconds) {
  age(item_seconds);
  told_ += 1;
  stood_for_ += weight;
  log_.add(event, item_seconds);
  popular_.add(event, weight);
  for (Key& key : keys_) {
    if (key.hash == event.hash && key.name == event.key) key.tally.add(event.act, weight);
  }
  for (Prefix& prefix : prefixes_) {
    if (!event.key.starts_with(prefix.name)) continue;
    prefix.tally.add(event.act, weight);
    prefix.popular.add(event, weight);
    sample(prefix, event);
  }
}

void Watch::sample(Prefix& prefix, const Event& event) {
  const bool is_there = event.act == Act::hit || event.act == Act::store;
  if (!is_there || position_of(event.hash) >= prefix.threshold) return;
  const auto known = std::find_if(prefix.keys.begin(), prefix.keys.end(),
                                  [&](const SeenKey& seen) { return seen.hash == event.hash; });
  if (known != prefix.keys.end() || event.key.size() > kNameBytesMax) return;
  prefix.keys.push_back({event.hash, std::string(event.key)});
  while (prefix.keys.size() > kPrefixKeys) {
    prefix.threshold /= 2;
    std::erase_if(prefix.keys,
                  [&](const SeenKey& seen) { return position_of(seen.hash) >= prefix.threshold; });
  }
}

void Watch::age(int64_t item_seconds) {
  const uint64_t slice = static_cast<uint64_t>(std::max<int64_t>(item_seconds, 0)) / kSliceSeconds;
  if (slice <= time_slice_) return;
  if (time_slice_ != 0) {
    const double share = std::pow(kSliceShare, static_cast<double>(slice - time_slice_));
    popular_.age(share);
    told_ *= share;
    stood_for_ *= share;
    for (Prefix& prefix : prefixes_) prefix.popular.age(share);
  }
  time_slice_ = slice;
}

tenant::PopularItems Watch::popular_items(int64_t item_seconds) {
  age(item_seconds);
  return told(popular_.read(time_slice_));
}

tenant::PopularItems Watch::told(tenant::PopularItems items) const {
  items.since_unix_seconds = since_;
  if (told_ > 0) items.sampled_one_in = stood_for_ / told_;
  return items;
}

std::optional<tenant::PopularItems> Watch::popular_items(std::string_view prefix,
                                                         int64_t item_seconds) {
  age(item_seconds);
  for (const Prefix& watched : prefixes_) {
    if (watched.name == prefix) return told(watched.popular.read(time_slice_));
  }
  return std::nullopt;
}

Tally Watch::ask_about(uint64_t hash, std::string_view key) {
  const auto known = std::find_if(keys_.begin(), keys_.end(), [&](const Key& one) {
    return one.hash == hash && one.name == key;
  });
  if (known != keys_.end()) {
    std::rotate(known, known + 1, keys_.end());
    return keys_.back().tally;
  }
  const Tally so_far{popular_.hits().count_of(hash), popular_.misses().count_of(hash),
                     popular_.mutations().count_of(hash)};
  if (key.size() > kNameBytesMax) return so_far;
  if (keys_.size() == kKeysMax) keys_.erase(keys_.begin());
  keys_.push_back({hash, std::string(key), so_far});
  return so_far;
}

void Watch::watch_prefixes(const std::vector<std::string>& prefixes) {
  std::vector<Prefix> kept;
  for (const std::string& name : prefixes) {
    if (kept.size() == tenant::kWatchedPrefixesMax) break;
    const auto old = std::find_if(prefixes_.begin(), prefixes_.end(),
                                  [&](const Prefix& prefix) { return prefix.name == name; });
    if (old != prefixes_.end()) {
      kept.push_back(std::move(*old));
      prefixes_.erase(old);
    } else {
      kept.push_back({.name = name});
    }
  }
  prefixes_ = std::move(kept);
}

std::vector<PrefixTally> Watch::prefix_tallies() const {
  std::vector<PrefixTally> tallies;
  for (const Prefix& prefix : prefixes_) {
    tallies.push_back({prefix.name, prefix.tally, prefix.keys,
                       static_cast<double>(kPositions) / static_cast<double>(prefix.threshold)});
  }
  return tallies;
}

size_t Watch::memory_bytes() const {
  size_t bytes = sizeof *this + log_.memory_bytes() + popular_.memory_bytes();
  for (const Key& key : keys_) bytes += sizeof key + key.name.capacity();
  for (const Prefix& prefix : prefixes_) {
    bytes += sizeof prefix + prefix.name.capacity() + prefix.popular.memory_bytes();
    for (const SeenKey& seen : prefix.keys) bytes += sizeof seen + seen.key.capacity();
  }
  return bytes;
}

}  // namespace cachery::insight
