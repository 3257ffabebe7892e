// Caches as rows of the table `caches`: CacheRecords on any engine. One transaction's: it borrows
// the Connection, which must outlive it.
#pragma once

#include "control/cache_records.h"
#include "control/db/connection.h"
#include "control/touched.h"

namespace cachery::control::db {

class CacheRows final : public CacheRecords {
 public:
  // Both must outlive this. What nodes must know of is noted as touched.
  CacheRows(Connection& database, Touched& touched) : database_(database), touched_(touched) {}

  Result<std::vector<CacheRecord>> all() override;
  Result<std::vector<CacheRecord>> list(const CacheRowsFilter& filter) override;
  Result<std::optional<CacheRecord>> find(CacheId id) override;
  Result<std::vector<CacheRecord>> named(std::string_view name) override;
  Status insert(const CacheRecord& cache) override;
  Status update(const CacheRecord& cache) override;
  Status remove(CacheId id) override;

 private:
  Connection& database_;
  Touched& touched_;
};

}  // namespace cachery::control::db
