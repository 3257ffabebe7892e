// mg and ms of memcache's meta protocol. A multi-get is quiet mg's that answer with their position
// as opaque, closed by an mn: what does not answer before MN was a miss.
#include <charconv>

#include "bench/dialect.h"

namespace cachery::bench {
namespace {

class MetaDialect final : public Dialect {
 public:
  explicit MetaDialect(const KeySpace& key_space)
      : key_space_(key_space), set_tail_(" " + std::to_string(key_space.value_bytes()) + "\r\n") {}

  size_t request_bytes_max(size_t keys) const override {
    return keys * (key_space_.key_bytes() + 32) + key_space_.value_bytes() + set_tail_.size() + 16;
  }

  char* compose_get(char* out, std::span<const uint64_t> keys) const override {
    if (keys.size() == 1) {
      out = key_space_.write_key(write_text(out, "mg "), keys[0]);
      return write_text(out, " v\r\n");
    }
    for (size_t i = 0; i < keys.size(); ++i) {
      out = key_space_.write_key(write_text(out, "mg "), keys[i]);
      out = std::to_chars(write_text(out, " v q O"), out + 32, i).ptr;
      out = write_text(out, "\r\n");
    }
    return write_text(out, "mn\r\n");
  }

  char* compose_set(char* out, uint64_t key) const override {
    out = key_space_.write_key(write_text(out, "ms "), key);
    out = key_space_.write_value(write_text(out, set_tail_), key);
    return write_text(out, "\r\n");
  }

  ReadResult read(Operation& operation, std::string_view input, Tally& tally) const override {
    const size_t end = input.find('\n');
    if (end == std::string_view::npos) return {};
    const std::string_view line = input.substr(0, end + 1);
    if (operation.verb == Verb::get && line.starts_with("VA ")) {
      return read_value(operation, line, input, tally);
    }
    const std::string_view nothing = operation.keys.size() == 1 ? "EN\r\n" : "MN\r\n";
    if (operation.verb == Verb::get && line == nothing) {
      finish_get(operation, tally);
    } else if (operation.verb == Verb::set && line == "HD\r\n") {
      ++tally.stored;
    } else {
      tally.add_error(line);
    }
    // A refused mg of a multi-get is one answer of many: the mn still comes.
    operation.is_done =
        operation.is_done || operation.verb == Verb::set || operation.keys.size() == 1;
    return {Reading::element, line.size()};
  }

 private:
  ReadResult read_value(Operation& operation, std::string_view line, std::string_view input,
                        Tally& tally) const {
    size_t value_bytes = 0;
    const char* end = line.data() + line.size();
    const auto [after, fault] = std::from_chars(line.data() + 3, end, value_bytes);
    if (fault != std::errc()) return {Reading::malformed, 0};
    const size_t bytes = line.size() + value_bytes + 2;
    if (input.size() < bytes) return {};
    if (input.substr(bytes - 2, 2) != "\r\n") return {Reading::malformed, 0};
    size_t position = 0;
    if (operation.keys.size() > 1) {
      const size_t opaque = line.find(" O");
      if (opaque == std::string_view::npos) return {Reading::malformed, 0};
      std::from_chars(line.data() + opaque + 2, end, position);
    }
    const bool is_asked =
        answer_key(operation, tally, [&](uint64_t, size_t at) { return at == position; });
    if (is_asked) {
      count_value(key_space_, operation, input.substr(line.size(), value_bytes), tally);
    } else {
      ++tally.wrong_values;
    }
    operation.is_done = operation.keys.size() == 1;
    return {Reading::element, bytes};
  }

  const KeySpace& key_space_;
  std::string set_tail_;
};

}  // namespace

std::unique_ptr<Dialect> make_meta_dialect(const KeySpace& key_space) {
  return std::make_unique<MetaDialect>(key_space);
}

}  // namespace cachery::bench
