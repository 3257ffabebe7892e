// A shard beside a plain map. An input is a list of steps of four bytes: what to do, to which key,
// how large, how long. The shard may have evicted what the map holds, but what it returns is right;
// nothing is evicted while there is room; what is charged is what a recount finds and never above
// the limit, once a limit that was lowered has been reached.
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/check.h"
#include "store/hash.h"
#include "store/shard.h"

namespace cachery::store {
namespace {

constexpr uint64_t kPoolBytes = 32u << 20;
constexpr uint64_t kSeed = 7;
constexpr uint64_t kLimitBytesMin = 256u << 10;
constexpr size_t kStepsMax = 400;
constexpr size_t kBurstPuts = 100;
// What an index and its bookkeeping may grow by at one store.
constexpr uint64_t kGrowthBytes = 48u << 10;
constexpr uint64_t kTrimItems = 4096;
// Around a value as it was received: its command's line, and what ends it.
constexpr size_t kFrontBytes = 20;
constexpr size_t kBehindBytes = 5;

struct Held {
  char filling;
  size_t bytes;
  Record::Fields fields;
};

struct Step {
  uint8_t act;
  uint8_t key;
  uint8_t size;
  uint8_t time;
};

// Every size of a value that is treated in its own way: none, small, many a segment, more than a
// quarter of a segment (a run), several segments.
size_t bytes_of(uint8_t size) {
  const size_t quarter = size % 64;
  switch (size / 64) {
    case 0:
      return quarter;
    case 1:
      return quarter * 40;
    case 2:
      return quarter * 400;
    default:
      return quarter * 6000;
  }
}

class Trial {
 public:
  explicit Trial(uint8_t limit)
      : pool_(Pool::open(kPoolBytes, kPoolBytes).value()),
        shard_(*pool_, kSeed, kLimitBytesMin + uint64_t{limit} * 8192) {}

  void play(const Step& step) {
    const std::string key = "key" + std::to_string(step.key);
    switch (step.act % 16) {
      case 0:
      case 1:
      case 2:
      case 3:
      case 4:
        put(key, step);
        break;
      case 5:
        put_many(step);
        break;
      case 6:
      case 7:
      case 8:
        check_found(key, step.act % 2 == 0);
        break;
      case 9:
        remove(key);
        break;
      case 10:
        now_ += step.time % 16;
        break;
      case 11:
        set_limit(step);
        break;
      case 12:
        if (step.time % 8 == 0) flush();
        break;
      case 13:
        touch(key, step);
        break;
      case 14:
        sweep(step);
        break;
      default:
        set_cas(key, step);
        break;
    }
    if (!is_above_lowered_limit_) CHECK(shard_.charged_bytes() <= shard_.limit_bytes());
  }

  void check_all() {
    uint64_t found_bytes = 0;
    uint64_t found_items = 0;
    for (const auto& [key, held] : model_) {
      const Found found = shard_.find(hash_key(key, kSeed), key, now_);
      check_same(found, held);
      if (!found) continue;
      ++found_items;
      found_bytes += found.record.bytes();
    }
    CHECK(found_items == shard_.items());
    CHECK(found_bytes == shard_.item_bytes());
  }

  // What was given back is given back: nothing is left over in the pool.
  void check_empties() {
    shard_.flush();
    free_garbage();
    CHECK(pool_->allocated_bytes() == 0 && pool_->lent_bytes() == 0);
  }

 private:
  void put(const std::string& key, const Step& step) {
    Held held{static_cast<char>('a' + step.act % 26 + step.size % 3), bytes_of(step.size), {}};
    held.fields.flags = step.time % 3 == 0 ? 0 : step.time;
    held.fields.expiry = step.time < 128 ? 0 : now_ + step.time % 32;
    held.fields.cas = step.time % 16 == 5 ? UINT64_MAX - step.size : shard_.next_cas();
    held.fields.accessed = now_;
    held.fields.is_stale = step.act % 2 == 1;
    const std::string value(held.bytes, held.filling);
    const size_t record_bytes = Record::bytes_for(key.size(), value.size(), held.fields);
    const uint64_t evictions = shard_.counters().evictions;
    const bool has_room =
        shard_.charged_bytes() + record_bytes + kGrowthBytes <= shard_.limit_bytes() * 9 / 10;
    const Put done = step.act % 16 == 4
                         ? put_received(key, value, held.fields)
                         : shard_.put(hash_key(key, kSeed), key, value, held.fields, now_);
    if (has_room) CHECK(done == Put::stored && shard_.counters().evictions == evictions);
    if (done == Put::stored) {
      model_[key] = held;
    } else {
      CHECK(!shard_.find(hash_key(key, kSeed), key, now_));
      model_.erase(key);
    }
    // A store after a limit was lowered brings it nearer and need not reach it.
    is_above_lowered_limit_ =
        is_above_lowered_limit_ && shard_.charged_bytes() > shard_.limit_bytes();
  }

