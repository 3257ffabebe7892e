// Bills: what a team's caches cost in a month, worked out from usage events by the rule in
// charges.h. A month that has ended is closed by a job, with all its invoices and their deliveries
// in one transaction; a closed invoice is never worked out again and never changed. The month that
// runs can be previewed. No payment is made here: whoever makes it reads the export, or is told of
// each closed invoice by a signed webhook.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/clock.h"
#include "control/invoice_records.h"
#include "control/store.h"

namespace cachery::control {

// After the end of a month, before it is closed: for clocks that differ, of machines with one
// database.
inline constexpr int64_t kInvoiceGraceSeconds = 3600;
inline constexpr std::chrono::seconds kInvoicesPeriod{600};
inline constexpr uint32_t kInvoicePageRowsMax = 1000;

class Invoices {
 public:
  // `currency` is the ISO 4217 code that plans' prices are in. All must outlive it.
  Invoices(Store& store, std::string currency, const Clock& clock)
      : store_(store), currency_(std::move(currency)), clock_(clock) {}

  // The newest first, without lines.
  [[nodiscard]] Result<std::vector<InvoiceRecord>> list(const InvoiceFilter& filter);
  // not_found; internal: it is not what was closed, by its digest.
  [[nodiscard]] Result<Invoice> find(InvoiceId id);
  // Every invoice of a closed month with its lines. conflict: the month is not closed yet.
  [[nodiscard]] Result<std::vector<Invoice>> export_month(BillingMonth month);
  // What the present month has cost so far, one invoice a team, in the order of teams.
  [[nodiscard]] Result<std::vector<Invoice>> preview();

  // The job: closes every month that has ended.
  [[nodiscard]] Status close_ended(const Now& now);

 private:
  [[nodiscard]] Result<std::vector<Invoice>> work_out(Records& records, BillingMonth month,
                                                      int64_t until);
  [[nodiscard]] Status close(BillingMonth month, int64_t unix_seconds);

  Store& store_;
  const std::string currency_;
  const Clock& clock_;
};

// Of an invoice and its lines, in hexadecimal.
std::string digest_of(const Invoice& invoice);

}  // namespace cachery::control
