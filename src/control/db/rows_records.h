// Records over a Connection: every noun's rows, for the length of one transaction. Adding a noun is
// an include, an accessor and a member here, and the accessor in control/records.h.
#pragma once

#include "control/db/account_rows.h"
#include "control/db/alert_rows.h"
#include "control/db/cache_rows.h"
#include "control/db/connection.h"
#include "control/db/credential_rows.h"
#include "control/db/delivery_rows.h"
#include "control/db/invoice_rows.h"
#include "control/db/mail_rows.h"
#include "control/db/one_time_secret_rows.h"
#include "control/db/sample_rows.h"
#include "control/db/session_rows.h"
#include "control/db/team_rows.h"
#include "control/db/token_rows.h"
#include "control/db/usage_rows.h"
#include "control/records.h"

namespace cachery::control::db {

class RowsRecords final : public Records {
 public:
  // It must outlive this.
  explicit RowsRecords(Connection& database) : database_(database) {}

  Result<uint64_t> next(const Sequence& sequence) override;
  Result<uint64_t> last(const Sequence& sequence) override;

  CacheRecords& caches() override { return caches_; }
  CredentialRecords& credentials() override { return credentials_; }
  AccountRecords& accounts() override { return accounts_; }
  AlertRecords& alerts() override { return alerts_; }
  DeliveryRecords& deliveries() override { return deliveries_; }
  InvoiceRecords& invoices() override { return invoices_; }
  MailRecords& mails() override { return mails_; }
  OneTimeSecretRecords& secrets() override { return secrets_; }
  SampleRecords& samples() override { return samples_; }
  SessionRecords& sessions() override { return sessions_; }
  TeamRecords& teams() override { return teams_; }
  TokenRecords& tokens() override { return tokens_; }
  UsageRecords& usage() override { return usage_; }

 private:
  Connection& database_;
  CacheRows caches_{database_};
  CredentialRows credentials_{database_};
  AccountRows accounts_{database_};
  AlertRows alerts_{database_};
  DeliveryRows deliveries_{database_};
  InvoiceRows invoices_{database_};
  MailRows mails_{database_};
  OneTimeSecretRows secrets_{database_};
  SampleRows samples_{database_};
  SessionRows sessions_{database_};
  TeamRows teams_{database_};
  TokenRows tokens_{database_};
  UsageRows usage_{database_};
};

}  // namespace cachery::control::db
