#include "store/pool.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <bit>

#include "base/check.h"
#include "base/size.h"
#include "store/fair_share.h"
#include "store/holding.h"

namespace cachery::store {
namespace {

// Every class of extents may in turn have held all memory, in extents twice as large as needed.
constexpr uint64_t kSmallTimesMemory = 32;
// A block serves one class after another, but may be kept by one extent of many.
constexpr uint64_t kHugeTimesMemory = 8;
constexpr uint64_t kPartBytesMin = uint64_t{4} << 30;

size_t round_up(size_t bytes, size_t unit) { return (bytes + unit - 1) / unit * unit; }

// Address space for one kind of pages.
size_t part_bytes(uint64_t memory_bytes, uint64_t times) {
  return round_up(std::max(memory_bytes * times, kPartBytesMin), HugeBlocks::kBlockBytes);
}

}  // namespace

Result<std::unique_ptr<Pool>> Pool::open(uint64_t memory_bytes, uint64_t lent_bytes_max) {
  const size_t reserved_bytes = part_bytes(memory_bytes + lent_bytes_max, kSmallTimesMemory) +
                                part_bytes(memory_bytes, kHugeTimesMemory) +
                                HugeBlocks::kBlockBytes;
  void* reserved = mmap(nullptr, reserved_bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (reserved == MAP_FAILED) {
    return fail(
        Fault::exhausted,
        fmt::format("cannot reserve address space for {} of caches: lower --memory or raise "
                    "the limit on virtual memory (ulimit -v)",
                    format_size(memory_bytes)));
  }
  return std::unique_ptr<Pool>(
      new Pool(static_cast<char*>(reserved), reserved_bytes, memory_bytes, lent_bytes_max));
}

Pool::Pool(char* reserved, size_t reserved_bytes, uint64_t memory_bytes, uint64_t lent_bytes_max)
    : reserved_(reserved),
      reserved_bytes_(reserved_bytes),
      memory_bytes_(memory_bytes),
      lent_bytes_max_(lent_bytes_max) {
  char* const first = reserved + (-reinterpret_cast<uintptr_t>(reserved) % HugeBlocks::kBlockBytes);
  next_ = first + part_bytes(memory_bytes, kHugeTimesMemory);
  huge_ = HugeBlocks(first, next_);
  // Huge pages would make every touched extent cost 2 MiB.
  madvise(next_, static_cast<size_t>(reserved + reserved_bytes - next_), MADV_NOHUGEPAGE);
}

Pool::~Pool() { munmap(reserved_, reserved_bytes_); }

size_t Pool::class_of(size_t bytes) {
  const size_t rounded = std::bit_ceil(std::max(bytes, kExtentBytesMin));
  return static_cast<size_t>(std::countr_zero(rounded) - std::countr_zero(kExtentBytesMin));
}

uint64_t Pool::kept_bytes_max() const {
  return std::max<uint64_t>(allocated_bytes_ / 64, 4u << 20);
}

uint64_t Pool::reserve_bytes() const { return reserve_of(memory_bytes_, claimed_bytes_); }

// The housekeeper is wanted where somebody went without, or lives on the reserve.
bool Pool::has_room_for(const Holding& holding, size_t pages_bytes) {
  const PoolRoom room{.free_bytes = memory_bytes_ - allocated_bytes_,
                      .reserve_bytes = reserve_bytes(),
                      .is_oversold = entitled_bytes_ > memory_bytes_,
                      .highest_level = highest_level_};
  const bool may =
      may_take(room, holding.bytes() + pages_bytes, holding.entitled_bytes(), pages_bytes);
  const bool is_reserve_whole = room.free_bytes >= room.reserve_bytes + (may ? pages_bytes : 0);
  if (!is_reserve_whole || (!may && highest_level_ == 0)) {
    is_room_wanted_.store(true, std::memory_order_relaxed);
  }
  return may;
}

void Pool::count(Holding& holding, int64_t pages_bytes) {
  const auto change = static_cast<uint64_t>(pages_bytes);  // wraps where it is less than 0
  allocated_bytes_ += change;
  set(holding, holding.bytes() + change, holding.entitled_bytes());
}

void Pool::set(Holding& holding, uint64_t bytes, uint64_t entitled_bytes) {
  claimed_bytes_ += std::max(bytes, entitled_bytes);
  claimed_bytes_ -= std::max(holding.bytes(), holding.entitled_bytes());
  entitled_bytes_ += entitled_bytes - holding.entitled_bytes();
  holding.bytes_.store(bytes, std::memory_order_relaxed);
  holding.entitled_bytes_.store(entitled_bytes, std::memory_order_relaxed);
}

void Pool::entitle(Holding& holding, uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  set(holding, holding.bytes(), bytes);
}

char* Pool::allocate(Holding& holding, const Extent& wanted, Pages pages) {
  CHECK(wanted.bytes > 0 && wanted.bytes <= kExtentBytesMax);
  CHECK(wanted.touched_bytes <= wanted.bytes);
  const size_t needed = round_up(wanted.touched_bytes, kPageBytes);
  const size_t extent_class = class_of(wanted.bytes);
  const std::lock_guard lock(mutex_);
  if (pages == Pages::huge && wanted.bytes <= HugeBlocks::kExtentBytesMax) {
    const size_t extent_bytes = kExtentBytesMin << extent_class;
    char* const huge = has_room_for(holding, extent_bytes) ? allocate_huge(extent_class) : nullptr;
    // A huge page is there as a whole.
    if (huge != nullptr) {
      count(holding, static_cast<int64_t>(extent_bytes));
      return huge;
    }
  }
  if (!has_room_for(holding, needed)) return nullptr;
  char* const extent = allocate_small(needed, extent_class);
  if (extent != nullptr) count(holding, static_cast<int64_t>(needed));
  return extent;
}

bool Pool::touch(Holding& holding, size_t more_bytes) {
  const size_t needed = round_up(more_bytes, kPageBytes);
  const std::lock_guard lock(mutex_);
  if (!has_room_for(holding, needed)) return false;
  make_room_for(needed);
  count(holding, static_cast<int64_t>(needed));
  return true;
}

bool Pool::would_give(const Holding& holding, size_t bytes) {
  const std::lock_guard lock(mutex_);
  return has_room_for(holding, round_up(bytes, kPageBytes));
}

char* Pool::lend(size_t bytes) {
  if (bytes > kExtentBytesMax) return nullptr;
  const size_t needed = round_up(bytes, kPageBytes);
  const std::lock_guard lock(mutex_);
  if (lent_bytes_ + needed > lent_bytes_max_) return nullptr;
  char* const extent = allocate_small(needed, class_of(bytes));
  if (extent != nullptr) lent_bytes_ += needed;
  return extent;
}

void Pool::take_back(char* extent, size_t bytes) {
  const Extent whole{extent, bytes, bytes};
  {
    const std::lock_guard lock(mutex_);
    lent_bytes_ -= round_up(bytes, kPageBytes);
    if (keeps_pages_of(whole)) return;
  }
  let_pages_go(whole);
}

bool Pool::keep_lent(Holding& holding, size_t bytes) {
  const size_t needed = round_up(bytes, kPageBytes);
  const std::lock_guard lock(mutex_);
  if (!has_room_for(holding, needed)) return false;
  lent_bytes_ -= needed;
  count(holding, static_cast<int64_t>(needed));
  return true;
}

char* Pool::allocate_huge(size_t extent_class) {
  const size_t extent_bytes = kExtentBytesMin << extent_class;
  make_room_for(extent_bytes);
  return huge_.take(extent_bytes);
}

char* Pool::allocate_small(size_t needed, size_t extent_class) {
  auto& kept = kept_[extent_class];
  Extent extent;
  if (!kept.empty()) {
    extent = kept.back();
    kept.pop_back();
    kept_bytes_ -= extent.touched_bytes;
  }
  make_room_for(needed);
  if (extent.touched_bytes > needed) {
    madvise(extent.data + needed, extent.touched_bytes - needed, MADV_DONTNEED);
  }
  if (extent.data == nullptr && !bare_[extent_class].empty()) {
    extent.data = bare_[extent_class].back();
    bare_[extent_class].pop_back();
  }
  if (extent.data == nullptr) {
    const size_t extent_bytes = kExtentBytesMin << extent_class;
    if (next_ + extent_bytes > reserved_ + reserved_bytes_) return nullptr;
    extent.data = next_;
    next_ += extent_bytes;
  }
  return extent.data;
}

// Gives kept pages back until `pages` more may be used, as they may.
void Pool::make_room_for(size_t pages) {
  const uint64_t kept_max =
      memory_bytes_ + lent_bytes_max_ - allocated_bytes_ - lent_bytes_ - pages;
  for (size_t extent_class = 0; extent_class < kClasses; ++extent_class) {
    auto& kept = kept_[extent_class];
    while (!kept.empty() && kept_bytes_ + huge_.kept_bytes() > kept_max) {
      const Extent extent = kept.back();
      kept.pop_back();
      kept_bytes_ -= extent.touched_bytes;
      madvise(extent.data, extent.touched_bytes, MADV_DONTNEED);
      bare_[extent_class].push_back(extent.data);
    }
  }
  const uint64_t room = kept_max - kept_bytes_;
  if (huge_.kept_bytes() > room) huge_.trim(room);
}

void Pool::release(Holding& holding, const Extent& extent) {
  {
    const std::lock_guard lock(mutex_);
    if (huge_.owns(extent.data)) {
      const size_t extent_bytes = kExtentBytesMin << class_of(extent.bytes);
      count(holding, -static_cast<int64_t>(extent_bytes));
      huge_.give_back(extent.data, extent_bytes);
      // By half, so that the next ones need not.
      if (huge_.kept_bytes() > kept_bytes_max()) huge_.trim(kept_bytes_max() / 2);
      return;
    }
    count(holding, -static_cast<int64_t>(round_up(extent.touched_bytes, kPageBytes)));
    if (keeps_pages_of(extent)) return;
  }
  let_pages_go(extent);
}

bool Pool::keeps_pages_of(const Extent& extent) {
  const size_t touched = round_up(extent.touched_bytes, kPageBytes);
  if (kept_bytes_ + touched > kept_bytes_max()) return false;
  kept_bytes_ += touched;
  kept_[class_of(extent.bytes)].push_back({extent.data, extent.bytes, touched});
  return true;
}

// Without the lock: it takes long.
void Pool::let_pages_go(const Extent& extent) {
  madvise(extent.data, round_up(extent.touched_bytes, kPageBytes), MADV_DONTNEED);
  const std::lock_guard lock(mutex_);
  bare_[class_of(extent.bytes)].push_back(extent.data);
}

uint64_t Pool::bytes_lacking() const {
  const std::lock_guard lock(mutex_);
  const uint64_t reserve = reserve_bytes();
  const uint64_t free = memory_bytes_ - allocated_bytes_;
  return free < reserve ? reserve - free : 0;
}

void Pool::set_highest_level(double level) {
  const std::lock_guard lock(mutex_);
  highest_level_ = level;
  const bool is_whole = memory_bytes_ - allocated_bytes_ >= reserve_bytes();
  if (is_whole) is_room_wanted_.store(false, std::memory_order_relaxed);
}

uint64_t Pool::allocated_bytes() const {
  const std::lock_guard lock(mutex_);
  return allocated_bytes_;
}

uint64_t Pool::lent_bytes() const {
  const std::lock_guard lock(mutex_);
  return lent_bytes_;
}

uint64_t Pool::kept_bytes() const {
  const std::lock_guard lock(mutex_);
  return kept_bytes_ + huge_.kept_bytes();
}

}  // namespace cachery::store
