#include "command/long_copy.h"

#include <algorithm>
#include <cstring>

namespace cachery::command {

LongCopy::Progress LongCopy::advance(const Source& source, uint64_t now_ns, size_t bytes_max) {
  const size_t value_bytes = source.before.size() + source.after.size();
  const bool is_another = block_.data != nullptr && ticket_ != source.ticket;
  if (is_another && now_ns - active_ns_ < kPatienceNs) return Progress::goes_on;
  const bool is_same = block_.data != nullptr && !is_another && version_ == source.version &&
                       value_bytes_ == value_bytes && head_bytes_ == source.head_bytes;
  if (!is_same && !begin(source)) return Progress::no_memory;
  active_ns_ = now_ns;
  idle_visits_ = 0;
  char* const value = block_.data + head_bytes_;
  const size_t end = std::min(value_bytes, copied_bytes_ + bytes_max);
  while (copied_bytes_ < end) {
    const bool is_before = copied_bytes_ < source.before.size();
    const std::string_view rest = is_before
                                      ? source.before.substr(copied_bytes_)
                                      : source.after.substr(copied_bytes_ - source.before.size());
    const size_t bytes = std::min(rest.size(), end - copied_bytes_);
    std::memcpy(value + copied_bytes_, rest.data(), bytes);
    copied_bytes_ += bytes;
  }
  return copied_bytes_ == value_bytes ? Progress::whole : Progress::goes_on;
}

bool LongCopy::begin(const Source& source) {
  drop();
  const size_t bytes = source.head_bytes + source.before.size() + source.after.size();
  char* const data = holding_.allocate(bytes);
  if (data == nullptr) return false;
  block_ = {.data = data, .bytes = bytes, .is_taken = false, .is_held = true};
  ticket_ = source.ticket;
  version_ = source.version;
  head_bytes_ = source.head_bytes;
  value_bytes_ = source.before.size() + source.after.size();
  copied_bytes_ = 0;
  return true;
}

std::string_view LongCopy::value() const { return {block_.data + head_bytes_, value_bytes_}; }

void LongCopy::drop() {
  if (block_.data != nullptr && !block_.is_taken) {
    holding_.release({block_.data, block_.bytes, block_.bytes});
  }
  block_ = {};
}

void LongCopy::tidy() {
  if (block_.data != nullptr && ++idle_visits_ > kIdleVisitsMax) drop();
}

}  // namespace cachery::command
