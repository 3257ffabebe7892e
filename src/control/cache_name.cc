#include "control/cache_name.h"

#include <fmt/format.h>

#include <algorithm>

#include "control/records.h"

namespace cachery::control {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_name_character(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' ||
         c == '.' || c == ' ';
}

}  // namespace

Status check_cache_name(std::string_view name) {
  const bool is_good = !name.empty() && name.size() <= kCacheNameBytesMax && name.front() != ' ' &&
                       name.front() != '-' && name.back() != ' ' &&
                       std::ranges::all_of(name, is_name_character) &&
                       !std::ranges::all_of(name, is_digit);
  if (is_good) return {};
  return fail(Fault::invalid,
              fmt::format("\"{}\" cannot be a cache's name: 1 to {} letters, digits, spaces, dots, "
                          "hyphens and underscores, not digits alone",
                          name.substr(0, kCacheNameBytesMax), kCacheNameBytesMax));
}

Status check_cache_name_is_free(Records& records, const CacheRecord& cache) {
  const auto namesakes = records.caches().named(cache.name);
  if (!namesakes) return std::unexpected(namesakes.error());
  for (const CacheRecord& other : *namesakes) {
    if (other.id == cache.id || other.team != cache.team) continue;
    return fail(Fault::conflict, fmt::format("cache {} has the name \"{}\" already: choose another",
                                             other.id, other.name));
  }
  return {};
}

std::string short_name_of(CacheId id) {
  // Odd, so that the product is a permutation of 24 bits; 2^24 / the golden ratio, so that
  // neighbours look nothing alike.
  constexpr uint32_t kMultiplier = 0x9e3779;
  static_assert(kMultiplier % 2 == 1);
  return fmt::format("{:06X}", (id * kMultiplier) & 0xffffffu);
}

std::unexpected<Error> no_such_cache(std::string_view id_or_name) {
  return fail(Fault::not_found, fmt::format("there is no cache \"{}\": list those there are",
                                            id_or_name.substr(0, kCacheNameBytesMax)));
}

std::unexpected<Error> no_such_cache(CacheId id) { return no_such_cache(std::to_string(id)); }

Result<CacheRecord> find_live_cache(Records& records, CacheId id) {
  auto found = records.caches().find(id);
  if (!found) return std::unexpected(found.error());
  if (!*found || (*found)->is_deleted()) return no_such_cache(id);
  return std::move(**found);
}

}  // namespace cachery::control
