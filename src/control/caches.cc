#include "control/caches.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <unordered_map>

#include "base/check.h"
#include "control/plans.h"

namespace cachery::control {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_name_character(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' ||
         c == '.' || c == ' ';
}

Status check_name(std::string_view name) {
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

Status check_name_is_free(Records& records, std::string_view name, CacheId self) {
  const auto other = records.caches().named(name);
  if (!other) return std::unexpected(other.error());
  if (!*other || (*other)->id == self) return {};
  return fail(Fault::conflict, fmt::format("cache {} has the name \"{}\" already: choose another",
                                           (*other)->id, (*other)->name));
}

Status set_size(CacheRecord& cache, const CacheSize& size) {
  const int given = int{!size.plan.empty()} + int{size.mib != 0} + int{size.limit_bytes != 0};
  if (given != 1) return fail(Fault::invalid, "give either a plan or a size in MiB");
  if (!size.plan.empty()) {
    const auto plan = find_plan(size.plan);
    if (!plan) return std::unexpected(plan.error());
    cache.plan = plan->slug;
    cache.limit_bytes = limit_bytes_of(plan->mib);
    return {};
  }
  if (size.mib > kCustomMibMax) {
    return fail(Fault::invalid,
                fmt::format("{} MiB is too large: at most {}", size.mib, kCustomMibMax));
  }
  cache.plan = kCustomPlan;
  cache.limit_bytes = size.mib != 0 ? limit_bytes_of(size.mib) : size.limit_bytes;
  return {};
}

Result<CacheId> next_cache_id(Records& records) {
  const auto next = records.next(kCacheIds);
  if (!next) return std::unexpected(next.error());
  if (*next <= std::numeric_limits<CacheId>::max()) return static_cast<CacheId>(*next);
  return fail(Fault::exhausted, "every cache id has been given: no cache can be created any more");
}

std::unexpected<Error> no_such_cache(std::string_view id_or_name) {
  return fail(Fault::not_found, fmt::format("there is no cache \"{}\": list those there are",
                                            id_or_name.substr(0, kCacheNameBytesMax)));
}

Result<CacheRecord> find_record(Records& records, CacheId id) {
  const auto found = records.caches().find(id);
  if (!found) return std::unexpected(found.error());
  if (!*found) return no_such_cache(std::to_string(id));
  return **found;
}

Status apply(Records& records, CacheRecord& cache, const CachePatch& patch) {
  if (patch.name) {
    if (auto checked = check_name(*patch.name); !checked) return checked;
    if (auto is_free = check_name_is_free(records, *patch.name, cache.id); !is_free) return is_free;
    cache.name = *patch.name;
  }
  if (patch.size) {
    if (auto sized = set_size(cache, *patch.size); !sized) return sized;
  }
  if (patch.is_enabled) cache.is_enabled = *patch.is_enabled;
  return {};
}

// 0 when the text is no id.
CacheId parse_id(std::string_view text) {
  CacheId id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  return error == std::errc{} && end == text.data() + text.size() ? id : 0;
}

}  // namespace

const OpenCredential& CacheDetails::primary() const {
  const auto is_primary = [](const OpenCredential& one) { return one.record.is_primary; };
  const auto at = std::ranges::find_if(credentials, is_primary);
  CHECK(at != credentials.end());
  return *at;
}

Result<CacheDetails> Caches::details(CacheRecord cache,
                                     const std::vector<CredentialRecord>& credentials) {
  auto opened = credentials_.open(credentials);
  if (!opened) return std::unexpected(opened.error());
  return CacheDetails{std::move(cache), std::move(*opened)};
}

Result<CacheDetails> Caches::create(const NewCache& wanted) {
  if (auto checked = check_name(wanted.name); !checked) return std::unexpected(checked.error());
  CacheRecord cache;
  cache.name = wanted.name;
  cache.created_unix_seconds = clock_.now().unix_seconds;
  if (auto sized = set_size(cache, wanted.size); !sized) return std::unexpected(sized.error());
  CredentialRecord primary;
  const auto changed = publisher_.change([&](Records& records) -> Status {
    if (auto is_free = check_name_is_free(records, wanted.name, 0); !is_free) return is_free;
    const auto id = next_cache_id(records);
    if (!id) return std::unexpected(id.error());
    cache.id = *id;
    if (auto inserted = records.caches().insert(cache); !inserted) return inserted;
    auto credential = credentials_.insert_primary(records, cache.id);
    if (!credential) return std::unexpected(credential.error());
    primary = std::move(*credential);
    return {};
  });
  if (!changed) return std::unexpected(changed.error());
  return details(std::move(cache), {primary});
}

Status Caches::create_first(const NewCache& wanted) {
  bool has_had_one = false;
  const auto done = store_.read([&](Records& records) -> Status {
    const auto last = records.last(kCacheIds);
    if (!last) return std::unexpected(last.error());
    has_had_one = *last >= kFirstCacheId;
    return {};
  });
  if (!done || has_had_one) return done;
  const auto created = create(wanted);
  if (!created) return std::unexpected(created.error());
  return {};
}

Result<std::vector<CacheDetails>> Caches::list() {
  std::vector<CacheRecord> caches;
  std::unordered_map<CacheId, std::vector<CredentialRecord>> credentials_of;
  const auto done = store_.read([&](Records& records) -> Status {
    auto all = records.caches().all();
    if (!all) return std::unexpected(all.error());
    caches = std::move(*all);
    auto credentials = records.credentials().all();
    if (!credentials) return std::unexpected(credentials.error());
    for (CredentialRecord& one : *credentials) {
      credentials_of[one.cache].push_back(std::move(one));
    }
    return {};
  });
  if (!done) return std::unexpected(done.error());
  std::vector<CacheDetails> listed;
  for (CacheRecord& cache : caches) {
    auto one = details(cache, credentials_of[cache.id]);
    if (!one) return std::unexpected(one.error());
    listed.push_back(std::move(*one));
  }
  return listed;
}

Result<CacheDetails> Caches::find(std::string_view id_or_name) {
  CacheRecord cache;
  std::vector<CredentialRecord> credentials;
  const auto done = store_.read([&](Records& records) -> Status {
    const CacheId id = parse_id(id_or_name);
    auto found = id != 0 ? records.caches().find(id) : records.caches().named(id_or_name);
    if (!found) return std::unexpected(found.error());
    if (!*found) return no_such_cache(id_or_name);
    cache = std::move(**found);
    auto all = records.credentials().of(cache.id);
    if (!all) return std::unexpected(all.error());
    credentials = std::move(*all);
    return {};
  });
  if (!done) return std::unexpected(done.error());
  return details(std::move(cache), credentials);
}

Result<CacheDetails> Caches::update(CacheId id, const CachePatch& patch) {
  CacheRecord cache;
  std::vector<CredentialRecord> credentials;
  const auto changed = publisher_.change([&](Records& records) -> Status {
    auto found = find_record(records, id);
    if (!found) return std::unexpected(found.error());
    cache = std::move(*found);
    if (auto applied = apply(records, cache, patch); !applied) return applied;
    if (auto updated = records.caches().update(cache); !updated) return updated;
    auto all = records.credentials().of(id);
    if (!all) return std::unexpected(all.error());
    credentials = std::move(*all);
    return {};
  });
  if (!changed) return std::unexpected(changed.error());
  return details(std::move(cache), credentials);
}

Status Caches::flush(CacheId id) {
  const auto known = store_.read([&](Records& records) -> Status {
    const auto found = find_record(records, id);
    if (!found) return std::unexpected(found.error());
    return {};
  });
  if (!known) return known;
  return node_.flush(id);
}

Status Caches::remove(CacheId id) {
  return publisher_.change([&](Records& records) -> Status {
    const auto found = find_record(records, id);
    if (!found) return std::unexpected(found.error());
    return records.caches().remove(id);
  });
}

}  // namespace cachery::control
