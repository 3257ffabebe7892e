#include "store/pool.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <bit>

#include "base/check.h"
#include "base/size.h"

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

char* Pool::allocate(size_t bytes, Pages pages) {
  CHECK(bytes > 0 && bytes <= kExtentBytesMax);
  const size_t needed = round_up(bytes, kPageBytes);
  const size_t extent_class = class_of(bytes);
  const std::lock_guard lock(mutex_);
  if (pages == Pages::huge && bytes <= HugeBlocks::kExtentBytesMax) {
    if (char* const extent = allocate_huge(extent_class)) return extent;
  }
  if (!has_room_for(needed)) return nullptr;
  char* const extent = allocate_small(needed, extent_class);
  if (extent != nullptr) allocated_bytes_ += needed;
  return extent;
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
  {
    const std::lock_guard lock(mutex_);
    lent_bytes_ -= round_up(bytes, kPageBytes);
    if (keeps_pages_of(extent, bytes)) return;
  }
  let_pages_go(extent, bytes);
}

bool Pool::keep_lent(size_t bytes) {
  const size_t needed = round_up(bytes, kPageBytes);
  const std::lock_guard lock(mutex_);
  if (!has_room_for(needed)) return false;
  lent_bytes_ -= needed;
  allocated_bytes_ += needed;
  return true;
}

char* Pool::allocate_huge(size_t extent_class) {
  const size_t extent_bytes = kExtentBytesMin << extent_class;
  if (!has_room_for(extent_bytes)) return nullptr;
  make_room_for(extent_bytes);
  char* const extent = huge_.take(extent_bytes);
  if (extent != nullptr) allocated_bytes_ += extent_bytes;  // none of it is without pages
  return extent;
}

char* Pool::allocate_small(size_t needed, size_t extent_class) {
  auto& kept = kept_[extent_class];
  FreeExtent extent{nullptr, 0};
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
      const FreeExtent extent = kept.back();
      kept.pop_back();
      kept_bytes_ -= extent.touched_bytes;
      madvise(extent.data, extent.touched_bytes, MADV_DONTNEED);
      bare_[extent_class].push_back(extent.data);
    }
  }
  const uint64_t room = kept_max - kept_bytes_;
  if (huge_.kept_bytes() > room) huge_.trim(room);
}

void Pool::release(char* extent, size_t bytes) {
  {
    const std::lock_guard lock(mutex_);
    if (huge_.owns(extent)) {
      const size_t extent_bytes = kExtentBytesMin << class_of(bytes);
      allocated_bytes_ -= extent_bytes;
      huge_.give_back(extent, extent_bytes);
      // By half, so that the next ones need not.
      if (huge_.kept_bytes() > kept_bytes_max()) huge_.trim(kept_bytes_max() / 2);
      return;
    }
    allocated_bytes_ -= round_up(bytes, kPageBytes);
    if (keeps_pages_of(extent, bytes)) return;
  }
  let_pages_go(extent, bytes);
}

bool Pool::keeps_pages_of(char* extent, size_t bytes) {
  const size_t touched = round_up(bytes, kPageBytes);
  if (kept_bytes_ + touched > kept_bytes_max()) return false;
  kept_bytes_ += touched;
  kept_[class_of(bytes)].push_back({extent, touched});
  return true;
}

// Without the lock: it takes long.
void Pool::let_pages_go(char* extent, size_t bytes) {
  madvise(extent, round_up(bytes, kPageBytes), MADV_DONTNEED);
  const std::lock_guard lock(mutex_);
  bare_[class_of(bytes)].push_back(extent);
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
