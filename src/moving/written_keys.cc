#include "moving/written_keys.h"

#include <algorithm>
#include <functional>

#include "base/check.h"

namespace cachery::moving {
namespace {

// The standard library's hash is good in its low bits and says nothing of its high ones.
uint64_t hash_of(std::string_view key) {
  uint64_t hash = std::hash<std::string_view>{}(key);
  hash = (hash ^ (hash >> 31)) * 0x9e3779b97f4a7c15;
  return hash ^ (hash >> 29);
}

// The n-th bit of a key, by double hashing (Kirsch and Mitzenmacher, 2006).
size_t bit_of(uint64_t hash, int n) { return hash + static_cast<uint64_t>(n) * ((hash >> 32) | 1); }

}  // namespace

WrittenKeys::WrittenKeys()
    // calloc, since a vector would touch each page to clear it.
    : words_(static_cast<uint64_t*>(std::calloc(kBits / 64, sizeof(uint64_t)))) {
  CHECK(words_ != nullptr);
}

bool WrittenKeys::mark(std::string_view key) {
  const uint64_t hash = hash_of(key);
  const std::scoped_lock lock(stripes_[stripe_of(hash)]);
  bool is_new = false;
  for (int n = 0; n < kBitsPerKey; ++n) {
    const size_t bit = bit_of(hash, n) % kBits;
    const uint64_t mask = uint64_t{1} << (bit % 64);
    is_new |= (std::atomic_ref(words_[bit / 64]).fetch_or(mask) & mask) == 0;
  }
  return is_new;
}

void WrittenKeys::mark_all() {
  has_all_ = true;
  // What was being copied is in the cache before this returns, and so before the flush.
  for (std::mutex& stripe : stripes_) const std::scoped_lock lock(stripe);
}

bool WrittenKeys::has(std::string_view key) const {
  if (has_all_) return true;
  const uint64_t hash = hash_of(key);
  for (int n = 0; n < kBitsPerKey; ++n) {
    const size_t bit = bit_of(hash, n) % kBits;
    const uint64_t mask = uint64_t{1} << (bit % 64);
    if ((std::atomic_ref(words_[bit / 64]).load() & mask) == 0) return false;
  }
  return true;
}

WrittenKeys::Hold WrittenKeys::hold(std::span<const std::string> keys) {
  std::vector<size_t> stripes;
  for (const std::string& key : keys) stripes.push_back(stripe_of(hash_of(key)));
  // In one order for all, so that no two wait for each other; each once.
  std::ranges::sort(stripes);
  const auto again = std::ranges::unique(stripes);
  stripes.erase(again.begin(), again.end());
  Hold held;
  for (const size_t stripe : stripes) held.emplace_back(stripes_[stripe]);
  return held;
}

}  // namespace cachery::moving
