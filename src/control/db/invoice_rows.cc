#include "control/db/invoice_rows.h"

#include <string>

namespace cachery::control::db {
namespace {

#define SELECT_INVOICE                                                                        \
  "SELECT id, team_id, team_name, month, currency, total_minor, closed_unix_seconds, digest " \
  "FROM invoices "

// 202402 is February 2024: a number, because engines differ in the order of texts.
int64_t number_of(BillingMonth month) {
  return int64_t{static_cast<int>(month.year())} * 100 + static_cast<unsigned>(month.month());
}

BillingMonth read_month(Statement& row) {
  const int64_t number = row.integer();
  return std::chrono::year{static_cast<int>(number / 100)} /
         std::chrono::month{static_cast<unsigned>(number % 100)};
}

InvoiceRecord read_invoice(Statement& row) {
  InvoiceRecord invoice;
  invoice.id = static_cast<InvoiceId>(row.integer());
  invoice.team = static_cast<uint64_t>(row.integer());
  invoice.team_name = row.text();
  invoice.month = read_month(row);
  invoice.currency = row.text();
  invoice.total_minor = row.integer();
  invoice.closed_unix_seconds = row.integer();
  invoice.digest = row.text();
  return invoice;
}

ChargeLine read_line(Statement& row) {
  ChargeLine line;
  line.cache = static_cast<tenant::CacheId>(row.integer());
  line.cache_name = row.text();
  line.plan = row.text();
  line.price_minor = row.integer();
  line.hours = row.integer();
  line.month_hours = row.integer();
  line.amount_minor = row.integer();
  return line;
}

}  // namespace

Result<std::vector<InvoiceRecord>> InvoiceRows::list(const InvoiceFilter& filter) {
  std::string sql = SELECT_INVOICE "WHERE 1 = 1";
  if (filter.team) sql += " AND team_id = ?";
  if (filter.month) sql += " AND month = ?";
  if (filter.before != 0) sql += " AND id < ?";
  sql += " ORDER BY id DESC LIMIT ?";
  Statement statement = database_.prepare(sql);
  if (filter.team) statement.bind(*filter.team);
  if (filter.month) statement.bind(number_of(*filter.month));
  if (filter.before != 0) statement.bind(filter.before);
  return statement.bind(filter.count_max).all(read_invoice);
}

Result<std::optional<InvoiceRecord>> InvoiceRows::find(InvoiceId id) {
  return database_.prepare(SELECT_INVOICE "WHERE id = ?").bind(id).first(read_invoice);
}

Result<std::vector<ChargeLine>> InvoiceRows::lines_of(InvoiceId id) {
  return database_
      .prepare(
          "SELECT cache_id, cache_name, plan, price_minor, hours, month_hours, amount_minor "
          "FROM invoice_lines WHERE invoice_id = ? ORDER BY position")
      .bind(id)
      .all(read_line);
}

Status InvoiceRows::insert(const Invoice& invoice) {
  const InvoiceRecord& record = invoice.record;
  auto done = database_
                  .prepare(
                      "INSERT INTO invoices (id, team_id, team_name, month, currency, "
                      "total_minor, closed_unix_seconds, digest) "
                      "VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
                  .bind(record.id)
                  .bind(record.team)
                  .bind(record.team_name)
                  .bind(number_of(record.month))
                  .bind(record.currency)
                  .bind(record.total_minor)
                  .bind(record.closed_unix_seconds)
                  .bind(record.digest)
                  .run();
  for (size_t i = 0; done && i < invoice.lines.size(); ++i) {
    const ChargeLine& line = invoice.lines[i];
    done = database_
               .prepare(
                   "INSERT INTO invoice_lines (invoice_id, position, cache_id, cache_name, "
                   "plan, price_minor, hours, month_hours, amount_minor) "
                   "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
               .bind(record.id)
               .bind(i)
               .bind(line.cache)
               .bind(line.cache_name)
               .bind(line.plan)
               .bind(line.price_minor)
               .bind(line.hours)
               .bind(line.month_hours)
               .bind(line.amount_minor)
               .run();
  }
  return done;
}

Result<std::optional<BillingMonth>> InvoiceRows::last_closed_month() {
  return database_.prepare("SELECT month FROM closed_months ORDER BY month DESC LIMIT 1")
      .first(read_month);
}

Status InvoiceRows::close_month(BillingMonth month, int64_t unix_seconds) {
  return database_.prepare("INSERT INTO closed_months (month, closed_unix_seconds) VALUES (?, ?)")
      .bind(number_of(month))
      .bind(unix_seconds)
      .run();
}

}  // namespace cachery::control::db
