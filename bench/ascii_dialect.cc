// get and set of memcache's ASCII protocol (protocol.txt, "Retrieval command").
#include <charconv>

#include "bench/dialect.h"

namespace cachery::bench {
namespace {

class AsciiDialect final : public Dialect {
 public:
  explicit AsciiDialect(const KeySpace& key_space)
      : key_space_(key_space),
        set_tail_(" 0 0 " + std::to_string(key_space.value_bytes()) + "\r\n"),
        hit_tail_(" 0 " + std::to_string(key_space.value_bytes()) + "\r\n") {}

  size_t request_bytes_max(size_t keys) const override {
    return keys * (key_space_.key_bytes() + 1) + key_space_.value_bytes() + set_tail_.size() + 16;
  }

  char* compose_get(char* out, std::span<const uint64_t> keys) const override {
    out = write_text(out, "get");
    for (const uint64_t key : keys) {
      *out++ = ' ';
      out = key_space_.write_key(out, key);
    }
    return write_text(out, "\r\n");
  }

  char* compose_set(char* out, uint64_t key) const override {
    out = key_space_.write_key(write_text(out, "set "), key);
    out = key_space_.write_value(write_text(out, set_tail_), key);
    return write_text(out, "\r\n");
  }

  ReadResult read(Operation& operation, std::string_view input, Tally& tally) const override {
    if (operation.verb == Verb::get && input.starts_with("VALUE ")) {
      return read_value(operation, input, tally);
    }
    return read_line(operation, input, tally);
  }

 private:
  ReadResult read_value(Operation& operation, std::string_view input, Tally& tally) const {
    std::string_view key = input.substr(6, key_space_.key_bytes());
    size_t head_bytes = 6 + key.size() + hit_tail_.size();
    size_t value_bytes = key_space_.value_bytes();
    if (input.size() < head_bytes) return {};
    if (input.substr(6 + key.size(), hit_tail_.size()) != hit_tail_) {
      // Not ours: another length or flags, so another writer's value. Its length is still needed.
      head_bytes = input.find("\r\n");
      if (head_bytes == std::string_view::npos) return {};
      const std::string_view head = input.substr(6, head_bytes - 6);
      key = head.substr(0, head.find(' '));
      const std::string_view length = head.substr(head.rfind(' ') + 1);
      const char* end = length.data() + length.size();
      if (std::from_chars(length.data(), end, value_bytes).ptr != end) {
        return {Reading::malformed, 0};
      }
      head_bytes += 2;
    }
    const size_t bytes = head_bytes + value_bytes + 2;
    if (input.size() < bytes) return {};
    if (input.substr(bytes - 2, 2) != "\r\n") return {Reading::malformed, 0};
    const bool is_asked = answer_key(
        operation, tally, [&](uint64_t asked, size_t) { return key_space_.is_key(key, asked); });
    if (is_asked) {
      count_value(key_space_, operation, input.substr(head_bytes, value_bytes), tally);
    } else {
      ++tally.wrong_values;
    }
    return {Reading::element, bytes};
  }

  ReadResult read_line(Operation& operation, std::string_view input, Tally& tally) const {
    const size_t end = input.find('\n');
    if (end == std::string_view::npos) return {};
    const std::string_view line = input.substr(0, end + 1);
    if (operation.verb == Verb::get && line == "END\r\n") {
      finish_get(operation, tally);
    } else if (operation.verb == Verb::set && line == "STORED\r\n") {
      ++tally.stored;
    } else {
      tally.add_error(line);
    }
    operation.is_done = true;
    return {Reading::element, line.size()};
  }

  const KeySpace& key_space_;
  std::string set_tail_;
  std::string hit_tail_;
};

}  // namespace

std::unique_ptr<Dialect> make_ascii_dialect(const KeySpace& key_space) {
  return std::make_unique<AsciiDialect>(key_space);
}

}  // namespace cachery::bench
