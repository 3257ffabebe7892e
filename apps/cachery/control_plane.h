// The control plane of one machine, put together: database, services, HTTP. It is given the node
// that its snapshots go to, and knows nothing else of the data plane.
// - open(): the database. Nothing listens yet.
// - start(): at the very first one a first cache is made; the snapshot is in force on the node,
//   then HTTP answers. Not ready yet.
// - say_ready(): /readyz turns green. The caller knows when everything else runs.
// - stop(): not ready, no more HTTP, no threads. The node keeps serving what it has.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/addresses.h"
#include "base/clock.h"
#include "base/error.h"
#include "control/admission.h"
#include "control/alert_measurements.h"
#include "control/audit.h"
#include "control/quotas.h"
#include "http/server.h"
#include "outgoing/smtp_sender.h"
#include "people.h"
#include "tenant/node.h"
#include "trusted_proxies.h"

namespace cachery {

struct ControlPlaneSettings {
  std::string database = {};    // what control/db/rows_store.h opens; empty: in memory
  std::string master_key = {};  // 64 hex digits
  std::string operator_token = {};
  http::ServerSettings http = {};
  control::NodeFacts facts = {};
  api::ServiceAddresses addresses = {};
  // Set: the first cache has exactly this limit (--local). Else it is of the plan dev.
  std::optional<uint64_t> first_cache_bytes = {};
  // What alerts on the certificate are judged by; empty: there is none.
  control::CertificateEnd certificate_end = {};
  std::string currency = "USD";   // of plans' prices, ISO 4217
  control::QuotaSettings quotas = {};
  control::AuditSettings audit = {};
  int64_t alert_window_seconds = control::kAlertWindowSeconds;
  // Alerts may be delivered to loopback and private addresses too.
  bool delivers_anywhere = false;
  PeopleSettings people = {};
  // Where links lead unless `people` says it, from the HTTP port.
  std::function<std::string(uint16_t)> origin = {};
  TrustedProxies proxies = {};
  std::vector<std::string> http_hosts = {};  // names beside its own that lead here (front_door.h)
  std::optional<outgoing::MailServer> mail_server = {};  // nothing: no mail is sent
};

class ControlPlane {
 public:
  virtual ~ControlPlane() = default;  // stops

  // `node` and `clock` must outlive it. conflict: the database is sealed with another master key.
  [[nodiscard]] static Result<std::unique_ptr<ControlPlane>> open(ControlPlaneSettings settings,
                                                                  tenant::Node& node,
                                                                  const Clock& clock);

  [[nodiscard]] virtual Status start() = 0;
  virtual uint16_t http_port() const = 0;  // after start()
  // After start(): the link that makes the first operator; nothing when there is one already.
  virtual std::optional<std::string> operator_link() const = 0;
  virtual void say_ready() = 0;
  virtual void stop() = 0;
};

}  // namespace cachery
