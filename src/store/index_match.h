// The tag comparison of Index, ten at a time. Included by index.h alone; apart because it is the
// one place in the store that knows an instruction set.
#pragma once

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "store/index.h"

namespace cachery::store {

// A bit for each slot whose tag is `tag`.
inline uint32_t Index::match_mask(const Bucket& bucket, uint16_t tag) {
#if defined(__SSE2__)
  const __m128i wanted = _mm_set1_epi16(static_cast<short>(tag));
  const __m128i low = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bucket.tags));
  const __m128i high = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bucket.tags + 2));
  const __m128i low_equal = _mm_cmpeq_epi16(low, wanted);
  const __m128i high_equal = _mm_cmpeq_epi16(high, wanted);
  const auto low_bits =
      static_cast<uint32_t>(_mm_movemask_epi8(_mm_packs_epi16(low_equal, _mm_setzero_si128())));
  const auto high_bits =
      static_cast<uint32_t>(_mm_movemask_epi8(_mm_packs_epi16(high_equal, _mm_setzero_si128())));
  return low_bits | (high_bits & 0xc0u) << 2;
#else
  uint32_t mask = 0;
  for (uint32_t slot = 0; slot < kSlots; ++slot) {
    mask |= uint32_t{bucket.tags[slot] == tag} << slot;
  }
  return mask;
#endif
}

}  // namespace cachery::store
