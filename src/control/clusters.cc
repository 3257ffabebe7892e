#include "control/clusters.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace cachery::control {
namespace {

boost::json::object describe(const ClusterRecord& cluster) {
  return {{"name", cluster.name}, {"region", cluster.region}, {"kind", name_of(cluster.kind)}};
}

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.';
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

Status check_name(std::string_view what, std::string_view name) {
  const bool is_good = !name.empty() && name.size() <= kClusterNameBytesMax &&
                       std::ranges::all_of(name, is_name_character) &&
                       !std::ranges::all_of(name, is_digit);
  if (is_good) return {};
  return fail(Fault::invalid,
              fmt::format("\"{}\" cannot be a cluster's {}: 1 to {} letters, digits, dots, hyphens "
                          "and underscores, not digits alone",
                          name.substr(0, kClusterNameBytesMax), what, kClusterNameBytesMax));
}

bool equals_in_any_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  return std::ranges::equal(a, b, {}, lower, lower);
}

std::string regions_of(const std::vector<ClusterRecord>& clusters) {
  std::set<std::string> regions;
  for (const ClusterRecord& cluster : clusters) regions.insert(cluster.region);
  return fmt::format("{}", fmt::join(regions, ", "));
}

}  // namespace

Result<std::vector<ClusterRecord>> Clusters::list() const {
  std::vector<ClusterRecord> clusters;
  const auto done = store_.read([&](Records& records) -> Status {
    auto all = records.clusters().all();
    if (!all) return std::unexpected(all.error());
    clusters = std::move(*all);
    return {};
  });
  if (!done) return std::unexpected(done.error());
  return clusters;
}

Result<ClusterRecord> Clusters::find(std::string_view id_or_name) const {
  auto all = list();
  if (!all) return std::unexpected(all.error());
  const auto is_wanted = [&](const ClusterRecord& cluster) {
    return std::to_string(cluster.id) == id_or_name || equals_in_any_case(cluster.name, id_or_name);
  };
  const auto at = std::ranges::find_if(*all, is_wanted);
  if (at != all->end()) return std::move(*at);
  return fail(Fault::not_found, fmt::format("there is no cluster \"{}\": list those there are",
                                            id_or_name.substr(0, kClusterNameBytesMax)));
}

Result<ClusterRecord> Clusters::update(const Actor& actor, ClusterId id,
                                       const ClusterPatch& patch) {
  ClusterRecord cluster;
  const auto done = store_.write([&](Records& records) -> Status {
    const auto all = records.clusters().all();
    if (!all) return std::unexpected(all.error());
    const auto at = std::ranges::find(*all, id, &ClusterRecord::id);
    if (at == all->end()) return fail(Fault::not_found, fmt::format("there is no cluster {}", id));
    cluster = *at;
    cluster.name = patch.name.value_or(at->name);
    cluster.region = patch.region.value_or(at->region);
    cluster.kind = patch.kind.value_or(at->kind);
    if (auto good = check_name("name", cluster.name); !good) return good;
    if (auto good = check_name("region", cluster.region); !good) return good;
    const auto has_its_name = [&](const ClusterRecord& other) {
      return other.id != id && equals_in_any_case(other.name, cluster.name);
    };
    if (std::ranges::any_of(*all, has_its_name)) {
      return fail(Fault::conflict, fmt::format("another cluster is named \"{}\"", cluster.name));
    }
    if (auto updated = records.clusters().update(cluster); !updated) return updated;
    return audit_.note(records, actor,
                       {.action = "cluster.update",
                        .object_kind = "cluster",
                        .object_id = std::to_string(id),
                        .before = describe(*at),
                        .after = describe(cluster)});
  });
  if (!done) return std::unexpected(done.error());
  return cluster;
}

Result<ClusterRecord> choose_cluster(Records& records, std::string_view region, Kind kind) {
  const auto all = records.clusters().all();
  if (!all) return std::unexpected(all.error());
  const ClusterRecord* chosen = nullptr;
  for (const ClusterRecord& cluster : *all) {
    if (!region.empty() && cluster.region != region) continue;
    if (chosen == nullptr || (chosen->kind != kind && cluster.kind == kind)) chosen = &cluster;
  }
  if (chosen != nullptr) return *chosen;
  return fail(Fault::invalid,
              fmt::format("there is no region \"{}\": choose one of {}",
                          region.substr(0, kClusterNameBytesMax), regions_of(*all)));
}

}  // namespace cachery::control
