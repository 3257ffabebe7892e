#include "store/huge_blocks.h"

#include <sys/mman.h>

#include <bit>

#include "base/check.h"

namespace cachery::store {

HugeBlocks::HugeBlocks(char* begin, char* end) : begin_(begin), end_(end) {
  partial_.fill(kNone);
  // Where the system has none, nothing is lost.
  madvise(begin, static_cast<size_t>(end - begin), MADV_HUGEPAGE);
}

size_t HugeBlocks::class_of(size_t extent_bytes) {
  return static_cast<size_t>(std::countr_zero(extent_bytes) - std::countr_zero(kExtentBytesMin));
}

void HugeBlocks::link(uint32_t& list, uint32_t id) {
  blocks_[id].next = list;
  blocks_[id].previous = kNone;
  if (list != kNone) blocks_[list].previous = id;
  list = id;
}

void HugeBlocks::unlink(uint32_t& list, uint32_t id) {
  const Block& block = blocks_[id];
  if (block.next != kNone) blocks_[block.next].previous = block.previous;
  (block.previous == kNone ? list : blocks_[block.previous].next) = block.next;
}

// An empty block cut for extents of that size, best one that still has its pages.
uint32_t HugeBlocks::open_block(size_t extent_bytes) {
  uint32_t id = kNone;
  if (empty_with_pages_ != kNone) {
    id = empty_with_pages_;
    unlink(empty_with_pages_, id);
    kept_bytes_ -= kBlockBytes;
  } else if (empty_bare_ != kNone) {
    id = empty_bare_;
    unlink(empty_bare_, id);
  } else {
    if (static_cast<size_t>(end_ - begin_) / kBlockBytes == blocks_.size()) return kNone;
    id = static_cast<uint32_t>(blocks_.size());
    blocks_.emplace_back();
  }
  Block& block = blocks_[id];
  block = {.extent_bytes = static_cast<uint32_t>(extent_bytes)};
  for (size_t i = 0; i < extent_count(block); ++i) block.free.set(i);
  kept_bytes_ += kBlockBytes;  // by its first touch it has all of its pages
  link(partial_[class_of(extent_bytes)], id);
  return id;
}

char* HugeBlocks::take(size_t extent_bytes) {
  CHECK(std::has_single_bit(extent_bytes) && extent_bytes >= kExtentBytesMin &&
        extent_bytes <= kExtentBytesMax);
  uint32_t& partial = partial_[class_of(extent_bytes)];
  const uint32_t id = partial != kNone ? partial : open_block(extent_bytes);
  if (id == kNone) return nullptr;
  Block& block = blocks_[id];
  const auto with_pages = block.free & ~block.bare;
  const size_t slot = with_pages.any() ? with_pages._Find_first() : block.free._Find_first();
  if (block.bare.test(slot)) {
    block.bare.reset(slot);
  } else {
    kept_bytes_ -= extent_bytes;
  }
  block.free.reset(slot);
  if (++block.used == extent_count(block)) unlink(partial, id);
  return data_of(id) + slot * extent_bytes;
}

void HugeBlocks::give_back(char* extent, size_t extent_bytes) {
  const auto offset = static_cast<size_t>(extent - begin_);
  const auto id = static_cast<uint32_t>(offset / kBlockBytes);
  Block& block = blocks_[id];
  CHECK(block.extent_bytes == extent_bytes);
  if (block.used-- == extent_count(block)) link(partial_[class_of(extent_bytes)], id);
  block.free.set(offset % kBlockBytes / extent_bytes);
  kept_bytes_ += extent_bytes;
  if (block.used == 0) empty(id);
}

// The block is cut for no size any more.
void HugeBlocks::empty(uint32_t id) {
  Block& block = blocks_[id];
  unlink(partial_[class_of(block.extent_bytes)], id);
  const bool has_all_pages = block.bare.none();
  if (!has_all_pages) strip(id);  // what is left is no huge page
  block.extent_bytes = 0;
  link(has_all_pages ? empty_with_pages_ : empty_bare_, id);
}

// Gives the pages of a block's free extents back.
void HugeBlocks::strip(uint32_t id) {
  Block& block = blocks_[id];
  for (size_t i = 0; i < extent_count(block); ++i) {
    if (!block.free.test(i) || block.bare.test(i)) continue;
    madvise(data_of(id) + i * block.extent_bytes, block.extent_bytes, MADV_DONTNEED);
    block.bare.set(i);
    kept_bytes_ -= block.extent_bytes;
  }
}

void HugeBlocks::trim(size_t kept_bytes_max) {
  while (kept_bytes_ > kept_bytes_max && empty_with_pages_ != kNone) {
    const uint32_t id = empty_with_pages_;
    unlink(empty_with_pages_, id);
    madvise(data_of(id), kBlockBytes, MADV_DONTNEED);
    kept_bytes_ -= kBlockBytes;
    link(empty_bare_, id);
  }
  for (const uint32_t first : partial_) {
    for (uint32_t id = first; id != kNone && kept_bytes_ > kept_bytes_max; id = blocks_[id].next) {
      strip(id);
    }
  }
}

}  // namespace cachery::store