  // As a connection received it, with the bytes of its command around it; the pool may have no
  // memory for that.
  Put put_received(const std::string& key, const std::string& value, const Record::Fields& fields) {
    const size_t front_bytes = kFrontBytes + value.size() % 300;
    OfferedBlock block{.bytes = front_bytes + value.size() + kBehindBytes};
    block.data = pool_->lend(block.bytes);
    if (block.data == nullptr) return shard_.put(hash_key(key, kSeed), key, value, fields, now_);
    char* const at = block.data + front_bytes;
    std::memcpy(at, value.data(), value.size());
    const Put done =
        shard_.put(hash_key(key, kSeed), key, {at, value.size()}, fields, now_, &block);
    if (!block.is_taken) pool_->take_back(block.data, block.bytes);
    return done;
  }

  void put_many(const Step& step) {
    for (size_t i = 0; i < kBurstPuts; ++i) {
      put("many" + std::to_string((step.key * 4 + i) % 1500),
          {step.act, 0, static_cast<uint8_t>(step.size % 128), step.time});
    }
  }

  void check_found(const std::string& key, bool is_use) {
    const Found found = shard_.find(hash_key(key, kSeed), key, now_);
    const auto held = model_.find(key);
    if (held == model_.end()) {
      CHECK(!found);
      return;
    }
    check_same(found, held->second);
    if (found && is_use) shard_.note_use(found, now_);
  }

  void check_same(const Found& found, const Held& held) const {
    const bool is_expired = held.fields.expiry != 0 && held.fields.expiry <= now_;
    if (!found) {
      CHECK(is_expired || shard_.counters().evictions > 0);
      return;
    }
    CHECK(!is_expired);
    CHECK(found.record.value().size() == held.bytes);
    CHECK(found.record.value().find_first_not_of(held.filling) == std::string_view::npos);
    CHECK(found.record.flags() == held.fields.flags);
    CHECK(found.record.expiry() == held.fields.expiry);
    CHECK(found.record.cas() == held.fields.cas);
    CHECK(found.record.is_stale() == held.fields.is_stale);
  }

  void remove(const std::string& key) {
    const Found found = shard_.find(hash_key(key, kSeed), key, now_);
    if (found) shard_.remove(hash_key(key, kSeed), found);
    model_.erase(key);
  }

  void touch(const std::string& key, const Step& step) {
    const Found found = shard_.find(hash_key(key, kSeed), key, now_);
    if (!found) return;
    const uint32_t expiry = step.time % 2 == 0 ? 0 : now_ + step.time % 32;
    shard_.set_expiry(found, expiry);
    model_.at(key).fields.expiry = expiry;
  }

  // A slice of a sweep, or all of it: after that nothing is left that has expired, but for what a
  // segment's bins cannot tell apart yet.
  void sweep(const Step& step) {
    if (step.time % 2 == 0) {
      shard_.sweep_expired(now_, step.size);
      return;
    }
    while (shard_.sweep_expired(now_, 1000)) {
    }
    shard_.compact_slack(now_, 1 + size_t{step.size} * 1024);
  }

  void set_cas(const std::string& key, const Step& step) {
    const Found found = shard_.find(hash_key(key, kSeed), key, now_);
    if (!found) return;
    const uint64_t cas = step.time % 4 == 0 ? UINT64_MAX / 2 + step.size : shard_.next_cas();
    Record record = found.record;
    if (record.set_cas(cas)) model_.at(key).fields.cas = cas;
  }

  void set_limit(const Step& step) {
    shard_.set_limit(kLimitBytesMin + uint64_t{step.size} * 8192);
    is_above_lowered_limit_ = shard_.charged_bytes() > shard_.limit_bytes();
    if (step.time % 2 == 0) return;
    while (shard_.trim(now_, kTrimItems)) {
    }
    CHECK(shard_.charged_bytes() <= shard_.limit_bytes());
    is_above_lowered_limit_ = false;
  }

  void flush() {
    shard_.flush();
    model_.clear();
    CHECK(shard_.items() == 0 && shard_.charged_bytes() == 0);
    is_above_lowered_limit_ = false;
  }

  void free_garbage() {
    while (shard_.has_garbage()) {
      for (const Extent& extent : shard_.take_garbage(64u << 10)) shard_.holding().release(extent);
    }
  }

  std::unique_ptr<Pool> pool_;
  Shard shard_;
  std::map<std::string, Held> model_;
  uint32_t now_ = 1'700'000'000;
  bool is_above_lowered_limit_ = false;
};

}  // namespace
}  // namespace cachery::store

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using cachery::store::kStepsMax;
  if (size == 0) return 0;
  cachery::store::Trial trial(data[0]);
  size_t steps = 0;
  for (size_t at = 1; at + 4 <= size && steps < kStepsMax; at += 4, ++steps) {
    trial.play({data[at], data[at + 1], data[at + 2], data[at + 3]});
  }
  trial.check_all();
  trial.check_empties();
  return 0;
}
