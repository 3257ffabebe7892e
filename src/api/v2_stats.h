// Counters and their history, for whoever holds a credential: rows 12 to 15 of the analytics API v2
// (stats, processed_stats, the same per server, latency). Answers of history have the shape of a
// time-series store's results, because scripts read it: [{"name", "tags", "columns", "values"}].
#pragma once

#include <string>
#include <vector>

#include "api/addresses.h"
#include "api/v2.h"
#include "base/clock.h"
#include "control/node_watch.h"
#include "control/series_reader.h"
#include "http/json.h"
#include "http/schema.h"
#include "tenant/node.h"

namespace cachery::api {

// All of it outlives the endpoints.
struct HistoryServices {
  control::SeriesReader& reader;
  const tenant::Node& node;
  const ServiceAddresses& addresses;
  const Clock& clock;
  const control::NodeWatch& watch;
};

std::vector<V2Row> v2_stats_rows(const HistoryServices& services);

// The documented fields of a cache's counters, and the time; no others.
http::json::object documented_stats(const tenant::CounterValues& values, int64_t unix_seconds);
http::Schema documented_stats_schema();
// [{"name", "columns", "values"}], each with the tags of its server if it is of one.
enum class Tags : uint8_t { none, server };
http::Schema results_schema(std::string_view name, Tags tags);
// startTime and endTime.
http::Description with_window(http::Description description, const WindowNames& names = {});
// "cache.example.org:11211"
std::string server_name(const ServiceAddresses& addresses, uint32_t node);
// A whole number where it is one; null where there is none.
http::json::value number_or_null(std::optional<double> value);
// The series that a comma-separated list names, each once. invalid: no name, one that is not known,
// one twice.
[[nodiscard]] Result<std::vector<const control::Series*>> series_of(std::string_view names);

}  // namespace cachery::api
