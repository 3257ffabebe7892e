#include "bench/report.h"

#include <fmt/format.h>

namespace cachery::bench {
namespace {

double per_second(uint64_t count, double seconds) {
  return seconds > 0 ? static_cast<double>(count) / seconds : 0;
}

double hit_ratio(const Tally& tally) {
  const uint64_t asked = tally.hits + tally.misses;
  return asked > 0 ? static_cast<double>(tally.hits) / static_cast<double>(asked) : 0;
}

double microseconds(const LoadReport& report, double quantile) {
  return static_cast<double>(report.latency_ns.quantile(quantile)) / 1e3;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += fmt::format("\\{}", c);
    } else if (c < 0x20 || c == 0x7f) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

bool is_sound(const LoadReport& report) {
  const Tally& tally = report.tally;
  return tally.errors == 0 && tally.wrong_values == 0 && tally.connections_lost == 0;
}

std::string report_as_text(const LoadReport& report) {
  const Tally& tally = report.tally;
  std::string text = fmt::format(
      "requests      {:.0f} a second ({} in {:.2f} s)\n"
      "keys          {:.0f} a second ({} hits, {} misses, {} stored; hit ratio {:.4f})\n"
      "latency (us)  p50 {:.1f}  p99 {:.1f}  p99.9 {:.1f}  max {:.1f}\n"
      "bytes         {:.1f} MB/s read, {:.1f} MB/s written\n"
      "errors        {} errors, {} wrong values, {} connections lost\n",
      per_second(tally.requests, report.seconds), tally.requests, report.seconds,
      per_second(tally.keys(), report.seconds), tally.hits, tally.misses, tally.stored,
      hit_ratio(tally), microseconds(report, 0.5), microseconds(report, 0.99),
      microseconds(report, 0.999), static_cast<double>(report.latency_ns.max()) / 1e3,
      per_second(tally.bytes_read, report.seconds) / 1e6,
      per_second(tally.bytes_written, report.seconds) / 1e6, tally.errors, tally.wrong_values,
      tally.connections_lost);
  if (!tally.first_error.empty()) {
    text += fmt::format("first error   {}\n", escaped(tally.first_error));
  }
  return text + fmt::format("seed          {}\n", report.seed);
}

std::string report_as_json(const LoadReport& report) {
  const Tally& tally = report.tally;
  return fmt::format(
      R"({{"seconds":{:.3f},"requests":{},"requests_per_second":{:.1f},"keys_per_second":{:.1f},)"
      R"("hits":{},"misses":{},"stored":{},"hit_ratio":{:.6f},)"
      R"("p50_us":{:.1f},"p99_us":{:.1f},"p999_us":{:.1f},"max_us":{:.1f},)"
      R"("bytes_read":{},"bytes_written":{},"errors":{},"wrong_values":{},)"
      R"("connections_lost":{},"first_error":"{}","seed":{}}})",
      report.seconds, tally.requests, per_second(tally.requests, report.seconds),
      per_second(tally.keys(), report.seconds), tally.hits, tally.misses, tally.stored,
      hit_ratio(tally), microseconds(report, 0.5), microseconds(report, 0.99),
      microseconds(report, 0.999), static_cast<double>(report.latency_ns.max()) / 1e3,
      tally.bytes_read, tally.bytes_written, tally.errors, tally.wrong_values,
      tally.connections_lost, escaped(tally.first_error), report.seed);
}

}  // namespace cachery::bench
