// The keys and values of a load. A key is its number in hexadecimal digits behind a filler, a value
// starts with the digits of its key: so an answer can be checked against the request without
// remembering anything, and a request is a copied template with its digits patched in. Random bytes
// would have cost more to make than the server takes to answer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace cachery::bench {

class KeySpace {
 public:
  struct Shape {
    size_t key_bytes;
    size_t value_bytes;
  };
  explicit KeySpace(Shape shape);

  size_t key_bytes() const { return key_template_.size(); }
  size_t value_bytes() const { return value_template_.size(); }

  // Both write exactly key_bytes() or value_bytes() and return the end.
  char* write_key(char* out, uint64_t key) const {
    return write(out, key_template_, key_digits_, key);
  }
  char* write_value(char* out, uint64_t key) const;
  bool is_key(std::string_view text, uint64_t key) const;
  bool is_value(std::string_view text, uint64_t key) const;

 private:
  static constexpr size_t kDigits = 16;
  static char* write(char* out, const std::string& filler, size_t digits, uint64_t key);

  std::string key_template_;    // the digits stand at its end
  std::string value_template_;  // the digits stand at its start
  size_t key_digits_;
  size_t value_digits_;
};

}  // namespace cachery::bench
