// What alerts are judged by, from the history that is kept of every cache and from the limits that
// are in force on the nodes.
#pragma once

#include <functional>
#include <optional>

#include "control/alerts.h"
#include "control/publisher.h"
#include "control/series_reader.h"

namespace cachery::control {

// When the certificate that clients are shown ends, unix seconds; nothing: there is none.
using CertificateEnd = std::function<std::optional<int64_t>()>;

class SampleMeasurements final : public AlertMeasurements {
 public:
  // Both must outlive it.
  SampleMeasurements(Store& store, const Publisher& publisher, CertificateEnd certificate_end)
      : series_(store), publisher_(publisher), certificate_end_(std::move(certificate_end)) {}

  Result<std::optional<AlertMeasures>> of_cache(tenant::CacheId cache,
                                                const TimeWindow& window) override;
  std::optional<int64_t> certificate_end_unix_seconds() const override {
    return certificate_end_ ? certificate_end_() : std::nullopt;
  }

 private:
  SeriesReader series_;
  const Publisher& publisher_;
  const CertificateEnd certificate_end_;
};

}  // namespace cachery::control
