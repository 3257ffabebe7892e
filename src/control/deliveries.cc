#include "control/deliveries.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <thread>

#include "base/log.h"
#include "base/random.h"
#include "control/delivery_addresses.h"
#include "control/delivery_parcels.h"
#include "control/transaction.h"

namespace cachery::control {
namespace {

constexpr size_t kSecretBytes = 32;
constexpr size_t kIdempotencyBytes = 16;

std::unexpected<Error> no_such(std::string_view what, uint64_t id) {
  return fail(Fault::not_found,
              fmt::format("there is no {} {} here: list those there are", what, id));
}

Result<DeliveryConfigRecord> find_record(Records& records, AlertScope scope, DeliveryConfigId id) {
  auto found = records.deliveries().find_config(id);
  if (!found) return std::unexpected(found.error());
  if (!*found || (*found)->scope != scope) return no_such("delivery configuration", id);
  return std::move(**found);
}

Result<DeliveryRecord> find_delivery(Records& records, AlertScope scope, DeliveryId id) {
  auto found = records.deliveries().find(id);
  if (!found) return std::unexpected(found.error());
  if (!*found || (*found)->scope != scope) return no_such("delivery", id);
  return std::move(**found);
}

Status check_room(Records& records, AlertScope scope) {
  const auto present = records.deliveries().configs_of(scope);
  if (!present) return std::unexpected(present.error());
  if (present->size() < kDeliveryConfigsMax) return {};
  return fail(Fault::conflict, fmt::format("there are {} delivery configurations already, which is "
                                           "the most: delete one",
                                           present->size()));
}

void end(DeliveryRecord& delivery, DeliveryState state, std::string_view error,
         int64_t unix_seconds) {
  delivery.state = state;
  delivery.last_error = error.substr(0, kDeliveryErrorBytesMax);
  delivery.finished_unix_seconds = unix_seconds;
}

bool is_final(Fault fault) { return fault == Fault::invalid || fault == Fault::forbidden; }

// The outcome of the attempt that is counted already.
// The scheme and the host of an address: what stands behind them may be a secret.
std::string origin_of(std::string_view url) {
  const size_t host = url.find("://");
  if (host == std::string_view::npos) return {};
  return std::string(url.substr(0, url.find_first_of("/?#", host + 3)));
}

boost::json::object describe(const DeliveryConfigRecord& config) {
  boost::json::object out{{"channel", name_of(config.channel)}};
  if (config.channel == DeliveryChannel::email) out["email"] = config.email;
  if (config.channel == DeliveryChannel::slack) out["slack_channel"] = config.slack_channel;
  if (config.channel == DeliveryChannel::webhook) out["webhook"] = origin_of(config.webhook_url);
  if (config.wants_invoices) out["invoices"] = true;
  return out;
}

void note_outcome(DeliveryRecord& delivery, const Status& outcome, int64_t unix_seconds) {
  if (outcome) return end(delivery, DeliveryState::sent, "", unix_seconds);
  const Error& error = outcome.error();
  if (is_final(error.fault) || delivery.attempts_count >= kDeliveryAttemptsMax) {
    end(delivery, DeliveryState::failed, error.detail, unix_seconds);
    log::warning("delivery_failed", {{"delivery", delivery.id},
                                     {"configuration", delivery.config},
                                     {"attempts", delivery.attempts_count}});
    return;
  }
  delivery.last_error = error.detail.substr(0, kDeliveryErrorBytesMax);
  delivery.next_attempt_unix_seconds =
      unix_seconds + retry_wait_seconds(delivery.attempts_count, random_u64());
}

}  // namespace

std::string_view name_of(DeliveryChannel channel) {
  switch (channel) {
    case DeliveryChannel::email:
      return "email";
    case DeliveryChannel::slack:
      return "slack";
    case DeliveryChannel::webhook:
      return "webhook";
  }
  return "";
}

std::string_view name_of(DeliveryKind kind) {
  switch (kind) {
    case DeliveryKind::alert_fired:
      return "alert.fired";
    case DeliveryKind::alert_resolved:
      return "alert.resolved";
    case DeliveryKind::test:
      return "test";
    case DeliveryKind::invoice_closed:
      return "invoice.closed";
  }
  return "";
}

std::string_view name_of(DeliveryState state) {
  switch (state) {
    case DeliveryState::queued:
      return "queued";
    case DeliveryState::sent:
      return "sent";
    case DeliveryState::failed:
      return "failed";
    case DeliveryState::cancelled:
      return "cancelled";
  }
  return "";
}

Result<DeliveryChannel> find_channel(std::string_view name) {
  for (const auto channel :
       {DeliveryChannel::email, DeliveryChannel::slack, DeliveryChannel::webhook}) {
    if (name_of(channel) == name) return channel;
  }
  return fail(Fault::invalid, fmt::format("there is no delivery type \"{}\": choose one of email, "
                                          "slack, webhook",
                                          name.substr(0, 64)));
}

OpenDeliveryConfig Deliveries::open(DeliveryConfigRecord record) {
  OpenDeliveryConfig config{.record = std::move(record)};
  const DeliveryConfigRecord& kept = config.record;
  if (kept.sealed_secret.empty()) return config;
  config.secret = sealer_.open_or_empty(kept.sealed_secret, "secret of receiver", kept.id);
  return config;
}

Status Deliveries::note(Records& records, const Actor& actor, std::string_view verb,
                        const DeliveryConfigRecord* before,
                        const DeliveryConfigRecord* after) const {
  const DeliveryConfigRecord& config = after != nullptr ? *after : *before;
  return audit_.note(records, actor,
                     {.action = fmt::format("delivery_config.{}", verb),
                      .object_kind = "delivery_config",
                      .object_id = std::to_string(config.id),
                      .cache = config.scope,
                      .before = before != nullptr ? describe(*before) : boost::json::object(),
                      .after = after != nullptr ? describe(*after) : boost::json::object()});
}

Result<std::vector<OpenDeliveryConfig>> Deliveries::configs(AlertScope scope) {
  auto all = read(store_, [&](Records& records) { return records.deliveries().configs_of(scope); });
  if (!all) return std::unexpected(all.error());
  std::vector<OpenDeliveryConfig> configs;
  for (DeliveryConfigRecord& one : *all) configs.push_back(open(std::move(one)));
  return configs;
}

Result<OpenDeliveryConfig> Deliveries::find_config(AlertScope scope, DeliveryConfigId id) {
  auto found = read(store_, [&](Records& records) { return find_record(records, scope, id); });
  if (!found) return std::unexpected(found.error());
  return open(std::move(*found));
}

// Within the transaction that keeps the place.
Status Deliveries::settle_address(Records& records, const Actor& actor,
                                  DeliveryConfigRecord& config) const {
  if (addresses_ == nullptr || config.channel != DeliveryChannel::email) return {};
  const auto is_known = addresses_->is_known(records, config);
  if (!is_known) return std::unexpected(is_known.error());
  if (*is_known) return {};
  config.is_confirmed = false;
  return addresses_->ask(records, actor, config);
}

Result<OpenDeliveryConfig> Deliveries::create_config(const Actor& actor, AlertScope scope,
                                                     const NewDeliveryConfig& wanted) {
  if (auto checked = check_addresses(wanted); !checked) return std::unexpected(checked.error());
  if (wanted.wants_invoices && scope != kInstallation) {
    return fail(Fault::invalid,
                "invoices are told to the installation's webhooks, not to a cache's");
  }
  OpenDeliveryConfig config{.record = {.scope = scope,
                                       .channel = wanted.channel,
                                       .email = wanted.email,
                                       .slack_url = wanted.slack_url,
                                       .slack_channel = wanted.slack_channel,
                                       .webhook_url = wanted.webhook_url,
                                       .wants_invoices = wanted.wants_invoices,
                                       .created_unix_seconds = clock_.now().unix_seconds}};
  if (wanted.channel == DeliveryChannel::webhook) {
    config.secret = random_hex(kSecretBytes, HexCase::lower);
    config.record.sealed_secret = sealer_.seal(config.secret);
  }
  const auto done = store_.write([&](Records& records) -> Status {
    if (auto room = check_room(records, scope); !room) return room;
    const auto id = records.next(kDeliveryConfigIds);
    if (!id) return std::unexpected(id.error());
    config.record.id = *id;
    if (auto inserted = records.deliveries().insert_config(config.record); !inserted) {
      return inserted;
    }
    if (auto settled = settle_address(records, actor, config.record); !settled) return settled;
    return note(records, actor, "create", nullptr, &config.record);
  });
  if (!done) return std::unexpected(done.error());
  return config;
}

Status Deliveries::remove_config(const Actor& actor, AlertScope scope, DeliveryConfigId id) {
  return store_.write([&](Records& records) -> Status {
    const auto found = find_record(records, scope, id);
    if (!found) return std::unexpected(found.error());
    const auto alerts = records.alerts().count_of_config(id);
    if (!alerts) return std::unexpected(alerts.error());
    if (*alerts != 0) {
      return fail(Fault::conflict,
                  fmt::format("alerts deliver to configuration {}: delete them, or "
                              "give them another one, first",
                              id));
    }
    const int64_t now = clock_.now().unix_seconds;
    if (auto removed = records.deliveries().remove_config(id, now); !removed) return removed;
    return note(records, actor, "delete", &*found, nullptr);
  });
}

Result<std::vector<DeliveryRecord>> Deliveries::list(AlertScope scope, const EventPage& page) {
  return read(store_, [&](Records& records) { return records.deliveries().of(scope, page); });
}

Result<DeliveryRecord> Deliveries::find(AlertScope scope, DeliveryId id) {
  return read(store_, [&](Records& records) { return find_delivery(records, scope, id); });
}

Result<uint32_t> Deliveries::wait_before_create(const Actor& actor, AlertScope scope,
                                                const NewDeliveryConfig& wanted) {
  if (addresses_ == nullptr || wanted.channel != DeliveryChannel::email) return 0;
  if (auto checked = check_addresses(wanted); !checked) return std::unexpected(checked.error());
  return addresses_->wait_before_asking(actor, {.scope = scope, .email = wanted.email});
}

Result<uint32_t> Deliveries::wait_before_test(const Actor& actor, AlertScope scope,
                                              DeliveryConfigId id) {
  const auto config =
      read(store_, [&](Records& records) { return find_record(records, scope, id); });
  if (!config) return std::unexpected(config.error());
  if (!config->is_confirmed && addresses_ != nullptr) {
    return addresses_->wait_before_asking(actor, *config);
  }
  return seconds_of_wait(
      rates_.take({rates_.key_of(0, id), kTestsOfPlace}, clock_.now().steady_ns));
}

Result<DeliveryRecord> Deliveries::test(const Actor& actor, AlertScope scope, DeliveryConfigId id) {
  std::string unconfirmed;
  auto queued = write(store_, [&](Records& records) -> Result<DeliveryRecord> {
    const auto config = find_record(records, scope, id);
    if (!config) return std::unexpected(config.error());
    if (auto noted = note(records, actor, "test", nullptr, &*config); !noted) {
      return std::unexpected(noted.error());
    }
    if (config->is_confirmed) {
      return queue(records, {.config = *config}, clock_.now().unix_seconds);
    }
    unconfirmed = config->email;
    if (addresses_ == nullptr) return DeliveryRecord();
    if (auto asked = addresses_->ask(records, actor, *config); !asked) {
      return std::unexpected(asked.error());
    }
    return DeliveryRecord();
  });
  if (!queued || unconfirmed.empty()) return queued;
  return fail(Fault::conflict, fmt::format("{} has not agreed yet to be mailed alerts: it was sent "
                                           "the link again",
                                           unconfirmed));
}

Result<DeliveryRecord> Deliveries::retry(const Actor& actor, AlertScope scope, DeliveryId id) {
  DeliveryRecord delivery;
  const auto done = store_.write([&](Records& records) -> Status {
    auto found = find_delivery(records, scope, id);
    if (!found) return std::unexpected(found.error());
    delivery = std::move(*found);
    if (delivery.state != DeliveryState::failed) {
      return fail(Fault::conflict, fmt::format("delivery {} is {}: only a failed one can be tried "
                                               "again",
                                               id, name_of(delivery.state)));
    }
    delivery.state = DeliveryState::queued;
    delivery.attempts_count = 0;
    delivery.finished_unix_seconds = 0;
    delivery.next_attempt_unix_seconds = clock_.now().unix_seconds;
    if (auto updated = records.deliveries().update(delivery); !updated) return updated;
    return audit_.note(records, actor,
                       {.action = "delivery.retry",
                        .object_kind = "delivery",
                        .object_id = std::to_string(id),
                        .cache = scope});
  });
  if (!done) return std::unexpected(done.error());
  return delivery;
}

Result<DeliveryRecord> Deliveries::queue(Records& records, const NewDelivery& wanted,
                                         int64_t unix_seconds) {
  const auto id = records.next(kDeliveryIds);
  if (!id) return std::unexpected(id.error());
  DeliveryRecord delivery{.id = *id,
                          .idempotency_id = random_hex(kIdempotencyBytes, HexCase::lower),
                          .scope = wanted.config.scope,
                          .config = wanted.config.id,
                          .channel = wanted.config.channel,
                          .kind = wanted.kind,
                          .subject = wanted.subject,
                          .next_attempt_unix_seconds = unix_seconds,
                          .created_unix_seconds = unix_seconds};
  if (auto inserted = records.deliveries().insert(delivery); !inserted) {
    return std::unexpected(inserted.error());
  }
  return delivery;
}

Status Deliveries::send_due(const Now& now) {
  const auto parcels = claim(now.unix_seconds);
  if (!parcels) return std::unexpected(parcels.error());
  if (parcels->empty()) return {};
  return settle(*parcels, deliver(*parcels, now.unix_seconds), now.unix_seconds);
}

Status Deliveries::prune(const Now& now) {
  return store_.write([&](Records& records) {
    return records.deliveries().remove_finished_before(now.unix_seconds - kDeliveryKeptSeconds);
  });
}

Result<std::vector<Parcel>> Deliveries::claim(int64_t unix_seconds) {
  // Most turns find nothing: they must not wait for whoever writes.
  const auto first =
      read(store_, [&](Records& records) { return records.deliveries().due(unix_seconds, 1); });
  if (!first) return std::unexpected(first.error());
  std::vector<Parcel> parcels;
  if (first->empty()) return parcels;
  const auto done = store_.write([&](Records& records) -> Status {
    auto due = records.deliveries().due(unix_seconds, kDeliveriesPerTurn);
    if (!due) return std::unexpected(due.error());
    for (DeliveryRecord& delivery : *due) {
      ++delivery.attempts_count;
      delivery.next_attempt_unix_seconds = unix_seconds + kDeliveryLeaseSeconds;
      // What can never be told must not hold up the others. A fault of the database is not that: it
      // ends the transaction, whatever is done here.
      auto parcel = make_parcel(records, sealer_, delivery);
      if (const uint32_t wait = parcel ? wait_of(*parcel) : 0; wait > 0) {
        --delivery.attempts_count;
        delivery.next_attempt_unix_seconds = unix_seconds + wait;
        if (auto kept = records.deliveries().update(delivery); !kept) return kept;
        continue;
      }
      if (!parcel) end(delivery, DeliveryState::cancelled, parcel.error().detail, unix_seconds);
      if (auto kept = records.deliveries().update(delivery); !kept) return kept;
      if (parcel) parcels.push_back(std::move(*parcel));
    }
    return {};
  });
  if (!done) return std::unexpected(done.error());
  return parcels;
}

uint32_t Deliveries::wait_of(const Parcel& parcel) {
  if (parcel.config.channel != DeliveryChannel::email) return 0;
  return seconds_of_wait(rates_.take({rates_.key_of(1, parcel.config.email), kAlertMailsOfAddress},
                                     clock_.now().steady_ns));
}

std::vector<Status> Deliveries::deliver(const std::vector<Parcel>& parcels, int64_t unix_seconds) {
  std::vector<Status> outcomes(parcels.size());
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    for (size_t i = next++; i < parcels.size(); i = next++) {
      outcomes[i] = courier_.deliver(parcels[i], unix_seconds);
    }
  };
  std::vector<std::jthread> threads;
  for (size_t i = 1; i < std::min(kDeliveryThreads, parcels.size()); ++i)
    threads.emplace_back(work);
  work();
  threads.clear();  // joins
  return outcomes;
}

Status Deliveries::settle(const std::vector<Parcel>& parcels, const std::vector<Status>& outcomes,
                          int64_t unix_seconds) {
  return store_.write([&](Records& records) -> Status {
    for (size_t i = 0; i < parcels.size(); ++i) {
      auto found = records.deliveries().find(parcels[i].delivery.id);
      if (!found) return std::unexpected(found.error());
      // Cancelled meanwhile, unless it had arrived.
      if (!*found || ((*found)->state != DeliveryState::queued && !outcomes[i])) continue;
      note_outcome(**found, outcomes[i], unix_seconds);
      if (auto kept = records.deliveries().update(**found); !kept) return kept;
    }
    return {};
  });
}

}  // namespace cachery::control
