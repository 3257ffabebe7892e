// An item as it lies in a segment: a 20-byte header, then [client flags], [a wide cas], key, value,
// rounded up to 4 bytes. Records follow each other without a gap, so a segment can be walked from
// its start; a dead record keeps its length and nothing else.
//
//   bytes  0..3   value length: 26 | dead: 1 | use count: 2 | stale: 1 | token sent: 1 | flags: 1
//          4..7   expiry, seconds of the ItemClock; 0: never
//          8..11  last access, likewise
//         12..19  cas: 46 | base64 key: 1 | fetched: 1 | key length: 16
//
// 46 bits of cas last two years at a million changes a second in one shard; a client may set a cas
// of 64 bits (meta E), which is then kept in 8 bytes of its own. A dead record's first word is the
// dead bit and its length in units of 4 bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace cachery::store {

inline constexpr size_t kRecordUnit = 4;
inline constexpr size_t kHeaderBytes = 20;

class Record {
 public:
  Record() = default;
  explicit Record(char* data) : data_(data) {}

  explicit operator bool() const { return data_ != nullptr; }
  char* data() const { return data_; }

  bool is_dead() const { return (word() & kDead) != 0; }
  size_t bytes() const {
    const uint32_t w = word();
    if ((w & kDead) != 0) return size_t{w & kLengthMask} * kRecordUnit;
    return bytes_for(key_bytes(), value_bytes(), has_flags(), has_wide_cas());
  }

  uint32_t value_bytes() const { return word() & kLengthMask; }
  uint16_t key_bytes() const { return static_cast<uint16_t>(tail() >> 48); }
  uint32_t expiry() const { return load<uint32_t>(4); }
  uint32_t accessed() const { return load<uint32_t>(8); }
  bool is_stale() const { return (word() & kStale) != 0; }
  bool is_token_sent() const { return (word() & kTokenSent) != 0; }
  bool is_key_base64() const { return (tail() & kKeyBase64) != 0; }
  bool is_fetched() const { return (tail() & kFetched) != 0; }
  uint32_t use_count() const { return word() >> kUseShift & 3; }
  uint32_t flags() const { return has_flags() ? load<uint32_t>(kHeaderBytes) : 0; }
  uint64_t cas() const {
    const uint64_t narrow = tail() & kCasMask;
    return narrow == kCasMask ? load<uint64_t>(kHeaderBytes + (has_flags() ? 4 : 0)) : narrow;
  }
  std::string_view key() const { return {data_ + key_offset(), key_bytes()}; }
  std::string_view value() const { return {data_ + key_offset() + key_bytes(), value_bytes()}; }
  char* mutable_value() { return data_ + key_offset() + key_bytes(); }

  void set_expiry(uint32_t seconds) { store(4, seconds); }
  void set_accessed(uint32_t seconds) { store(8, seconds); }
  void set_use_count(uint32_t count) {
    store(0, (word() & ~(3u << kUseShift)) | count << kUseShift);
  }
  void set_stale(bool stale) { store(0, stale ? word() | kStale : word() & ~kStale); }
  void set_token_sent(bool sent) { store(0, sent ? word() | kTokenSent : word() & ~kTokenSent); }
  void set_fetched(bool fetched) { store(12, fetched ? tail() | kFetched : tail() & ~kFetched); }
  // False where the record has no room for it: write a new one.
  bool set_cas(uint64_t cas) {
    if (has_wide_cas()) {
      store(kHeaderBytes + (has_flags() ? 4 : 0), cas);
      return true;
    }
    if (!is_narrow(cas)) return false;
    store(12, (tail() & ~kCasMask) | cas);
    return true;
  }

  struct Fields {
    uint32_t flags = 0;
    uint32_t expiry = 0;
    uint32_t accessed = 0;
    uint64_t cas = 0;
    uint32_t use_count = 0;
    bool is_stale = false;
    bool is_token_sent = false;
    bool is_key_base64 = false;
    bool is_fetched = false;
  };

