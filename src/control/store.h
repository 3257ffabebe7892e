// Where records are kept, as the services see it: a transaction is a function that is given Records
// and either happens whole or not at all. The services decide, the store only keeps: no rule about
// caches is written in SQL but uniqueness and references, which two processes could break.
// Implemented by control/db; faults are unavailable (locked, full, gone: nothing was changed),
// conflict (a uniqueness that a service did not check first) and internal.
#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "control/records.h"

namespace cachery::control {

// Numbers that only grow: an id is never given twice, not even after a delete.
enum class Sequence { cache, credential, revision };

// Valid during the transaction that it was handed to.
class Records {
 public:
  virtual ~Records() = default;

  [[nodiscard]] virtual Result<uint64_t> next(Sequence sequence) = 0;
  // The last one given; one less than the first when none was.
  [[nodiscard]] virtual Result<uint64_t> last(Sequence sequence) = 0;

  // In the order of their ids.
  [[nodiscard]] virtual Result<std::vector<CacheRecord>> caches() = 0;
  [[nodiscard]] virtual Result<std::optional<CacheRecord>> cache(CacheId id) = 0;
  [[nodiscard]] virtual Result<std::optional<CacheRecord>> cache_named(std::string_view name) = 0;
  [[nodiscard]] virtual Status insert(const CacheRecord& cache) = 0;
  [[nodiscard]] virtual Status update(const CacheRecord& cache) = 0;
  // Its credentials go with it.
  [[nodiscard]] virtual Status remove_cache(CacheId id) = 0;

  // In the order of their caches, then of their ids.
  [[nodiscard]] virtual Result<std::vector<CredentialRecord>> credentials() = 0;
  [[nodiscard]] virtual Result<std::vector<CredentialRecord>> credentials_of(CacheId cache) = 0;
  [[nodiscard]] virtual Result<bool> has_username(std::string_view username) = 0;
  [[nodiscard]] virtual Status insert(const CredentialRecord& credential) = 0;
  [[nodiscard]] virtual Status update(const CredentialRecord& credential) = 0;
  [[nodiscard]] virtual Status remove_credential(CredentialId id) = 0;
};

class Store {
 public:
  using Work = std::function<Status(Records&)>;

  virtual ~Store() = default;
  // Commits when `work` succeeds, rolls back when it fails. Any thread; one at a time.
  [[nodiscard]] virtual Status write(const Work& work) = 0;
  // One consistent view; `work` must not change anything.
  [[nodiscard]] virtual Status read(const Work& work) = 0;
};

}  // namespace cachery::control
