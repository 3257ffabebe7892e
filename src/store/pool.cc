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
constexpr uint64_t kReservedTimesMemory = 32;
constexpr uint64_t kReservedBytesMin = uint64_t{4} << 30;

size_t pages_bytes(size_t bytes, size_t page) { return (bytes + page - 1) / page * page; }

}  // namespace

Result<std::unique_ptr<Pool>> Pool::open(uint64_t memory_bytes) {
  const uint64_t reserved = std::max(memory_bytes * kReservedTimesMemory, kReservedBytesMin);
  void* base = mmap(nullptr, reserved, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (base == MAP_FAILED) {
    return fail(
        Fault::exhausted,
        fmt::format("cannot reserve address space for {} of caches: lower --memory or raise "
                    "the limit on virtual memory (ulimit -v)",
                    format_size(memory_bytes)));
  }
  // Huge pages would make every touched extent cost 2 MiB.
  madvise(base, reserved, MADV_NOHUGEPAGE);
  return std::unique_ptr<Pool>(new Pool(static_cast<char*>(base), reserved, memory_bytes));
}

Pool::~Pool() { munmap(base_, reserved_bytes_); }

size_t Pool::class_of(size_t bytes) {
  const size_t rounded = std::bit_ceil(std::max(bytes, kExtentBytesMin));
  return static_cast<size_t>(std::countr_zero(rounded) - std::countr_zero(kExtentBytesMin));
}

uint64_t Pool::kept_bytes_max() const {
  return std::max<uint64_t>(allocated_bytes_ / 64, 4u << 20);
}

char* Pool::allocate(size_t bytes) {
  CHECK(bytes > 0 && bytes <= kExtentBytesMax);
  const size_t needed = pages_bytes(bytes, kPageBytes);
  const size_t extent_class = class_of(bytes);
  const std::lock_guard lock(mutex_);
  auto& kept = kept_[extent_class];
  FreeExtent extent{nullptr, 0};
  if (!kept.empty()) {
    extent = kept.back();
    kept.pop_back();
    kept_bytes_ -= extent.touched_bytes;
  }
  if (!make_room_for(needed)) {
    if (extent.data != nullptr) {
      kept.push_back(extent);
      kept_bytes_ += extent.touched_bytes;
    }
    return nullptr;
  }
  if (extent.touched_bytes > needed) {
    madvise(extent.data + needed, extent.touched_bytes - needed, MADV_DONTNEED);
  }
  if (extent.data == nullptr && !bare_[extent_class].empty()) {
    extent.data = bare_[extent_class].back();
    bare_[extent_class].pop_back();
  }
  if (extent.data == nullptr) {
    const size_t extent_bytes = kExtentBytesMin << extent_class;
    if (next_ + extent_bytes > base_ + reserved_bytes_) return nullptr;
    extent.data = next_;
    next_ += extent_bytes;
  }
  allocated_bytes_ += needed;
  return extent.data;
}

// Gives kept pages back until `pages` more may be used.
bool Pool::make_room_for(size_t pages) {
  if (allocated_bytes_ + pages > memory_bytes_) return false;
  for (size_t extent_class = 0; extent_class < kClasses; ++extent_class) {
    auto& kept = kept_[extent_class];
    while (!kept.empty() && allocated_bytes_ + kept_bytes_ + pages > memory_bytes_) {
      const FreeExtent extent = kept.back();
      kept.pop_back();
      kept_bytes_ -= extent.touched_bytes;
      madvise(extent.data, extent.touched_bytes, MADV_DONTNEED);
      bare_[extent_class].push_back(extent.data);
    }
  }
  return true;
}

void Pool::release(char* extent, size_t bytes) {
  const size_t touched = pages_bytes(bytes, kPageBytes);
  const size_t extent_class = class_of(bytes);
  {
    const std::lock_guard lock(mutex_);
    allocated_bytes_ -= touched;
    if (kept_bytes_ + touched <= kept_bytes_max()) {
      kept_bytes_ += touched;
      kept_[extent_class].push_back({extent, touched});
      return;
    }
  }
  madvise(extent, touched, MADV_DONTNEED);
  const std::lock_guard lock(mutex_);
  bare_[extent_class].push_back(extent);
}

uint64_t Pool::allocated_bytes() const {
  const std::lock_guard lock(mutex_);
  return allocated_bytes_;
}

uint64_t Pool::kept_bytes() const {
  const std::lock_guard lock(mutex_);
  return kept_bytes_;
}

}  // namespace cachery::store
