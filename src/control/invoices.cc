#include "control/invoices.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <array>

#include "base/log.h"
#include "control/deliveries.h"
#include "control/team_records.h"
#include "control/transaction.h"

namespace cachery::control {
namespace {

// Length before text, so that no two invoices are written the same.
std::string field(std::string_view text) { return fmt::format("{}:{};", text.size(), text); }

std::string canonical_text(const Invoice& invoice) {
  const InvoiceRecord& record = invoice.record;
  std::string text =
      fmt::format("invoice {} team {} month {} total {} closed {};", record.id, record.team,
                  name_of(record.month), record.total_minor, record.closed_unix_seconds);
  text += field(record.team_name) + field(record.currency);
  for (const ChargeLine& line : invoice.lines) {
    text += fmt::format("cache {} price {} hours {} of {} amount {};", line.cache, line.price_minor,
                        line.hours, line.month_hours, line.amount_minor);
    text += field(line.cache_name) + field(line.plan);
  }
  return text;
}

Result<std::string> team_name(Records& records, uint64_t team) {
  if (team == 0) return std::string();
  const auto found = records.teams().find(team);
  if (!found) return std::unexpected(found.error());
  return *found ? (*found)->name : std::string();
}

Status tell(Records& records, const InvoiceRecord& invoice) {
  const auto configs = records.deliveries().configs_for_invoices();
  if (!configs) return std::unexpected(configs.error());
  for (const DeliveryConfigRecord& config : *configs) {
    const auto queued = Deliveries::queue(
        records, {config, DeliveryKind::invoice_closed, invoice.id}, invoice.closed_unix_seconds);
    if (!queued) return std::unexpected(queued.error());
  }
  return {};
}

Result<Invoice> read_whole(Records& records, InvoiceRecord record) {
  auto lines = records.invoices().lines_of(record.id);
  if (!lines) return std::unexpected(lines.error());
  for (ChargeLine& line : *lines) line.team = record.team;
  Invoice invoice{std::move(record), std::move(*lines)};
  if (digest_of(invoice) == invoice.record.digest) return invoice;
  return fail(Fault::internal,
              fmt::format("invoice {} is not what was closed: its rows were changed "
                          "in the database. Restore them from a backup",
                          invoice.record.id));
}

// The first month that is not closed; nothing: there is no usage at all.
Result<std::optional<BillingMonth>> first_open_month(Records& records) {
  const auto closed = records.invoices().last_closed_month();
  if (!closed) return std::unexpected(closed.error());
  if (*closed) return next_month(**closed);
  const auto first = records.usage().first_unix_seconds();
  if (!first) return std::unexpected(first.error());
  if (!*first) return std::nullopt;
  return month_of(**first);
}

}  // namespace

std::string digest_of(const Invoice& invoice) {
  const std::string text = canonical_text(invoice);
  std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
  crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(text.data()),
                     text.size());
  std::string hex;
  for (const unsigned char byte : digest) hex += fmt::format("{:02x}", byte);
  return hex;
}

Result<std::vector<InvoiceRecord>> Invoices::list(const InvoiceFilter& filter) {
  return read(store_, [&](Records& records) { return records.invoices().list(filter); });
}

Result<Invoice> Invoices::find(InvoiceId id) {
  return read(store_, [&](Records& records) -> Result<Invoice> {
    auto found = records.invoices().find(id);
    if (!found) return std::unexpected(found.error());
    if (*found) return read_whole(records, std::move(**found));
    return fail(Fault::not_found, fmt::format("there is no invoice {}: list those there are", id));
  });
}

Result<std::vector<Invoice>> Invoices::export_month(BillingMonth month) {
  std::vector<Invoice> invoices;
  const auto done = store_.read([&](Records& records) -> Status {
    const auto closed = records.invoices().last_closed_month();
    if (!closed) return std::unexpected(closed.error());
    if (!*closed || **closed < month) {
      return fail(Fault::conflict,
                  fmt::format("the month {} is not closed yet: it is, an hour or so "
                              "after its end",
                              name_of(month)));
    }
    auto found = records.invoices().list({.month = month, .count_max = UINT32_MAX});
    if (!found) return std::unexpected(found.error());
    for (InvoiceRecord& record : *found) {
      auto whole = read_whole(records, std::move(record));
      if (!whole) return std::unexpected(whole.error());
      invoices.push_back(std::move(*whole));
    }
    return {};
  });
  if (!done) return std::unexpected(done.error());
  std::ranges::sort(invoices, {}, [](const Invoice& invoice) { return invoice.record.id; });
  return invoices;
}

Result<std::vector<Invoice>> Invoices::preview() {
  const int64_t now = clock_.now().unix_seconds;
  return read(store_, [&](Records& records) { return work_out(records, month_of(now), now); });
}

Status Invoices::close_ended(const Now& now) {
  for (;;) {
    const auto month = read(store_, first_open_month);
    if (!month) return std::unexpected(month.error());
    if (!*month || end_of(**month) + kInvoiceGraceSeconds > now.unix_seconds) return {};
    if (auto closed = close(**month, now.unix_seconds); !closed) return closed;
  }
}

Result<std::vector<Invoice>> Invoices::work_out(Records& records, BillingMonth month,
                                                int64_t until) {
  const auto events = records.usage().between(start_of(month), std::min(until, end_of(month)));
  if (!events) return std::unexpected(events.error());
  std::vector<Invoice> invoices;
  for (ChargeLine& line : charge(month, until, *events)) {
    if (invoices.empty() || invoices.back().record.team != line.team) {
      auto name = team_name(records, line.team);
      if (!name) return std::unexpected(name.error());
      invoices.push_back({.record = {.team = line.team,
                                     .team_name = std::move(*name),
                                     .month = month,
                                     .currency = currency_}});
    }
    invoices.back().record.total_minor += line.amount_minor;
    invoices.back().lines.push_back(std::move(line));
  }
  return invoices;
}

Status Invoices::close(BillingMonth month, int64_t unix_seconds) {
  size_t count = 0;
  const auto closed = store_.write([&](Records& records) -> Status {
    if (auto marked = records.invoices().close_month(month, unix_seconds); !marked) return marked;
    auto invoices = work_out(records, month, end_of(month));
    if (!invoices) return std::unexpected(invoices.error());
    for (Invoice& invoice : *invoices) {
      const auto id = records.next(kInvoiceIds);
      if (!id) return std::unexpected(id.error());
      invoice.record.id = *id;
      invoice.record.closed_unix_seconds = unix_seconds;
      invoice.record.digest = digest_of(invoice);
      if (auto kept = records.invoices().insert(invoice); !kept) return kept;
      if (auto told = tell(records, invoice.record); !told) return told;
    }
    count = invoices->size();
    return {};
  });
  if (closed) log::info("month_closed", {{"month", name_of(month)}, {"invoices", count}});
  return closed;
}

}  // namespace cachery::control
