// The most frequent names of a stream, in fixed memory: Space-Saving (Metwally et al., ICDT '05).
// Every name that makes up more than 1/entries of the stream is among them; what takes the place of
// the rarest inherits its count as its error, and only the count above the error is told. Older
// requests count less: age() takes a share from all.
//
// Rejected: a count sketch beside a heap. It errs less on flat streams, where nothing is popular
// anyway, and needs both.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tenant/introspection.h"

namespace cachery::insight {

class Popular {
 public:
  explicit Popular(size_t entries_max) : entries_max_(entries_max) {}

  // `hash`: of the name. `weight`: how many requests it stands for.
  void add(uint64_t hash, std::string_view name, double weight);
  void age(double share);
  // 0 where it is not among them.
  double count_of(uint64_t hash) const;
  std::vector<tenant::PopularItem> top(size_t names_max) const;
  size_t memory_bytes() const;

 private:
  struct Entry {
    double count = 0;
    double error = 0;
    std::string name;
  };

  size_t entries_max_;
  std::vector<uint64_t> hashes_;  // apart from the entries, to be searched fast
  std::vector<Entry> entries_;
};

// The beginnings of a key, each up to a delimiter and with it: "user:", "user:1:". At most three.
// Calls use(prefix) for each.
template <typename Use>
void for_each_prefix(std::string_view key, Use use) {
  constexpr std::string_view kDelimiters = ":/._-|#";
  size_t at = key.find_first_of(kDelimiters);
  for (int found = 0; found < 3 && at != key.npos && at + 1 < key.size(); ++found) {
    use(key.substr(0, at + 1));
    at = key.find_first_of(kDelimiters, at + 1);
  }
}

}  // namespace cachery::insight
