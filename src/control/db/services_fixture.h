// For tests: the services over a real database (an empty one of the engine that
// engine_fixture.h chooses, unless one is given) and a FakeNode,
// wired as in the program.
#pragma once

#include <memory>

#include "base/check.h"
#include "control/cache_links.h"
#include "control/caches.h"
#include "control/clusters.h"
#include "control/db/engine_fixture.h"
#include "control/db/rows_store.h"
#include "control/fake_node.h"
#include "control/plans.h"
#include "control/quotas.h"

namespace cachery::control {

struct ServicesFixture {
  explicit ServicesFixture(Exposure exposure = Exposure::network,
                           const std::string& database = db::make_database(),
                           const QuotaSettings& most = {})
      : store(open(database)),
        publisher(*store, node),
        audit(*store, clock),
        plans(*store, publisher, audit, clock),
        clusters(*store, audit),
        quotas(*store, node, most),
        credentials(*store, publisher, sealer, clock, audit, quotas, {exposure, {11211}}),
        caches({*store, publisher, credentials, sealer, audit, node, clock, quotas}),
        links(*store, sealer, audit, clock) {}

  CacheDetails make_cache(std::string name, std::string plan = "dev") {
    auto created = caches.create(actor, {std::move(name), {.plan = std::move(plan)}});
    CHECK(created.has_value());
    return std::move(*created);
  }

  static std::unique_ptr<Store> open(const std::string& database) {
    auto opened = db::open_store(database);
    CHECK(opened.has_value());
    return std::move(*opened);
  }

  // Who makes the changes, where a test does not care.
  const Actor actor{.kind = ActorKind::operator_token, .name = "operator token"};
  FakeClock clock;
  FakeNode node;
  Sealer sealer{MasterKey{1, 2, 3}};
  std::unique_ptr<Store> store;
  Publisher publisher;
  Audit audit;
  Plans plans;
  Clusters clusters;
  Quotas quotas;
  Credentials credentials;
  Caches caches;
  CacheLinks links;
};

}  // namespace cachery::control
