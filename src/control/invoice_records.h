// Closed invoices as rows: written once, never changed (the database refuses it). A month is closed
// when its row is there, with all of its invoices, in one transaction. Its twin in control/db:
// invoice_rows.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "control/billing_month.h"
#include "control/charges.h"
#include "control/sequence.h"

namespace cachery::control {

using InvoiceId = uint64_t;

inline constexpr Sequence kInvoiceIds{.name = "invoice"};

struct InvoiceRecord {
  InvoiceId id = 0;   // 0: a preview
  uint64_t team = 0;  // 0: none, the operator's own caches
  std::string team_name = {};
  BillingMonth month = {};
  std::string currency = {};  // ISO 4217
  int64_t total_minor = 0;
  int64_t closed_unix_seconds = 0;  // 0: a preview
  // SHA-256 of all of the above and of the lines, in hexadecimal: shows a row that was changed past
  // the database's refusal.
  std::string digest = {};
};

struct Invoice {
  InvoiceRecord record = {};
  std::vector<ChargeLine> lines = {};
};

struct InvoiceFilter {
  std::optional<uint64_t> team = {};
  std::optional<BillingMonth> month = {};
  InvoiceId before = 0;  // only smaller ids; 0: from the newest on
  uint32_t count_max = 0;
};

class InvoiceRecords {
 public:
  virtual ~InvoiceRecords() = default;

  // The newest first.
  [[nodiscard]] virtual Result<std::vector<InvoiceRecord>> list(const InvoiceFilter& filter) = 0;
  [[nodiscard]] virtual Result<std::optional<InvoiceRecord>> find(InvoiceId id) = 0;
  // In the order in which they were charged.
  [[nodiscard]] virtual Result<std::vector<ChargeLine>> lines_of(InvoiceId id) = 0;
  [[nodiscard]] virtual Status insert(const Invoice& invoice) = 0;

  [[nodiscard]] virtual Result<std::optional<BillingMonth>> last_closed_month() = 0;
  // conflict: it is closed already.
  [[nodiscard]] virtual Status close_month(BillingMonth month, int64_t unix_seconds) = 0;
};

}  // namespace cachery::control
