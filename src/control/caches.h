// Caches: what an operator makes, resizes, turns off and throws away. Every change is one
// transaction, in force when the call returns. A name is an address too (the command line takes
// either), so names are unique and cannot look like an id.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/cache_records.h"
#include "control/credentials.h"

namespace cachery::control {

inline constexpr size_t kCacheNameBytesMax = 64;

// How large a cache is to be: exactly one of them is set.
struct CacheSize {
  std::string plan = {};     // a plan's slug
  uint64_t mib = 0;          // an operator's own size; the limit is 1.1 times it, as for a plan
  uint64_t limit_bytes = 0;  // the limit itself: for the one cache of a developer's machine
};

struct NewCache {
  std::string name = {};
  CacheSize size = {};
};

// Only what is set changes, all of it or nothing.
struct CachePatch {
  std::optional<std::string> name = {};
  std::optional<CacheSize> size = {};
  std::optional<bool> is_enabled = {};
};

struct CacheDetails {
  CacheRecord cache;
  std::vector<OpenCredential> credentials;

  const OpenCredential& primary() const;
};

class Caches {
 public:
  // All must outlive it.
  Caches(Store& store, Publisher& publisher, Credentials& credentials, tenant::Node& node,
         const Clock& clock)
      : store_(store),
        publisher_(publisher),
        credentials_(credentials),
        node_(node),
        clock_(clock) {}

  [[nodiscard]] Result<CacheDetails> create(const NewCache& wanted);
  // At the first start only: nothing happens when a cache has ever been made, even if it is gone.
  [[nodiscard]] Status create_first(const NewCache& wanted);
  [[nodiscard]] Result<std::vector<CacheDetails>> list();
  // By its id in digits, or by its name in any case.
  [[nodiscard]] Result<CacheDetails> find(std::string_view id_or_name);
  // A resize goes unnoticed by clients: nothing is lost on the way up, the least useful items on
  // the way down. A disabled cache keeps its items, but its clients are disconnected and refused.
  [[nodiscard]] Result<CacheDetails> update(CacheId id, const CachePatch& patch);
  [[nodiscard]] Status flush(CacheId id);
  [[nodiscard]] Status remove(CacheId id);

 private:
  [[nodiscard]] Result<CacheDetails> details(CacheRecord cache,
                                             const std::vector<CredentialRecord>& credentials);

  Store& store_;
  Publisher& publisher_;
  Credentials& credentials_;
  tenant::Node& node_;
  const Clock& clock_;
};

}  // namespace cachery::control
