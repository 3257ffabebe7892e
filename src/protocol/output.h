// Where replies are composed: one growing run of bytes that a worker owns and every connection of
// it uses in turn, so that an idle connection holds none and a turn's replies leave by one write.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

namespace cachery::protocol {

class Output {
 public:
  // At least `bytes` writable bytes; commit() what was used. Valid until the next reserve.
  char* reserve(size_t bytes) {
    if (capacity_ - size_ < bytes) grow(bytes);
    return data_.get() + size_;
  }
  void commit(const char* end) { size_ = static_cast<size_t>(end - data_.get()); }

  void append(std::string_view bytes) {
    if (bytes.empty()) return;  // of no bytes, and perhaps nowhere: memcpy may not be told so
    char* at = reserve(bytes.size());
    std::memcpy(at, bytes.data(), bytes.size());
    size_ += bytes.size();
  }

  size_t size() const { return size_; }
  std::string_view view() const { return {data_.get(), size_}; }
  void truncate(size_t size) { size_ = std::min(size, size_); }

  // Empties it. What a giant reply made it grow to is given back.
  void clear() {
    size_ = 0;
    if (capacity_ > kKeptBytes) {
      data_.reset();
      capacity_ = 0;
    }
  }

 private:
  static constexpr size_t kKeptBytes = 4u << 20;

  void grow(size_t bytes) {
    size_t capacity = std::max<size_t>(capacity_ * 2, 128u << 10);
    while (capacity - size_ < bytes) capacity *= 2;
    std::unique_ptr<char[]> larger(new char[capacity]);
    if (size_ > 0) std::memcpy(larger.get(), data_.get(), size_);
    data_ = std::move(larger);
    capacity_ = capacity;
  }

  std::unique_ptr<char[]> data_;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

// Writers for reserved room: each returns the end of what it wrote.
inline char* put(char* at, std::string_view text) {
  if (!text.empty()) std::memcpy(at, text.data(), text.size());
  return at + text.size();
}

inline char* put_number(char* at, uint64_t number) {
  return std::to_chars(at, at + 20, number).ptr;
}

inline char* put_number(char* at, int64_t number) {
  return std::to_chars(at, at + 20, number).ptr;
}

}  // namespace cachery::protocol
