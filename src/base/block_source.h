// Memory in which a long value is received, so that who stores it may keep it where it lies: made
// by who will keep it, filled by who receives, offered with the request.
#pragma once

#include <cstddef>
#include <cstdint>

namespace cachery {

// Called by any thread.
class BlockSource {
 public:
  virtual ~BlockSource() = default;

  // Aligned to a page, its contents undefined; null: no more of them are to be had now.
  virtual char* lend(size_t bytes) = 0;
  // How many bytes more it would lend at this moment.
  virtual uint64_t bytes_left() const { return UINT64_MAX; }
  // With the same `bytes` as it was lent with; not of one that was taken.
  virtual void take_back(char* block, size_t bytes) = 0;
};

// What was received, offered for the time of a call. Who takes it owns the whole block from then on
// and may write to it, in front of the value as well.
struct OfferedBlock {
  char* data = nullptr;
  size_t bytes = 0;
  bool is_taken = false;
  bool is_held = false;  // it is not lent: who may take it holds it already
};

}  // namespace cachery
