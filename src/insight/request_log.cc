#include "insight/request_log.h"

#include <algorithm>

namespace cachery::insight {

void RequestLog::add(const Event& event, int64_t item_seconds) {
  Line& line = lines_[added_++ % kRequests];
  line.item_seconds = item_seconds;
  line.key.assign(event.key.substr(0, kNameBytesMax));
  line.command = event.command;
  line.status = event.status;
  line.value_bytes = event.value_bytes;
}

std::vector<tenant::LoggedRequest> RequestLog::read() const {
  std::vector<tenant::LoggedRequest> requests;
  for (uint64_t i = added_ - std::min<uint64_t>(added_, kRequests); i < added_; ++i) {
    const Line& line = lines_[i % kRequests];
    requests.push_back({line.item_seconds, line.key, line.command, line.status, line.value_bytes});
  }
  return requests;
}

size_t RequestLog::memory_bytes() const {
  size_t bytes = sizeof *this;
  for (const Line& line : lines_) bytes += line.key.capacity();
  return bytes;
}

}  // namespace cachery::insight
