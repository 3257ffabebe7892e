#include "store/ghosts.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace cachery::store {

namespace {

// A piece has some 100,000 items of 160 bytes, whose ghosts are 190 KB.
constexpr uint64_t kLimitBytesOfPiece = 16u << 20;
constexpr size_t kEntriesTooFew = 16;
constexpr size_t kEntriesTooMany = 64;

}  // namespace

Ghosts::Ghosts(Holding& holding, uint64_t limit_bytes)
    : holding_(holding),
      piece_bits_(static_cast<uint32_t>(
          std::bit_width(std::max<uint64_t>(limit_bytes / kLimitBytesOfPiece, 1)) - 1)),
      pieces_(size_t{1} << piece_bits_) {}

Ghosts::~Ghosts() {
  for (Piece& piece : pieces_) release(piece);
}

void Ghosts::release(Piece& piece) {
  if (piece.lines == nullptr) return;
  holding_.release(extent_of(piece));
  line_count_ -= piece.line_count;
  piece = {};
}

Extent Ghosts::extent_of(const Piece& piece) {
  const size_t bytes = piece.line_count * sizeof(Line);
  return {reinterpret_cast<char*>(piece.lines), bytes, bytes};
}

bool Ghosts::take_extents(size_t bytes_max, std::vector<Extent>& to) {
  for (size_t taken = 0; !pieces_.empty(); pieces_.pop_back()) {
    if (taken >= bytes_max) return true;
    if (pieces_.back().lines == nullptr) continue;
    to.push_back(extent_of(pieces_.back()));
    taken += to.back().bytes;
  }
  return false;
}

bool Ghosts::is_length_wrong(const Piece& piece) const {
  const size_t have = piece.line_count * kEntries;
  return wanted_of_piece_ > have * 5 / 4 + (kEntriesTooFew >> piece_bits_) ||
         wanted_of_piece_ * 3 / 2 + kEntriesTooMany < have;
}

void Ghosts::resize(Piece& piece) {
  Piece fresh;
  const size_t count = (wanted_of_piece_ + kEntries - 1) / kEntries;
  if (count > 0) {
    char* const extent = holding_.allocate(count * sizeof(Line));
    if (extent == nullptr) return;  // stays as it is: ghosts are never worth a refusal
    std::memset(extent, 0, count * sizeof(Line));
    fresh = {reinterpret_cast<Line*>(extent), static_cast<uint32_t>(count)};
    line_count_ += count;
  }
  // A line holds a range of hashes: a new one starts with the line that held (most of) its range.
  for (size_t i = 0; piece.line_count > 0 && i < count; ++i) {
    fresh.lines[i] = piece.lines[i * piece.line_count / count];
  }
  count_held(piece, -1);
  release(piece);
  piece = fresh;
  count_held(piece, 1);
}

void Ghosts::count_held(const Piece& piece, int64_t sign) {
  for (size_t i = 0; i < piece.line_count; ++i) {
    for (const Queue queue : {Queue::small, Queue::main}) {
      const Ring ring = ring_of(piece.lines[i], queue);
      const uint16_t* const end = std::find(ring.entries, ring.entries + ring.length, uint16_t{0});
      held_[static_cast<size_t>(queue)] += static_cast<uint64_t>(sign * (end - ring.entries));
    }
  }
}

void Ghosts::remember(uint64_t hash, Queue queue) {
  Piece& piece = piece_of(hash);
  if (is_length_wrong(piece)) resize(piece);
  if (piece.line_count == 0) return;
  const Ring ring = ring_of(line_of(piece, hash), queue);
  if (ring.entries[ring.length - 1] == 0) ++held_[static_cast<size_t>(queue)];
  std::copy_backward(ring.entries, ring.entries + ring.length - 1, ring.entries + ring.length);
  ring.entries[0] = tag_of(hash);
}

bool Ghosts::forget(Ring ring, uint16_t tag) {
  uint16_t* const end = ring.entries + ring.length;
  uint16_t* const found = std::find(ring.entries, end, tag);
  if (found == end) return false;
  std::copy(found + 1, end, found);
  end[-1] = 0;
  return true;
}

std::optional<Queue> Ghosts::recall(uint64_t hash) {
  const Piece& piece = piece_of(hash);
  if (piece.line_count == 0) return std::nullopt;
  for (const Queue queue : {Queue::small, Queue::main}) {
    if (!forget(ring_of(line_of(piece, hash), queue), tag_of(hash))) continue;
    --held_[static_cast<size_t>(queue)];
    return queue;
  }
  return std::nullopt;
}

}  // namespace cachery::store
