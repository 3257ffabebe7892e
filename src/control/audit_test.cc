#include "control/audit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/db/services_fixture.h"

namespace cachery::control {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::Not;

struct AuditTest : testing::Test {
  std::vector<AuditRecord> list(const AuditFilter& filter = {}) {
    return services.audit.list(filter).value().rows;
  }
  Status note(const AuditNote& what, const Actor& actor = {}) {
    return services.store->write(
        [&](Records& records) { return services.audit.note(records, actor, what); });
  }

  ServicesFixture services;
};

TEST_F(AuditTest, KeepsWhoWhatWhenAndFromWhere) {
  const Actor actor{.kind = ActorKind::support,
                    .id = 7,
                    .name = "a@example.org",
                    .operator_id = 3,
                    .address = "192.0.2.1"};
  const AuditNote what{.action = "cache.update",
                       .object_kind = "cache",
                       .object_id = "100001",
                       .cache = 100'001,
                       .team = 5,
                       .before = {{"name", "a"}},
                       .after = {{"name", "b"}}};
  ASSERT_TRUE(note(what, actor).has_value());
  const AuditRecord kept = list().at(0);
  EXPECT_EQ(kept.at_unix_seconds, services.clock.now().unix_seconds);
  EXPECT_EQ(kept.actor.kind, ActorKind::support);
  EXPECT_EQ(kept.actor.id, 7u);
  EXPECT_EQ(kept.actor.name, "a@example.org");
  EXPECT_EQ(kept.actor.operator_id, 3u);
  EXPECT_EQ(kept.actor.address, "192.0.2.1");
  EXPECT_EQ(kept.object_id, "100001");
  EXPECT_EQ(kept.cache, 100'001u);
  EXPECT_EQ(kept.team, 5u);
  EXPECT_EQ(kept.before, R"({"name":"a"})");
  EXPECT_EQ(kept.after, R"({"name":"b"})");
}

TEST_F(AuditTest, LeavesOutWhatDidNotChange) {
  ASSERT_TRUE(note({.action = "x.update",
                    .before = {{"a", 1}, {"b", 2}, {"gone", 3}},
                    .after = {{"a", 1}, {"b", 4}, {"new", 5}}})
                  .has_value());
  EXPECT_EQ(list().at(0).before, R"({"b":2,"gone":3})");
  EXPECT_EQ(list().at(0).after, R"({"b":4,"new":5})");
}

TEST_F(AuditTest, TellsWhatIsMadeOrGoneWhole) {
  ASSERT_TRUE(note({.action = "x.create", .after = {{"a", 1}}}).has_value());
  ASSERT_TRUE(note({.action = "x.delete", .before = {{"a", 1}}}).has_value());
  EXPECT_EQ(list().at(1).before, "{}");
  EXPECT_EQ(list().at(1).after, R"({"a":1})");
  EXPECT_EQ(list().at(0).before, R"({"a":1})");
  EXPECT_EQ(list().at(0).after, "{}");
}

TEST_F(AuditTest, CountsInOneRowWhatIsDoneAgainWithinAMinute) {
  const Actor actor{.kind = ActorKind::credential, .id = 7, .name = "ab12cd"};
  const AuditNote flush{.action = "cache.flush", .object_kind = "cache", .object_id = "100001"};
  const AuditNote to_b{.action = "x.update", .before = {{"a", 1}}, .after = {{"a", 2}}};
  const AuditNote to_a{.action = "x.update", .before = {{"a", 2}}, .after = {{"a", 1}}};
  for (int i = 0; i < 10; ++i) {
    services.clock.advance_seconds(2);
    for (const AuditNote& what : {flush, to_b, to_a}) ASSERT_TRUE(note(what, actor).has_value());
  }
  ASSERT_EQ(list().size(), 3u);
  EXPECT_EQ(list().at(2).action, "cache.flush");
  EXPECT_EQ(list().at(2).times, 10u);
  EXPECT_EQ(list().at(2).last_unix_seconds, list().at(2).at_unix_seconds + 18);
  ASSERT_TRUE(note(flush, {.kind = ActorKind::credential, .id = 8}).has_value());
  EXPECT_EQ(list().size(), 4u) << "somebody else's is another row";
  services.clock.advance_seconds(kAuditRepeatSeconds);
  ASSERT_TRUE(note(flush, actor).has_value());
  EXPECT_EQ(list().size(), 5u) << "and so is what comes later";
}

TEST_F(AuditTest, TellsTheBeginningOfALongListAndOfALongText) {
  boost::json::array networks;
  for (int i = 0; i < 64; ++i) networks.emplace_back("10.0.0." + std::to_string(i));
  ASSERT_TRUE(
      note({.action = "x.create",
            .after = {{"networks", std::move(networks)}, {"text", std::string(9'000, 'x')}}})
          .has_value());
  const std::string after = list().at(0).after;
  EXPECT_THAT(after, HasSubstr(R"("10.0.0.7","and 56 more"])"));
  EXPECT_LT(after.size(), 1'300u);
}

TEST_F(AuditTest, TheTeamOfARowIsThatOfItsCache) {
  const auto cache =
      services.caches.create(services.actor, {.name = "a", .size = {.plan = "dev"}, .team = 5});
  ASSERT_TRUE(note({.action = "alert.create", .cache = cache->cache.id}).has_value());
  EXPECT_EQ(list().at(0).team, 5u);
}

TEST_F(AuditTest, DropsWhatIsTooOldAndWhatIsTooMuch) {
  const Audit bounded(*services.store, services.clock, {.days_kept = 10, .rows_of_team_max = 3});
  const auto note_all = [&](int count) {
    for (int i = 0; i < count; ++i) {
      const std::string id = std::to_string(i);
      ASSERT_TRUE(note({.action = "x.create", .object_id = id, .team = 1}).has_value());
      ASSERT_TRUE(note({.action = "x.create", .object_id = id}, {.id = 7}).has_value());
    }
    ASSERT_TRUE(note({.action = "x.create", .team = 2}).has_value());
    ASSERT_TRUE(note({.action = "x.create"}, {.id = 8}).has_value());
  };
  note_all(5);
  ASSERT_TRUE(bounded.prune(services.clock.now()).has_value());
  const auto of_team = list({.team = 1});
  ASSERT_EQ(of_team.size(), 3u);
  EXPECT_EQ(of_team.back().object_id, "2") << "the oldest go";
  EXPECT_EQ(list({.actor_id = 7}).size(), 3u);
  EXPECT_EQ(list({.team = 2}).size(), 1u) << "nobody's rows go for another's";
  EXPECT_EQ(list({.actor_id = 8}).size(), 1u);
  services.clock.advance_seconds(11 * 86'400);
  note_all(1);
  ASSERT_TRUE(bounded.prune(services.clock.now()).has_value());
  EXPECT_EQ(list().size(), 4u);
  ASSERT_TRUE(services.audit.prune(services.clock.now()).has_value());
  EXPECT_EQ(list().size(), 4u) << "without a bound nothing goes";
}

TEST_F(AuditTest, ARowGoesWithItsChange) {
  const auto failed = services.store->write([&](Records& records) -> Status {
    EXPECT_TRUE(services.audit.note(records, {}, {.action = "x.create"}).has_value());
    return fail(Fault::invalid, "no");
  });
  EXPECT_FALSE(failed.has_value());
  EXPECT_TRUE(list().empty());
}

TEST_F(AuditTest, EveryFilterNarrows) {
  const Actor person{.kind = ActorKind::account, .id = 7};
  ASSERT_TRUE(
      note({.action = "a.one", .object_kind = "a", .object_id = "1", .cache = 1, .team = 10})
          .has_value());
  services.clock.advance_seconds(10);
  ASSERT_TRUE(
      note({.action = "b.two", .object_kind = "b", .object_id = "2", .cache = 2, .team = 20},
           person)
          .has_value());
  const int64_t second_at = services.clock.now().unix_seconds;
  const AuditFilter second_only[] = {{.cache = 2},
                                     {.team = 20},
                                     {.actor_kind = "account"},
                                     {.actor_id = 7},
                                     {.action = "b.two"},
                                     {.object_kind = "b"},
                                     {.object_id = "2"},
                                     {.since_unix_seconds = second_at}};
  for (const AuditFilter& filter : second_only) {
    EXPECT_THAT(list(filter), ElementsAre(Field(&AuditRecord::action, "b.two")));
  }
  EXPECT_THAT(list({.until_unix_seconds = second_at}),
              ElementsAre(Field(&AuditRecord::action, "a.one")));
  EXPECT_TRUE(list({.cache = 1, .team = 20}).empty());
  EXPECT_EQ(list().size(), 2u);
}

TEST_F(AuditTest, PagesGoBackInTimeWithoutGapOrRepetition) {
  for (int i = 0; i < 25; ++i) {
    ASSERT_TRUE(note({.action = "x.y", .object_id = std::to_string(i)}).has_value());
  }
  std::vector<std::string> seen;
  AuditFilter filter{.rows_max = 10};
  for (bool has_more = true; has_more;) {
    const AuditPage page = services.audit.list(filter).value();
    for (const AuditRecord& row : page.rows) seen.push_back(row.object_id);
    filter.before_id = page.rows.back().id;
    has_more = page.has_more;
  }
  ASSERT_EQ(seen.size(), 25u);
  for (int i = 0; i < 25; ++i) EXPECT_EQ(seen[static_cast<size_t>(i)], std::to_string(24 - i));
}

TEST_F(AuditTest, APageIsBounded) {
  EXPECT_EQ(services.audit.list({.rows_max = 0}).error().fault, Fault::invalid);
  EXPECT_EQ(services.audit.list({.rows_max = kAuditPageRowsMax + 1}).error().fault, Fault::invalid);
  EXPECT_TRUE(services.audit.list({.rows_max = kAuditPageRowsMax}).has_value());
}

TEST_F(AuditTest, EveryChangeOfACacheAndItsCredentialsIsARowWithoutSecrets) {
  const CacheDetails made = services.make_cache("shop");
  const CacheId id = made.cache.id;
  const Actor& actor = services.actor;
  ASSERT_TRUE(services.caches.update(actor, id, {.size = {{.plan = "100"}}}).has_value());
  ASSERT_TRUE(services.caches.flush(actor, id).has_value());
  ASSERT_TRUE(services.caches.reset_counters(actor, id).has_value());
  const auto second = services.credentials.create({.actor = actor, .is_operator = true}, id,
                                                  {.tls_server_name = "s3cret.org"});
  ASSERT_TRUE(services.credentials.update({actor}, id, second->record.id, {.write = false}));
  ASSERT_TRUE(services.credentials.promote({actor}, id, second->record.id));
  ASSERT_TRUE(services.credentials.remove({actor}, id, made.primary().record.id));
  ASSERT_TRUE(services.caches.remove(actor, id).has_value());
  ASSERT_TRUE(services.caches.restore(actor, id).has_value());
  ASSERT_TRUE(services.caches.purge(actor, id).has_value());
  std::vector<std::string> actions;
  const auto rows = list({.cache = id});
  for (const AuditRecord& row : rows) actions.push_back(row.action);
  EXPECT_THAT(actions,
              ElementsAre("cache.purge", "cache.restore", "cache.delete", "credential.delete",
                          "credential.promote", "credential.update", "credential.create",
                          "cache.reset_stats", "cache.flush", "cache.update", "cache.create"));
  for (const std::string& secret :
       {made.primary().password, second->password, std::string("s3cret")}) {
    EXPECT_THAT(rows, Each(Field(&AuditRecord::before, Not(HasSubstr(secret)))));
    EXPECT_THAT(rows, Each(Field(&AuditRecord::after, Not(HasSubstr(secret)))));
  }
  EXPECT_EQ(rows.at(9).before, R"({"plan":"dev","limit_bytes":28835840})");
  EXPECT_EQ(rows.at(9).after, R"({"plan":"100","limit_bytes":115343360})");
}

}  // namespace
}  // namespace cachery::control
