#include "bench/key_space.h"

#include <algorithm>
#include <array>

namespace cachery::bench {
namespace {

struct Digits {
  char text[16];
};

constexpr auto kPairs = [] {
  std::array<char, 512> pairs{};
  for (size_t i = 0; i < 256; ++i) {
    pairs[2 * i] = "0123456789abcdef"[i >> 4];
    pairs[2 * i + 1] = "0123456789abcdef"[i & 15];
  }
  return pairs;
}();

Digits digits_of(uint64_t key) {
  Digits digits;
  for (size_t i = 8; i-- > 0; key >>= 8) {
    std::memcpy(digits.text + 2 * i, kPairs.data() + 2 * (key & 255), 2);
  }
  return digits;
}

std::string filler_of(size_t bytes) {
  std::string filler(bytes, '.');
  for (size_t i = 0; i < bytes; ++i) filler[i] = static_cast<char>('a' + i % 26);
  return filler;
}

}  // namespace

KeySpace::KeySpace(Shape shape)
    : key_template_(filler_of(shape.key_bytes)),
      value_template_(filler_of(shape.value_bytes)),
      key_digits_(std::min(kDigits, shape.key_bytes)),
      value_digits_(std::min(kDigits, shape.value_bytes)) {}

char* KeySpace::write(char* out, const std::string& filler, size_t digits, uint64_t key) {
  const Digits text = digits_of(key);
  std::memcpy(out, filler.data(), filler.size());
  std::memcpy(out + filler.size() - digits, text.text + kDigits - digits, digits);
  return out + filler.size();
}

char* KeySpace::write_value(char* out, uint64_t key) const {
  const Digits text = digits_of(key);
  std::memcpy(out, value_template_.data(), value_template_.size());
  std::memcpy(out, text.text + kDigits - value_digits_, value_digits_);
  return out + value_template_.size();
}

bool KeySpace::is_key(std::string_view text, uint64_t key) const {
  const Digits digits = digits_of(key);
  const size_t filler = key_template_.size() - key_digits_;
  return text.size() == key_template_.size() &&
         std::memcmp(text.data() + filler, digits.text + kDigits - key_digits_, key_digits_) == 0 &&
         std::memcmp(text.data(), key_template_.data(), filler) == 0;
}

bool KeySpace::is_value(std::string_view text, uint64_t key) const {
  const Digits digits = digits_of(key);
  return text.size() == value_template_.size() &&
         std::memcmp(text.data(), digits.text + kDigits - value_digits_, value_digits_) == 0 &&
         std::memcmp(text.data() + value_digits_, value_template_.data() + value_digits_,
                     text.size() - value_digits_) == 0;
}

}  // namespace cachery::bench
