// The memory of what was evicted: which queue a key left. 2 bytes an entry (a piece of the key's
// hash), in lines of 64 bytes that hold two rings, newest first: sixteen of what the small queue
// evicted and sixteen of what main did. Where an entry lies in its ring is its age, so no clock is
// kept, and each queue has its length whatever the other evicts.
//
// Lines lie in pieces by the first bits of the hash, each an extent of the pool that is made longer
// or shorter on its own when it is next written to: no growth copies more than one piece.
//
// Rejected: 4 bytes with a time of eviction (half as many ghosts in the same memory cost more
// misses than their exact age saved), one ring for both (a scan through small forgets main's). A
// wrong match, 1 of 2,000 searches, costs one item a better place than it earned, nothing else.
// Lengths and figures: docs/decisions/eviction_order.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "store/holding.h"

namespace cachery::store {

enum class Queue : uint8_t { small, main };

class Ghosts {
 public:
  static constexpr size_t kSmallEntries = 16;  // of a line
  static constexpr size_t kMainEntries = 16;
  static constexpr size_t kEntries = kSmallEntries + kMainEntries;

  Ghosts(Holding& holding, uint64_t limit_bytes);
  ~Ghosts();
  Ghosts(const Ghosts&) = delete;
  Ghosts& operator=(const Ghosts&) = delete;

  // How many entries there should be room for. A piece follows, and keeps what fits, when it is
  // next written to and is too long or too short by a quarter and more.
  void want(size_t entries) { wanted_of_piece_ = entries >> piece_bits_; }
  size_t bytes() const { return line_count_ * sizeof(Line) + pieces_.size() * sizeof(Piece); }

  void remember(uint64_t hash, Queue queue);
  // The queue that the key left not too long ago; forgets it.
  std::optional<Queue> recall(uint64_t hash);

  // Takes the extents of ghosts that nobody will ask any more, about `bytes_max` at a time, for the
  // caller to release. False: all are taken.
  bool take_extents(size_t bytes_max, std::vector<Extent>& to);

  // Entries held at present: what the queues' targets are weighed by.
  uint64_t held(Queue queue) const { return held_[static_cast<size_t>(queue)]; }

 private:
  struct alignas(64) Line {
    uint16_t small[kSmallEntries];  // 0: free, and so is what follows
    uint16_t main[kMainEntries];
  };
  static_assert(sizeof(Line) == 64);

  struct Piece {
    Line* lines = nullptr;
    uint32_t line_count = 0;
  };
  struct Ring {
    uint16_t* entries;
    size_t length;
  };

  static Ring ring_of(Line& line, Queue queue) {
    return queue == Queue::small ? Ring{line.small, kSmallEntries} : Ring{line.main, kMainEntries};
  }
  Piece& piece_of(uint64_t hash) {
    return pieces_[piece_bits_ == 0 ? 0 : hash >> (64 - piece_bits_)];
  }
  static Line& line_of(const Piece& piece, uint64_t hash) {
    return piece.lines[static_cast<size_t>((hash >> 16 & 0xffffffff) * piece.line_count >> 32)];
  }
  static uint16_t tag_of(uint64_t hash) {
    const auto tag = static_cast<uint16_t>(hash);
    return tag == 0 ? uint16_t{1} : tag;
  }
  static bool forget(Ring ring, uint16_t tag);
  static Extent extent_of(const Piece& piece);
  bool is_length_wrong(const Piece& piece) const;
  void resize(Piece& piece);
  void release(Piece& piece);
  // Of a piece, in each queue, added or taken away.
  void count_held(const Piece& piece, int64_t sign);

  Holding& holding_;
  const uint32_t piece_bits_;
  std::vector<Piece> pieces_;
  size_t wanted_of_piece_ = 0;  // entries
  size_t line_count_ = 0;       // of all pieces
  uint64_t held_[2] = {0, 0};
};

}  // namespace cachery::store
