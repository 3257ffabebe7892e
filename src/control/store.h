// Where records are kept, as the services see it: a transaction is a function that is given Records
// and either happens whole or not at all. The services decide, the store only keeps: no rule about
// caches is written in SQL but uniqueness and references, which two processes could break.
// Implemented by control/db on every engine; faults are unavailable (locked, full, gone: nothing
// was changed), conflict (a uniqueness that a service did not check first) and internal.
#pragma once

#include <functional>

#include "base/error.h"
#include "control/records.h"

namespace cachery::control {

class Store {
 public:
  using Work = std::function<Status(Records&)>;

  virtual ~Store() = default;
  // Commits when `work` succeeds, rolls back when it fails; `work` runs once at most. Any thread;
  // one writer at a time, over all processes of the database. When a row operation failed the
  // transaction is lost: `work` returns that fault (and if it does not, the store does).
  [[nodiscard]] virtual Status write(const Work& work) = 0;
  // One consistent view, which waits for no writer; `work` must not change anything.
  [[nodiscard]] virtual Status read(const Work& work) = 0;
};

}  // namespace cachery::control
