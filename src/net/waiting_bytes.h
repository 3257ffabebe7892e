// Bytes of one connection that wait: for the rest of a request, or for the peer to read. Holds
// memory only while there are any, and of a long block the kernel gives only what is written; one
// pointer while there are none, since most of a node's connections are idle.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <string_view>

#include "base/block_source.h"

namespace cachery::net {

class WaitingBytes {
 public:
  bool empty() const { return block_ == nullptr || block_->start == block_->end; }
  size_t size() const { return block_ == nullptr ? 0 : block_->end - block_->start; }
  // What they cost while they wait: of a long block, the pages that were written.
  size_t touched_bytes() const {
    if (block_ == nullptr) return 0;
    const size_t touched = std::max<size_t>(block_->touched, block_->end + kSurelyTouchedBytes);
    return sizeof(Block) + std::min<size_t>(block_->capacity, touched);
  }
  std::span<char> bytes() {
    return block_ == nullptr ? std::span<char>() : std::span(data() + block_->start, size());
  }

  void append(std::string_view bytes) {
    if (bytes.empty()) return;
    std::memcpy(reserve(bytes.size()).data(), bytes.data(), bytes.size());
    commit(bytes.size());
  }
  // Room behind the bytes for at least `bytes`; call commit with how many were written.
  std::span<char> reserve(size_t bytes) {
    if (block_ == nullptr || block_->capacity - block_->end < bytes) make_room(bytes);
    return {data() + block_->end, block_->capacity - block_->end};
  }
  void commit(size_t bytes) { block_->end += static_cast<uint32_t>(bytes); }
  // The first ones. The block stays: clear() or rewind() when it is empty.
  void consume(size_t bytes) {
    if (bytes > 0) block_->start += static_cast<uint32_t>(bytes);
  }
  void clear() { block_.reset(); }

  // Before the first bytes: they are to be in a block from `source`, with room for `bytes` and some
  // in front of them for who keeps the block. Nothing happens where the source has none.
  void begin_in(BlockSource& source, size_t bytes) {
    const size_t capacity = kFrontBytes + bytes + kBehindBytes;
    void* const memory = source.lend(sizeof(Block) + capacity);
    if (memory == nullptr) return;
    block_.reset(new (memory)
                     Block{kFrontBytes, kFrontBytes, static_cast<uint32_t>(capacity), 0, &source});
  }
  bool is_from_source() const { return block_ != nullptr && block_->source != nullptr; }
  // Such a block, as it was allocated.
  OfferedBlock offered() const {
    return {reinterpret_cast<char*>(block_.get()), sizeof(Block) + block_->capacity};
  }
  // It is somebody else's now, and may be anything.
  void forget() { static_cast<void>(block_.release()); }
  // As clear(), but keeps the block.
  void rewind() {
    if (block_ == nullptr) return;
    block_->touched = std::max(block_->touched, block_->end);
    block_->start = block_->end = 0;
  }
  size_t capacity() const { return block_ == nullptr ? 0 : block_->capacity; }
  // What reserve() gives without another block.
  size_t room() const { return block_ == nullptr ? 0 : block_->capacity - block_->end; }

 private:
  static constexpr size_t kSurelyTouchedBytes = 4096;
  // A record's head is at most 32 bytes, and a prefix that a key gets 100; a record ends with its
  // unit.
  static constexpr uint32_t kFrontBytes = 256;
  static constexpr size_t kBehindBytes = 8;

  struct Block {  // the bytes follow it
    uint32_t start;
    uint32_t end;
    uint32_t capacity;
    uint32_t touched;     // up to here it was written before rewind()
    BlockSource* source;  // null: the allocator
  };
  struct Free {
    void operator()(Block* block) const {
      if (block->source == nullptr) return std::free(block);
      block->source->take_back(reinterpret_cast<char*>(block), sizeof(Block) + block->capacity);
    }
  };

  char* data() { return reinterpret_cast<char*>(block_.get() + 1); }

  void make_room(size_t bytes) {
    const size_t held = size();
    // Who does not know how much comes doubles what is there.
    const size_t capacity = std::max({held + bytes, held * 2, size_t{512}});
    void* memory = std::malloc(sizeof(Block) + capacity);
    if (memory == nullptr) throw std::bad_alloc();
    std::unique_ptr<Block, Free> larger(new (memory) Block{
        0, static_cast<uint32_t>(held), static_cast<uint32_t>(capacity), 0, nullptr});
    if (held > 0) std::memcpy(larger.get() + 1, data() + block_->start, held);
    block_ = std::move(larger);
  }

  std::unique_ptr<Block, Free> block_;
};

}  // namespace cachery::net
