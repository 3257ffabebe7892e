// The keys that an application has written or deleted since a follower began. Those are its own:
// whatever the old server still holds under them is out of date, and copying it would bring back
// what was deleted.
//
// A Bloom filter in a fixed 128 MiB of which only the touched pages are ever real. It errs to one
// side: a key may be taken for written that was not, and is then not copied. After 10 million keys
// that is one in 500,000, after 100 million one in 110. An exact set would take gigabytes there.
//
// A copy is two steps, "not written?" and `add`; a delete that passes between them would be undone.
// So who copies holds the keys' stripes from the question to the answer of the `add`, and mark()
// waits for them. Any thread.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cachery::moving {

class WrittenKeys {
 public:
  WrittenKeys();

  // The key is the application's from now on. True: it was not before.
  bool mark(std::string_view key);
  // All keys are: after a flush.
  void mark_all();
  bool has(std::string_view key) const;

  // While it lives, mark() of these keys and mark_all() wait.
  using Hold = std::vector<std::unique_lock<std::mutex>>;
  [[nodiscard]] Hold hold(std::span<const std::string> keys);

 private:
  static constexpr size_t kBits = size_t{1} << 30;
  static constexpr int kBitsPerKey = 4;
  static constexpr size_t kStripes = 256;

  struct Free {
    void operator()(uint64_t* words) const { std::free(words); }
  };
  static size_t stripe_of(uint64_t hash) { return hash >> 56; }

  std::unique_ptr<uint64_t[], Free> words_;  // by std::atomic_ref
  std::atomic<bool> has_all_{false};
  std::array<std::mutex, kStripes> stripes_;
};

}  // namespace cachery::moving
