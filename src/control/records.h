// All that is kept, noun by noun: a transaction is given Records and reaches each noun's rows by
// one accessor. A noun is a header of its own, control/<noun>_records.h, with the record and an
// abstract class; control/db/<noun>_rows.h implements it. How to add one: control/db/README.md.
#pragma once

#include <cstdint>

#include "base/error.h"
#include "control/sequence.h"
#include "control/touched.h"

namespace cachery::control {

class AccountRecords;
class AlertRecords;
class AuditRecords;
class CacheRecords;
class ClusterRecords;
class CredentialRecords;
class DeliveryRecords;
class FlushRecords;
class InvoiceRecords;
class MailRecords;
class OneTimeSecretRecords;
class PlanRecords;
class QuotaRecords;
class SampleRecords;
class SessionRecords;
class TeamRecords;
class TokenRecords;
class UsageRecords;
class WatchedPrefixRecords;

// Valid, as all that it hands out, during the transaction that it was handed to.
class Records {
 public:
  virtual ~Records() = default;

  [[nodiscard]] virtual Result<uint64_t> next(const Sequence& sequence) = 0;
  // The last one given; one less than the first when none was.
  [[nodiscard]] virtual Result<uint64_t> last(const Sequence& sequence) = 0;
  // What this transaction has changed so far of what nodes must know.
  virtual const Touched& touched() const = 0;

  virtual AccountRecords& accounts() = 0;
  virtual AlertRecords& alerts() = 0;
  virtual AuditRecords& audit() = 0;
  virtual CacheRecords& caches() = 0;
  virtual ClusterRecords& clusters() = 0;
  virtual CredentialRecords& credentials() = 0;
  virtual DeliveryRecords& deliveries() = 0;
  virtual FlushRecords& flushes() = 0;
  virtual InvoiceRecords& invoices() = 0;
  virtual MailRecords& mails() = 0;
  virtual PlanRecords& plans() = 0;
  virtual QuotaRecords& quotas() = 0;
  virtual SampleRecords& samples() = 0;
  virtual OneTimeSecretRecords& secrets() = 0;
  virtual SessionRecords& sessions() = 0;
  virtual TeamRecords& teams() = 0;
  virtual TokenRecords& tokens() = 0;
  virtual UsageRecords& usage() = 0;
  virtual WatchedPrefixRecords& watched_prefixes() = 0;
};

}  // namespace cachery::control
