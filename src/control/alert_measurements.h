// What alerts are judged by: how much the counters that the nodes show have grown over the window,
// and the limits that are in force. Each judgement looks at the caches that have alerts, and the
// looks of one window are kept; a cache that is new here has no value before two fifths of a window
// are seen. Rejected: the samples of the history, which come once a minute: a window could not be
// shorter, and an alert would be up to a minute late.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <unordered_map>

#include "control/alerts.h"
#include "control/publisher.h"
#include "tenant/node.h"

namespace cachery::control {

// When the certificate that clients are shown ends, unix seconds; nothing: there is none.
using CertificateEnd = std::function<std::optional<int64_t>()>;

class NodeMeasurements final : public AlertMeasurements {
 public:
  // Both must outlive it.
  NodeMeasurements(const tenant::Node& node, const Publisher& publisher,
                   CertificateEnd certificate_end)
      : node_(node), publisher_(publisher), certificate_end_(std::move(certificate_end)) {}

  // The jobs' thread.
  Result<std::optional<AlertMeasures>> of_cache(tenant::CacheId cache,
                                                const TimeWindow& window) override;
  std::optional<int64_t> certificate_end_unix_seconds() const override {
    return certificate_end_ ? certificate_end_() : std::nullopt;
  }

 private:
  struct Look {
    int64_t unix_seconds = 0;
    tenant::CounterValues values;
  };

  void forget_before(int64_t unix_seconds);

  const tenant::Node& node_;
  const Publisher& publisher_;
  const CertificateEnd certificate_end_;
  std::unordered_map<tenant::CacheId, std::deque<Look>> looks_;  // the oldest first
  int64_t forgotten_before_ = 0;
};

}  // namespace cachery::control
