#include "bench/trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <fstream>
#include <iostream>
#include <unordered_map>

namespace cachery::bench {
namespace {

constexpr size_t kFields = 7;

uint64_t mix(uint64_t x) {  // splitmix64
  x += 0x9e3779b97f4a7c15;
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
  x = (x ^ x >> 27) * 0x94d049bb133111eb;
  return x ^ x >> 31;
}

double fraction(uint64_t x) { return static_cast<double>(mix(x) >> 11) * 0x1p-53; }

struct Line {
  std::array<std::string_view, kFields> fields;

  static bool split(std::string_view text, Line* line) {
    if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
    for (size_t i = 0; i < kFields; ++i) {
      const size_t comma = i + 1 < kFields ? text.find(',') : text.size();
      if (comma == std::string_view::npos) return false;
      line->fields[i] = text.substr(0, comma);
      text.remove_prefix(std::min(comma + 1, text.size()));
    }
    return true;
  }
  bool number(size_t field, uint64_t* out) const {
    const std::string_view text = fields[field];
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *out);
    return error == std::errc{} && end == text.data() + text.size();
  }
};

TraceOp op_of(std::string_view name) {
  if (name == "get" || name == "gets") return TraceOp::get;
  if (name == "delete") return TraceOp::remove;
  return TraceOp::set;  // set, add, replace, cas, append, incr, …: what leaves a value
}

class Reader {
 public:
  explicit Reader(const TraceOptions& options) : options_(options) {}

  bool add(std::string_view text) {
    Line line;
    uint64_t time = 0, key_bytes = 0, value_bytes = 0, ttl = 0;
    if (!Line::split(text, &line) || !line.number(0, &time) || !line.number(2, &key_bytes) ||
        !line.number(3, &value_bytes) || !line.number(6, &ttl)) {
      return false;
    }
    if (trace_.requests.empty()) first_time_ = time;
    TraceRequest request;
    request.key = number_of(line.fields[1], key_bytes);
    request.value_bytes =
        static_cast<uint32_t>(std::min<uint64_t>(value_bytes, options_.value_bytes_max));
    request.time = static_cast<uint32_t>(time < first_time_ ? 0 : time - first_time_) + 1;
    request.op = op_of(line.fields[5]);
    if (ttl != 0) request.expiry = request.time + static_cast<uint32_t>(ttl);
    trace_.requests.push_back(request);
    return true;
  }

  Trace finish() && {
    if (options_.overwrite_percent > 0) lay_overwrites();
    if (options_.ttl_percent > 0) lay_expiry();
    return std::move(trace_);
  }

 private:
  uint32_t number_of(std::string_view key, uint64_t key_bytes) {
    std::string whole(key);
    // A published trace shortens keys and says how long they were.
    if (key_bytes > whole.size()) whole.resize(std::min<uint64_t>(key_bytes, 250), '.');
    const auto [at, is_new] =
        numbers_.emplace(std::move(whole), static_cast<uint32_t>(trace_.keys.size()));
    if (is_new) trace_.keys.push_back(at->first);
    return at->second;
  }

  void lay_overwrites() {
    std::vector<uint32_t> size_of(trace_.keys.size(), UINT32_MAX);
    for (size_t i = 0; i < trace_.requests.size(); ++i) {
      TraceRequest& request = trace_.requests[i];
      uint32_t& size = size_of[request.key];
      if (size == UINT32_MAX) size = request.value_bytes;
      if (mix(i) % 100 < options_.overwrite_percent) {
        const double factor = std::exp2(2 * fraction(i ^ 0x5eed) - 1);
        request.op = TraceOp::set;
        size = static_cast<uint32_t>(std::min(request.value_bytes * factor,
                                              static_cast<double>(options_.value_bytes_max)));
      }
      request.value_bytes = size;
    }
  }

  void lay_expiry() {
    const double span = trace_.requests.empty() ? 0 : trace_.requests.back().time;
    for (TraceRequest& request : trace_.requests) {
      if (mix(request.key) % 100 >= options_.ttl_percent) continue;
      const double ttl = span * std::pow(100.0, -fraction(request.key ^ 0x771));
      request.expiry = request.time + 1 + static_cast<uint32_t>(ttl);
    }
  }

  const TraceOptions& options_;
  Trace trace_;
  std::unordered_map<std::string, uint32_t> numbers_;
  uint64_t first_time_ = 0;
};

}  // namespace

Result<Trace> read_trace(const std::string& path, const TraceOptions& options) {
  std::ifstream file(path);
  if (!file) return fail(Fault::not_found, fmt::format("cannot read {}", path));
  Reader reader(options);
  std::string line;
  for (uint64_t i = 0; i < options.requests_max && std::getline(file, line); ++i) {
    if (!reader.add(line)) {
      return fail(Fault::invalid,
                  fmt::format("{}:{}: not time,key,key_size,value_size,client,op,ttl: {}", path,
                              i + 1, line));
    }
  }
  return std::move(reader).finish();
}

uint64_t footprint_bytes(const Trace& trace) {
  std::vector<bool> is_seen(trace.keys.size());
  uint64_t bytes = 0;
  for (const TraceRequest& request : trace.requests) {
    if (is_seen[request.key]) continue;
    is_seen[request.key] = true;
    bytes += charge_of(trace.keys[request.key].size(), request.value_bytes);
  }
  return bytes;
}

}  // namespace cachery::bench
