// A value of more than a megabyte on its way into a shard, copied a part a turn: to copy 64 MiB at
// once would hold up everybody else on the worker for tens of milliseconds. It lies in memory of
// the shard's own until it is whole; then the request is executed, and the store keeps that memory
// instead of copying it. Until then nothing of the request has happened.
//
// A shard has one at a time, which bounds the memory: a second long value waits for the first. One
// whose connection is gone or does not go on loses its place after a moment.
//
// Guarded by the shard's mutex.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/block_source.h"
#include "store/holding.h"

namespace cachery::command {

class LongCopy {
 public:
  // A value that is shorter is copied at once.
  static constexpr size_t kValueBytesMin = 1u << 20;
  // Without progress for so long, another value may have its place.
  static constexpr uint64_t kPatienceNs = 100'000'000;

  struct Source {
    uint64_t ticket = 0;      // of the request: no other one of this node has it
    uint64_t version = 0;     // the cas of an old value that is a part of it, or 0
    size_t head_bytes = 0;    // at most so many lie in front of the value in its record
    std::string_view before;  // the value is these two, one after the other
    std::string_view after;
  };
  enum class Progress : uint8_t { whole, goes_on, no_memory };

  explicit LongCopy(store::Holding& holding) : holding_(holding) {}
  ~LongCopy() { drop(); }
  LongCopy(const LongCopy&) = delete;
  LongCopy& operator=(const LongCopy&) = delete;

  // Copies up to `bytes_max` more. One that was begun of another version starts anew.
  Progress advance(const Source& source, uint64_t now_ns, size_t bytes_max);
  // Once it is whole.
  std::string_view value() const;
  OfferedBlock& block() { return block_; }
  // After the request was executed: what the store did not keep is freed.
  void drop();
  // Called now and then: drops what nobody goes on with.
  void tidy();

 private:
  static constexpr uint32_t kIdleVisitsMax = 4;

  bool begin(const Source& source);

  store::Holding& holding_;
  OfferedBlock block_;
  uint64_t ticket_ = 0;
  uint64_t version_ = 0;
  size_t head_bytes_ = 0;
  size_t value_bytes_ = 0;
  size_t copied_bytes_ = 0;
  uint64_t active_ns_ = 0;
  uint32_t idle_visits_ = 0;
};

}  // namespace cachery::command