  static size_t bytes_for(size_t key, size_t value, const Fields& fields) {
    return bytes_for(key, value, fields.flags != 0, !is_narrow(fields.cas));
  }

  // In front of the value, beside the key: flags and a wide cas included.
  static constexpr size_t kHeadBytesMax = kHeaderBytes + 4 + 8;

  // What lies in front of the value.
  static size_t head_bytes_for(size_t key, const Fields& fields) {
    return exact_bytes_for(key, 0, fields.flags != 0, !is_narrow(fields.cas));
  }

  // Writes the whole record; data_ has bytes_for() bytes. Neither `key` nor `value` may overlap it,
  // but a value that lies where it belongs is left there.
  void write(std::string_view key, std::string_view value, const Fields& fields) {
    const bool flagged = fields.flags != 0;
    const bool wide = !is_narrow(fields.cas);
    store(0, static_cast<uint32_t>(value.size()) | fields.use_count << kUseShift |
                 (fields.is_stale ? kStale : 0) | (fields.is_token_sent ? kTokenSent : 0) |
                 (flagged ? kHasFlags : 0));
    store(4, fields.expiry);
    store(8, fields.accessed);
    store(12, (wide ? kCasMask : fields.cas) | (fields.is_key_base64 ? kKeyBase64 : 0) |
                  (fields.is_fetched ? kFetched : 0) | uint64_t{key.size()} << 48);
    if (flagged) store(kHeaderBytes, fields.flags);
    if (wide) store(kHeaderBytes + (flagged ? 4 : 0), fields.cas);
    char* at = data_ + kHeaderBytes + (flagged ? 4 : 0) + (wide ? 8 : 0);
    std::memcpy(at, key.data(), key.size());
    at += key.size();
    if (!value.empty() && at != value.data()) std::memcpy(at, value.data(), value.size());
  }

  void kill() { kill(bytes()); }
  void kill(size_t record_bytes) {
    store(0, kDead | static_cast<uint32_t>(record_bytes / kRecordUnit));
  }

 private:
  static constexpr uint32_t kLengthMask = (1u << 26) - 1;
  static constexpr uint32_t kDead = 1u << 26;
  static constexpr uint32_t kUseShift = 27;
  static constexpr uint32_t kStale = 1u << 29;
  static constexpr uint32_t kTokenSent = 1u << 30;
  static constexpr uint32_t kHasFlags = 1u << 31;
  static constexpr uint64_t kCasMask = (uint64_t{1} << 46) - 1;
  static constexpr uint64_t kKeyBase64 = uint64_t{1} << 46;
  static constexpr uint64_t kFetched = uint64_t{1} << 47;

  static bool is_narrow(uint64_t cas) { return cas < kCasMask; }
  static size_t exact_bytes_for(size_t key, size_t value, bool flagged, bool wide) {
    return kHeaderBytes + (flagged ? 4 : 0) + (wide ? 8 : 0) + key + value;
  }
  static size_t bytes_for(size_t key, size_t value, bool flagged, bool wide) {
    const size_t exact = exact_bytes_for(key, value, flagged, wide);
    return (exact + kRecordUnit - 1) / kRecordUnit * kRecordUnit;
  }

  template <typename Number>
  Number load(size_t offset) const {
    Number number;
    std::memcpy(&number, data_ + offset, sizeof number);
    return number;
  }
  template <typename Number>
  void store(size_t offset, Number number) {
    std::memcpy(data_ + offset, &number, sizeof number);
  }
  uint32_t word() const { return load<uint32_t>(0); }
  uint64_t tail() const { return load<uint64_t>(12); }
  bool has_flags() const { return (word() & kHasFlags) != 0; }
  bool has_wide_cas() const { return (tail() & kCasMask) == kCasMask; }
  size_t key_offset() const {
    return kHeaderBytes + (has_flags() ? 4 : 0) + (has_wide_cas() ? 8 : 0);
  }

  char* data_ = nullptr;
};

}  // namespace cachery::store
