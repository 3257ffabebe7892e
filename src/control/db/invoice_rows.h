// Closed invoices as rows of `invoices`, `invoice_lines` and `closed_months`: InvoiceRecords on any
// engine. The schema refuses to change or remove them.
#pragma once

#include "control/db/connection.h"
#include "control/invoice_records.h"

namespace cachery::control::db {

class InvoiceRows final : public InvoiceRecords {
 public:
  // It must outlive this.
  explicit InvoiceRows(Connection& database) : database_(database) {}

  Result<std::vector<InvoiceRecord>> list(const InvoiceFilter& filter) override;
  Result<std::optional<InvoiceRecord>> find(InvoiceId id) override;
  Result<std::vector<ChargeLine>> lines_of(InvoiceId id) override;
  Status insert(const Invoice& invoice) override;
  Result<std::optional<BillingMonth>> last_closed_month() override;
  Status close_month(BillingMonth month, int64_t unix_seconds) override;

 private:
  Connection& database_;
};

}  // namespace cachery::control::db
