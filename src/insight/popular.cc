#include "insight/popular.h"

#include <algorithm>
#include <cmath>

#include "insight/event.h"

namespace cachery::insight {

void Popular::add(uint64_t hash, std::string_view name, double weight) {
  const auto found = std::find(hashes_.begin(), hashes_.end(), hash);
  if (found != hashes_.end()) {
    entries_[static_cast<size_t>(found - hashes_.begin())].count += weight;
    return;
  }
  const std::string_view kept = name.substr(0, kNameBytesMax);
  if (entries_.size() < entries_max_) {
    hashes_.push_back(hash);
    entries_.push_back({weight, 0, std::string(kept)});
    return;
  }
  const auto rarest =
      std::min_element(entries_.begin(), entries_.end(),
                       [](const Entry& a, const Entry& b) { return a.count < b.count; });
  hashes_[static_cast<size_t>(rarest - entries_.begin())] = hash;
  rarest->error = rarest->count;
  rarest->count += weight;
  rarest->name.assign(kept);
}

void Popular::age(double share) {
  for (Entry& entry : entries_) {
    entry.count *= share;
    entry.error *= share;
  }
}

double Popular::count_of(uint64_t hash) const {
  const auto found = std::find(hashes_.begin(), hashes_.end(), hash);
  if (found == hashes_.end()) return 0;
  const Entry& entry = entries_[static_cast<size_t>(found - hashes_.begin())];
  return entry.count - entry.error;
}

std::vector<tenant::PopularItem> Popular::top(size_t names_max) const {
  std::vector<tenant::PopularItem> items;
  for (const Entry& entry : entries_) {
    const double sure = std::round(entry.count - entry.error);
    if (sure >= 1) items.push_back({entry.name, static_cast<uint64_t>(sure)});
  }
  std::sort(items.begin(), items.end(), [](const auto& a, const auto& b) {
    return a.popularity != b.popularity ? a.popularity > b.popularity : a.name < b.name;
  });
  if (items.size() > names_max) items.resize(names_max);
  return items;
}

size_t Popular::memory_bytes() const {
  size_t bytes = hashes_.capacity() * sizeof(uint64_t) + entries_.capacity() * sizeof(Entry);
  for (const Entry& entry : entries_) bytes += entry.name.capacity();
  return bytes;
}

}  // namespace cachery::insight
