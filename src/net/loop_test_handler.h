// The conversation that the loop's tests hold: enough to reach each thing a handler may ask of its
// loop, and small enough to know every answer in advance. For *_test.cc only.
//
// clang-format off
//   echo TEXT               TEXT
//   bulk N, then N bytes    sum of the bytes, as a line; the block of a long one is taken
//   big N                   N bytes that depend on their places, then a line's end
//   wait MS                 "waited", MS later
//   own N                   "owned": from now on the connection is owner N's
//   fail                    no memory for it; lines before it are not answered
//   quit                    "bye", and the connection closes
// clang-format on
#pragma once

#include <atomic>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <numeric>
#include <string>
#include <string_view>

#include "net/handler.h"

namespace cachery::net::test {

inline constexpr size_t kFullBytes = 64u << 10;
inline constexpr size_t kTakenBytesMin = 64u << 10;

inline uint64_t number_after(std::string_view line, size_t start) {
  uint64_t number = 0;
  std::from_chars(line.data() + start, line.data() + line.size(), number);
  return number;
}

// Not periodic in any power of two, so that no lost or doubled block looks right.
inline void append_pattern(std::string& text, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i) text += static_cast<char>('a' + (i * 7 + i / 251) % 26);
  text += '\n';
}

inline std::string sum_of(std::string_view bytes) {
  const auto add = [](uint64_t sum, char c) { return sum * 31 + static_cast<unsigned char>(c); };
  return std::to_string(std::accumulate(bytes.begin(), bytes.end(), uint64_t{0}, add));
}

// Blocks as a store has them: who takes one may write to it, and have it freed, at once.
class TestBlocks final : public BlockSource {
 public:
  char* lend(size_t bytes) override {
    if (refuses) return nullptr;
    held_ += bytes;
    ++lent_;
    return static_cast<char*>(
        std::aligned_alloc(kPageBytes, (bytes / kPageBytes + 1) * kPageBytes));
  }
  void take_back(char* block, size_t bytes) override {
    held_ -= bytes;
    std::free(block);
  }
  void take(OfferedBlock& block) {
    std::memset(block.data, '!', block.bytes);
    std::free(block.data);
    block.is_taken = true;
    held_ -= block.bytes;
    ++taken_;
  }

  std::atomic<bool> refuses = false;
  size_t held_bytes() const { return held_; }
  size_t lent() const { return lent_; }  // ever
  size_t taken() const { return taken_; }

 private:
  static constexpr size_t kPageBytes = 4096;

  std::atomic<size_t> held_ = 0;
  std::atomic<size_t> lent_ = 0;
  std::atomic<size_t> taken_ = 0;
};

// Counts those that live, to see that a closed connection leaves nothing behind.
class LineHandler final : public Handler {
 public:
  explicit LineHandler(std::atomic<int>& alive, TestBlocks* blocks = nullptr)
      : alive_(alive), blocks_(blocks) {
    ++alive_;
  }
  ~LineHandler() override { --alive_; }
  LineHandler(const LineHandler&) = delete;
  LineHandler& operator=(const LineHandler&) = delete;

  InputResult on_input(std::span<char> input, const Now& now) override {
    InputResult result;
    while (result.next == Next::go_on && answer(input.subspan(result.consumed), now, result)) {
      if (result.next == Next::go_on && output_.size() >= kFullBytes) {
        result.next = Next::output_full;
      }
    }
    return result;
  }
  InputResult on_input_in(OfferedBlock& block, std::span<char> input, const Now& now) override {
    block_ = &block;
    const InputResult result = on_input(input, now);
    block_ = nullptr;
    return result;
  }
  uint64_t owner() const override { return owner_; }
  std::string_view out_of_memory() override { return "no memory\n"; }
  std::string_view output() const override { return output_; }
  void output_taken() override { output_.clear(); }

 private:
  // False: it needs more bytes.
  bool answer(std::span<char> input, const Now& now, InputResult& result) {
    const std::string_view all(input.data(), input.size());
    const size_t end = all.find('\n');
    if (end == std::string_view::npos) return false;
    const std::string_view line = all.substr(0, end);
    size_t used = end + 1;
    if (line.starts_with("echo ")) {
      output_.append(line.substr(5)).append("\n");
    } else if (line.starts_with("big ")) {
      append_pattern(output_, number_after(line, 4));
    } else if (line.starts_with("bulk ")) {
      const size_t bytes = number_after(line, 5);
      if (all.size() < used + bytes) {
        result.bytes_wanted = used + bytes;
        result.wants_block = bytes >= kTakenBytesMin;
        return false;
      }
      output_.append(sum_of(all.substr(used, bytes))).append("\n");
      used += bytes;
      const bool is_alone = result.consumed == 0 && used == all.size();
      if (block_ != nullptr && is_alone && bytes >= kTakenBytesMin) {
        blocks_->take(*block_);
        result.consumed = used;
        return false;  // nothing is left
      }
    } else if (line.starts_with("wait ")) {
      if (resume_at_ns_ == 0) resume_at_ns_ = now.steady_ns + number_after(line, 5) * 1'000'000;
      if (now.steady_ns < resume_at_ns_) {
        result.next = Next::wait;
        result.wait_until_ns = resume_at_ns_;
        return true;
      }
      resume_at_ns_ = 0;
      output_ += "waited\n";
    } else if (line.starts_with("own ")) {
      owner_ = number_after(line, 4);
      output_ += "owned\n";
    } else if (line == "fail") {
      throw std::bad_alloc();
    } else if (line == "quit") {
      output_ += "bye\n";
      result.next = Next::close;
    } else {
      output_ += "unknown\n";
    }
    result.consumed += used;
    return true;
  }

  std::atomic<int>& alive_;
  TestBlocks* const blocks_;
  OfferedBlock* block_ = nullptr;
  std::string output_;
  uint64_t resume_at_ns_ = 0;
  uint64_t owner_ = 0;
};

}  // namespace cachery::net::test
