// Records over a Connection: every noun's rows, for the length of one transaction. Adding a noun is
// an include, an accessor and a member here, and the accessor in control/records.h.
#pragma once

#include "control/db/account_rows.h"
#include "control/db/alert_rows.h"
#include "control/db/audit_rows.h"
#include "control/db/cache_rows.h"
#include "control/db/cluster_rows.h"
#include "control/db/connection.h"
#include "control/db/credential_rows.h"
#include "control/db/delivery_rows.h"
#include "control/db/flush_rows.h"
#include "control/db/invoice_rows.h"
#include "control/db/mail_rows.h"
#include "control/db/one_time_secret_rows.h"
#include "control/db/plan_rows.h"
#include "control/db/quota_rows.h"
#include "control/db/sample_rows.h"
#include "control/db/session_rows.h"
#include "control/db/team_rows.h"
#include "control/db/token_rows.h"
#include "control/db/usage_rows.h"
#include "control/db/watched_prefix_rows.h"
#include "control/records.h"

namespace cachery::control::db {

class RowsRecords final : public Records {
 public:
  // It must outlive this.
  explicit RowsRecords(Connection& database) : database_(database) {}

  Result<uint64_t> next(const Sequence& sequence) override;
  Result<uint64_t> last(const Sequence& sequence) override;
  const Touched& touched() const override { return touched_; }

  AccountRecords& accounts() override { return accounts_; }
  AlertRecords& alerts() override { return alerts_; }
  AuditRecords& audit() override { return audit_; }
  CacheRecords& caches() override { return caches_; }
  ClusterRecords& clusters() override { return clusters_; }
  CredentialRecords& credentials() override { return credentials_; }
  DeliveryRecords& deliveries() override { return deliveries_; }
  FlushRecords& flushes() override { return flushes_; }
  InvoiceRecords& invoices() override { return invoices_; }
  MailRecords& mails() override { return mails_; }
  PlanRecords& plans() override { return plans_; }
  QuotaRecords& quotas() override { return quotas_; }
  SampleRecords& samples() override { return samples_; }
  OneTimeSecretRecords& secrets() override { return secrets_; }
  SessionRecords& sessions() override { return sessions_; }
  TeamRecords& teams() override { return teams_; }
  TokenRecords& tokens() override { return tokens_; }
  UsageRecords& usage() override { return usage_; }
  WatchedPrefixRecords& watched_prefixes() override { return watched_prefixes_; }

 private:
  Connection& database_;
  Touched touched_;
  AccountRows accounts_{database_};
  AlertRows alerts_{database_};
  AuditRows audit_{database_};
  CacheRows caches_{database_, touched_};
  ClusterRows clusters_{database_};
  CredentialRows credentials_{database_, touched_};
  DeliveryRows deliveries_{database_};
  FlushRows flushes_{database_};
  InvoiceRows invoices_{database_};
  MailRows mails_{database_};
  PlanRows plans_{database_, touched_};
  QuotaRows quotas_{database_};
  SampleRows samples_{database_};
  OneTimeSecretRows secrets_{database_};
  SessionRows sessions_{database_};
  TeamRows teams_{database_, touched_};
  TokenRows tokens_{database_};
  UsageRows usage_{database_};
  WatchedPrefixRows watched_prefixes_{database_};
};

}  // namespace cachery::control::db
