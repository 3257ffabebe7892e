// Caches: made, resized, turned off and thrown away. Every change is one transaction with its audit
// row, in force when the call returns. A name is an address too (the command line takes either), so
// a name is unique in its team and cannot look like an id.
//
// A deleted cache can be had back for a day: until it is purged its row, its credentials and its
// items stay, but its name is free, nobody can log in, and only restore() and purge() see it.
// Rejected: deleting at once and restoring from a copy, which would bring it back empty.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/audit.h"
#include "control/cache_name.h"
#include "control/cache_records.h"
#include "control/cluster_records.h"
#include "control/credentials.h"
#include "control/plan_records.h"
#include "control/quotas.h"

namespace cachery::control {

inline constexpr int64_t kUndoSeconds = 24 * 3600;  // how long a deleted cache can be restored

// How large a cache is to be: exactly one of them is set.
struct CacheSize {
  std::string plan = {};     // a plan's slug
  uint64_t mib = 0;          // an operator's own size; the limit is 1.1 times it, as for a plan
  uint64_t limit_bytes = 0;  // the limit itself: for the one cache of a developer's machine
};

struct NewCache {
  std::string name = {};
  CacheSize size = {};
  TeamId team = 0;
  std::string region = {};  // empty: anywhere
  TeamBound bound = TeamBound::kept;
};

// Only what is set changes, all of it or nothing.
struct CachePatch {
  std::optional<std::string> name = {};
  std::optional<CacheSize> size = {};
  std::optional<bool> is_enabled = {};
  std::optional<TeamId> team = {};
  DisabledBy by = DisabledBy::owner;  // who enables or disables: owner or operator_
  TeamBound bound = TeamBound::kept;  // of its team, and of the one that it goes to
};

struct CacheDetails {
  CacheRecord cache;
  Plan plan = {};  // custom_plan() for a size of its own
  ClusterRecord cluster = {};
  std::string team_name = {};    // empty: it is the operator's
  std::string link_secret = {};  // of its single sign-on address; empty: it has none
  std::vector<OpenCredential> credentials;

  const OpenCredential& primary() const;
};

// Opening what is sealed costs more than the rest of a long list.
enum class Secrets : uint8_t { opened, left_sealed };

// Which caches are wanted, and what of them.
struct CacheFilter {
  std::optional<std::vector<TeamId>> teams = {};  // not set: of every team and of none
  bool is_deleted = false;                        // the deleted ones alone, or none of them
  CachePage page = {};
  Secrets secrets = Secrets::opened;  // left_sealed: passwords and link secrets are empty
};

inline constexpr uint32_t kCachesPageMax = 1000;  // of what a client may ask for

class Caches {
 public:
  // What a caller may see; of what it may not, it is told that there is none. Empty: everything.
  using Sees = std::function<bool(const CacheRecord&)>;

  // All must outlive it.
  struct Needs {
    Store& store;
    Publisher& publisher;
    Credentials& credentials;
    const Sealer& sealer;
    const Audit& audit;
    tenant::Node& node;
    const Clock& clock;
    const Quotas& quotas;
  };
  explicit Caches(const Needs& needs) : needs_(needs) {}

  // exhausted: its team may not have it, or no node could hold it.
  [[nodiscard]] Result<CacheDetails> create(const Actor& actor, const NewCache& wanted);
  // At the first start only: nothing happens when a cache has ever been made, even if it is gone.
  [[nodiscard]] Status create_first(const NewCache& wanted);
  // In the order of their ids.
  [[nodiscard]] Result<std::vector<CacheDetails>> list(const CacheFilter& filter = {}) const;
  // The same without their credentials and passwords, which cost most.
  [[nodiscard]] Result<std::vector<CacheRecord>> list_records(const CacheFilter& filter) const;
  // By its id in digits, or by its name in any case. conflict: several have the name.
  [[nodiscard]] Result<CacheDetails> find(std::string_view id_or_name, const Sees& sees = {}) const;
  // The same without its credentials and passwords.
  [[nodiscard]] Result<CacheRecord> find_record(std::string_view id_or_name,
                                                const Sees& sees = {}) const;
  // One that is deleted, by its id.
  [[nodiscard]] Result<CacheRecord> find_deleted(CacheId id) const;

  // exhausted: its team may not have so much, or no node could hold it.
  // A resize goes unnoticed by clients: nothing is lost on the way up, the least useful items on
  // the way down. A disabled cache keeps its items, but its clients are disconnected and refused.
  [[nodiscard]] Result<CacheDetails> update(const Actor& actor, CacheId id,
                                            const CachePatch& patch);
  [[nodiscard]] Status flush(const Actor& actor, CacheId id);
  [[nodiscard]] Status reset_counters(const Actor& actor, CacheId id);

  [[nodiscard]] Status remove(const Actor& actor, CacheId id);
  // As it was, items and all; under another name, if one is given. conflict: the name is taken.
  [[nodiscard]] Result<CacheDetails> restore(const Actor& actor, CacheId id,
                                             const std::optional<std::string>& name = {});
  // For good, whether it was deleted before or not.
  [[nodiscard]] Status purge(const Actor& actor, CacheId id);
  // The job: those whose day is over.
  [[nodiscard]] Status purge_deleted(const Now& now);

 private:
  [[nodiscard]] Result<CacheDetails> details(Records& records, CacheRecord cache) const;
  // Opens what is sealed: the passwords and the address.
  void open(CacheDetails& details, const std::vector<CredentialRecord>& credentials) const;
  // In the transaction of every change: its audit row, and what the cache is charged from now on.
  [[nodiscard]] Status note(Records& records, const Actor& actor, std::string_view verb,
                            const CacheRecord* before, const CacheRecord* after) const;
  // In the transaction of a change, after its rows are written: whether the machine holds the
  // cache, and whether its team may have it. `before` is null for a new one.
  [[nodiscard]] Status check_bounds(Records& records, const Capacity& capacity, TeamBound bound,
                                    const CacheRecord* before, const CacheRecord& after) const;
  [[nodiscard]] Status note_use(Records& records, const Actor& actor, CacheId id,
                                std::string_view verb) const;

  const Needs needs_;
};

}  // namespace cachery::control
