// Bytes of one connection that wait: for the rest of a request, or for the peer to read. Holds
// memory only while there are any, and only about as much as has arrived.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>
#include <span>
#include <string_view>

namespace cachery::net {

class WaitingBytes {
 public:
  WaitingBytes() = default;
  ~WaitingBytes() { std::free(data_); }
  WaitingBytes(const WaitingBytes&) = delete;
  WaitingBytes& operator=(const WaitingBytes&) = delete;

  bool empty() const { return start_ == end_; }
  size_t size() const { return end_ - start_; }
  std::span<char> bytes() { return {data_ + start_, size()}; }

  void append(std::string_view bytes) {
    std::span<char> room = reserve(bytes.size());
    std::memcpy(room.data(), bytes.data(), bytes.size());
    end_ += static_cast<uint32_t>(bytes.size());
  }
  // Room behind the bytes for at least `bytes`; call commit with how many were written.
  std::span<char> reserve(size_t bytes) {
    if (capacity_ - end_ < bytes) make_room(bytes);
    return {data_ + end_, capacity_ - end_};
  }
  void commit(size_t bytes) { end_ += static_cast<uint32_t>(bytes); }
  void consume(size_t bytes) {
    start_ += static_cast<uint32_t>(bytes);
    if (start_ == end_) clear();
  }
  void clear() {
    std::free(data_);
    data_ = nullptr;
    start_ = end_ = capacity_ = 0;
  }

 private:
  void make_room(size_t bytes) {
    const size_t held = size();
    // Growth by doubles: what a peer announced but did not send costs nothing.
    const size_t capacity = std::max({held + bytes, held * 2, size_t{512}});
    char* data = static_cast<char*>(std::malloc(capacity));
    if (data == nullptr) throw std::bad_alloc();
    if (held > 0) std::memcpy(data, data_ + start_, held);
    std::free(data_);
    data_ = data;
    start_ = 0;
    end_ = static_cast<uint32_t>(held);
    capacity_ = static_cast<uint32_t>(capacity);
  }

  char* data_ = nullptr;
  uint32_t start_ = 0;
  uint32_t end_ = 0;
  uint32_t capacity_ = 0;
};

}  // namespace cachery::net
