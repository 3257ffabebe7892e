#include "control/watched_prefixes.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "control/transaction.h"

namespace cachery::control {
namespace {

Status check_name(std::string_view name) {
  if (name.empty() || name.size() > tenant::kWatchedPrefixBytesMax) {
    return fail(Fault::invalid, fmt::format("a prefix has 1 to {} bytes, this one has {}",
                                            tenant::kWatchedPrefixBytesMax, name.size()));
  }
  const auto is_bad = [](char character) {
    return static_cast<unsigned char>(character) <= ' ' || character == '\x7f';
  };
  if (std::ranges::any_of(name, is_bad)) {
    return fail(Fault::invalid, "a prefix holds no blanks and no control characters: no key does");
  }
  return {};
}

// The bytes of a key as text: what is no printable ASCII as \x and two hex digits.
std::string printable(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c > ' ' && c < 0x7f) {
      out += c;
    } else {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

double growth(uint64_t before, uint64_t after) {
  return static_cast<double>(after < before ? after : after - before);
}

}  // namespace

Result<std::vector<WatchedPrefixRecord>> WatchedPrefixes::list(tenant::CacheId cache) {
  return read(store_, [&](Records& records) { return records.watched_prefixes().of(cache); });
}

Result<WatchedPrefixRecord> WatchedPrefixes::find(tenant::CacheId cache, WatchedPrefixId id) {
  const auto all = list(cache);
  if (!all) return std::unexpected(all.error());
  const auto found = std::ranges::find(*all, id, &WatchedPrefixRecord::id);
  if (found == all->end()) {
    return fail(Fault::not_found, fmt::format("no watched prefix has the id {}", id));
  }
  return *found;
}

Result<WatchedPrefixRecord> WatchedPrefixes::watch(const Actor& actor, tenant::CacheId cache,
                                                   std::string_view name) {
  if (const Status good = check_name(name); !good) return std::unexpected(good.error());
  auto made = write(store_, [&](Records& records) -> Result<WatchedPrefixRecord> {
    const auto watched = records.watched_prefixes().of(cache);
    if (!watched) return std::unexpected(watched.error());
    const auto known = std::ranges::find(*watched, name, &WatchedPrefixRecord::name);
    if (known != watched->end()) return *known;
    if (watched->size() >= tenant::kWatchedPrefixesMax) {
      return fail(Fault::conflict, fmt::format("{} prefixes are watched, the most for a cache: "
                                               "delete one first",
                                               watched->size()));
    }
    const auto id = records.next(kWatchedPrefixIds);
    if (!id) return std::unexpected(id.error());
    WatchedPrefixRecord prefix{*id, cache, std::string(name), clock_.now().unix_seconds};
    if (const Status done = records.watched_prefixes().insert(prefix); !done) {
      return std::unexpected(done.error());
    }
    if (auto noted = note(records, actor, "create", prefix); !noted) {
      return std::unexpected(noted.error());
    }
    return prefix;
  });
  if (!made) return made;
  if (const Status told = tell_node(cache); !told) return std::unexpected(told.error());
  return made;
}

Status WatchedPrefixes::unwatch(const Actor& actor, tenant::CacheId cache, WatchedPrefixId id) {
  const auto found = find(cache, id);
  if (!found) return std::unexpected(found.error());
  const Status removed = store_.write([&](Records& records) -> Status {
    if (auto done = records.watched_prefixes().remove(id); !done) return done;
    return note(records, actor, "delete", *found);
  });
  if (!removed) return removed;
  return tell_node(cache);
}

Status WatchedPrefixes::note(Records& records, const Actor& actor, std::string_view verb,
                             const WatchedPrefixRecord& prefix) const {
  boost::json::object about{{"prefix", printable(prefix.name)}};
  const bool is_gone = verb == "delete";
  return audit_.note(records, actor,
                     {.action = fmt::format("watched_prefix.{}", verb),
                      .object_kind = "watched_prefix",
                      .object_id = std::to_string(prefix.id),
                      .cache = prefix.cache,
                      .before = is_gone ? about : boost::json::object(),
                      .after = is_gone ? boost::json::object() : about});
}

Status WatchedPrefixes::tell_node(tenant::CacheId cache) {
  const auto watched = list(cache);
  if (!watched) return std::unexpected(watched.error());
  std::vector<std::string> names;
  for (const WatchedPrefixRecord& prefix : *watched) names.push_back(prefix.name);
  const Status told = node_.introspection().watch_prefixes(cache, std::move(names));
  // A node that does not know the cache yet is told by the job.
  if (!told && told.error().fault != Fault::not_found) return told;
  return {};
}

Result<tenant::PopularItems> WatchedPrefixes::popular_items(const WatchedPrefixRecord& prefix) {
  auto items = node_.introspection().popular_items(prefix.cache, prefix.name);
  // The node has not been told since it started.
  if (!items && items.error().fault == Fault::not_found) return tenant::PopularItems{};
  return items;
}

Status WatchedPrefixes::run(const Now& now) {
  const auto all = read(store_, [](Records& records) { return records.watched_prefixes().all(); });
  if (!all) return std::unexpected(all.error());
  std::map<tenant::CacheId, std::map<std::string, WatchedPrefixId>> by_cache;
  for (const WatchedPrefixRecord& prefix : *all) by_cache[prefix.cache][prefix.name] = prefix.id;
  std::vector<PrefixSampleRecord> samples;
  for (const auto& [cache, ids] : by_cache) {
    std::vector<std::string> names;
    for (const auto& [name, id] : ids) names.push_back(name);
    if (!node_.introspection().watch_prefixes(cache, std::move(names))) continue;
    const auto stats = node_.introspection().prefix_stats(cache);
    if (!stats) continue;
    for (const tenant::PrefixStats& one : *stats) {
      const auto id = ids.find(one.prefix);
      if (id == ids.end()) continue;  // watched no more
      samples.push_back({id->second, now.unix_seconds, one.items, one.bytes, one.hits, one.misses,
                         one.mutations});
    }
  }
  return store_.write([&](Records& records) -> Status {
    for (const PrefixSampleRecord& sample : samples) {
      if (const Status done = records.watched_prefixes().put(sample); !done) return done;
    }
    return records.watched_prefixes().remove_samples_before(now.unix_seconds -
                                                            kPrefixSamplesKeptSeconds);
  });
}

Result<std::vector<PrefixPoint>> WatchedPrefixes::points(WatchedPrefixId id,
                                                         const TimeWindow& window,
                                                         int64_t step_seconds) {
  // One more before the window: the first point's rates are against it.
  const TimeWindow wider{window.start - 2 * kPrefixSampleSeconds, window.end};
  const auto samples =
      read(store_, [&](Records& records) { return records.watched_prefixes().samples(id, wider); });
  if (!samples) return std::unexpected(samples.error());
  auto points = points_of(*samples, step_seconds);
  std::erase_if(
      points, [&](const PrefixPoint& point) { return point.start + step_seconds <= window.start; });
  return points;
}

std::vector<PrefixPoint> points_of(const std::vector<PrefixSampleRecord>& samples,
                                   int64_t step_seconds) {
  std::vector<PrefixPoint> points;
  std::vector<double> seconds;  // of each point
  for (size_t i = 1; i < samples.size(); ++i) {
    const PrefixSampleRecord& before = samples[i - 1];
    const PrefixSampleRecord& now = samples[i];
    const int64_t start = before.at_unix_seconds - before.at_unix_seconds % step_seconds;
    if (points.empty() || points.back().start != start) {
      points.push_back({.start = start});
      seconds.push_back(0);
    }
    PrefixPoint& point = points.back();
    point.items = now.items;
    point.bytes = now.bytes;
    point.hits_rate += growth(before.hits, now.hits);
    point.misses_rate += growth(before.misses, now.misses);
    point.mutations_rate += growth(before.mutations, now.mutations);
    seconds.back() += static_cast<double>(now.at_unix_seconds - before.at_unix_seconds);
  }
  for (size_t i = 0; i < points.size(); ++i) {
    for (double* rate : {&points[i].hits_rate, &points[i].misses_rate, &points[i].mutations_rate}) {
      *rate /= seconds[i];
    }
  }
  return points;
}

}  // namespace cachery::control
