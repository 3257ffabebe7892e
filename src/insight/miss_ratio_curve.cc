#include "insight/miss_ratio_curve.h"

#include <algorithm>
#include <cmath>

namespace cachery::insight {
namespace {

constexpr uint32_t kAgeEverySeconds = 600;
constexpr double kAnchorShare = 0.5;

}  // namespace

MissRatioCurve::MissRatioCurve(uint64_t limit_bytes) : limit_bytes_(limit_bytes) {
  miniatures_.reserve(kSizes.size());
  for (const double size : kSizes) {
    miniatures_.emplace_back(static_cast<uint64_t>(size * static_cast<double>(limit_bytes)));
  }
}

void MissRatioCurve::start_over(uint64_t limit_bytes) {
  const bool has_played = reads_ > 0 || is_warming_up_;
  *this = MissRatioCurve(limit_bytes);
  is_warming_up_ = has_played;
}

void MissRatioCurve::note(const Sample& sample) {
  keep_pace(sample.now);
  const uint64_t position = position_of(sample.hash);
  threshold_ = 0;
  for (size_t i = 0; i < miniatures_.size(); ++i) {
    Miniature& miniature = miniatures_[i];
    if (position < miniature.threshold()) {
      const double weight = miniature.weight();  // before a halving that this sample causes
      if (miniature.play(sample) == Miniature::Answer::miss) sampled_misses_[i] += weight;
    }
    threshold_ = std::max(threshold_, miniature.threshold());
  }
}

// Past its pace the widest samples are halved: what one sample costs is paid by few requests.
void MissRatioCurve::keep_pace(uint32_t now) {
  if (now != second_) {
    second_ = now;
    samples_ = 0;
  }
  if (++samples_ < kSamplesPerSecond) return;
  samples_ = 0;
  for (Miniature& miniature : miniatures_) {
    if (miniature.threshold() == threshold_) miniature.halve();
  }
}

void MissRatioCurve::count(uint64_t reads, uint64_t misses, uint32_t now) {
  if (is_warming_up_) {
    if (warm_at_ == 0) warm_at_ = now + kWarmUpSeconds;
    sampled_misses_ = {};
    if (now < warm_at_) return;
    is_warming_up_ = false;
  }
  if (warm_at_ == 0) warm_at_ = now;
  reads_ += static_cast<double>(reads);
  misses_ += static_cast<double>(misses);
  if (aged_at_ == 0) aged_at_ = now;
  if (now < aged_at_ + kAgeEverySeconds) return;
  const double share = std::exp2(-static_cast<double>(now - aged_at_) / kHalfLifeSeconds);
  aged_at_ = now;
  reads_ *= share;
  misses_ *= share;
  for (double& sampled : sampled_misses_) sampled *= share;
}

void MissRatioCurve::clear_items() {
  for (Miniature& miniature : miniatures_) miniature.clear();
}

tenant::MissRatioCurve MissRatioCurve::read() const {
  tenant::MissRatioCurve curve{
      .limit_bytes = limit_bytes_, .reads = reads_, .ready_unix_seconds = warm_at_};
  if (reads_ < 1) return curve;
  const double present = misses_ / reads_;
  const double shift = kAnchorShare * (present - sampled_misses_[kPresent] / reads_);
  for (size_t i = 0; i < kSizes.size(); ++i) {
    const double sampled = std::clamp(sampled_misses_[i] / reads_ + shift, 0.0, 1.0);
    // More memory never costs hits: what looks like it is the sample's noise.
    const double ratio = i == kPresent  ? present
                         : i < kPresent ? std::max(sampled, present)
                                        : std::min(sampled, curve.points.back().miss_ratio);
    curve.points.push_back(
        {.memory_bytes = static_cast<uint64_t>(kSizes[i] * static_cast<double>(limit_bytes_)),
         .miss_ratio = ratio,
         .keys_per_sample = miniatures_[i].weight()});
  }
  for (size_t i = kPresent; i-- > 0;) {
    curve.points[i].miss_ratio =
        std::max(curve.points[i].miss_ratio, curve.points[i + 1].miss_ratio);
  }
  return curve;
}

size_t MissRatioCurve::memory_bytes() const {
  size_t bytes = sizeof *this;
  for (const Miniature& miniature : miniatures_)
    bytes += sizeof miniature + miniature.memory_bytes();
  return bytes;
}

}  // namespace cachery::insight
