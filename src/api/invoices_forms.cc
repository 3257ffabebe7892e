#include "api/invoices_forms.h"

#include <fmt/format.h>

#include <array>

#include "base/rfc3339.h"
#include "control/currency.h"

namespace cachery::api {
namespace {

namespace json = http::json;
namespace schema = http::schema;
using control::ChargeLine;
using control::Invoice;
using control::InvoiceRecord;

json::value id_or_null(uint64_t id) { return id == 0 ? json::value(nullptr) : json::value(id); }

json::object line_json(const ChargeLine& line, const std::string& currency) {
  return {{"cache_id", line.cache},
          {"cache", line.cache_name},
          {"plan", line.plan},
          {"price_minor", line.price_minor},
          {"hours", line.hours},
          {"month_hours", line.month_hours},
          {"amount_minor", line.amount_minor},
          {"amount", control::format_minor(line.amount_minor, currency)}};
}

// Quoted always; a spreadsheet would run a text that begins like a formula.
std::string csv_text(std::string_view text) {
  std::string field = "\"";
  if (!text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos) {
    field += '\'';
  }
  for (const char c : text) field += c == '"' ? "\"\"" : std::string(1, c);
  return field + '"';
}

std::string html(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

// It follows the reader's theme on a screen, and is black on white on paper.
constexpr std::string_view kStyle =
    ":root{color-scheme:light dark}"
    "body{font:15px/1.5 system-ui,sans-serif;max-width:52em;margin:2.5em auto;padding:0 1em}"
    "header{display:flex;flex-wrap:wrap;justify-content:space-between;gap:1em "
    "3em;margin-bottom:2em}"
    "h1{font-size:1.6em;margin:0}header p{margin:0;opacity:.75}"
    "dl{display:grid;grid-template-columns:auto auto;gap:.15em 1em;margin:0}"
    "dt{opacity:.75}dd{margin:0}"
    "div{overflow-x:auto}table{border-collapse:collapse;width:100%}"
    "th,td{padding:.45em .6em;border-bottom:1px solid #8886;text-align:left;vertical-align:top}"
    "th:first-child,td:first-child{padding-left:0}th:last-child,td:last-child{padding-right:0}"
    "thead th{font-weight:600;opacity:.75}"
    ".n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}"
    "tfoot td{font-size:1.15em;font-weight:650;border-bottom:none}"
    "@media screen and (max-width:36em){tr>:nth-child(3n+1){display:none}"  // id, price
    "tr>:nth-child(2){padding-left:0}}"
    "footer{margin-top:2.5em;font-size:.8em;opacity:.75;overflow-wrap:anywhere}"
    "@media print{:root{color-scheme:light}body{margin:0;max-width:none}"
    "thead{display:table-header-group}tr{break-inside:avoid}}";

std::string page_row(const ChargeLine& line, const std::string& currency) {
  return fmt::format(
      "<tr><td>{}</td><td>{}</td><td>{}</td><td class=n>{}</td><td class=n>{} of {}</td>"
      "<td class=n>{}</td></tr>\n",
      line.cache, html(line.cache_name), html(line.plan),
      control::format_minor(line.price_minor, currency), line.hours, line.month_hours,
      control::format_minor(line.amount_minor, currency));
}

// "October 2026", as people say it.
std::string month_words(control::BillingMonth month) {
  constexpr std::array<std::string_view, 12> kNames = {
      "January", "February", "March",     "April",   "May",      "June",
      "July",    "August",   "September", "October", "November", "December"};
  return fmt::format("{} {}", kNames.at(static_cast<unsigned>(month.month()) - 1),
                     static_cast<int>(month.year()));
}

std::string page_head(const InvoiceRecord& invoice) {
  const std::string team = invoice.team == 0 ? "Caches of no team" : html(invoice.team_name);
  return fmt::format(
      "<header><div><h1>Invoice {}</h1><p>Cachery: memcache as a service</p></div>\n"
      "<dl><dt>For</dt><dd>{}</dd><dt>Month</dt><dd>{} (UTC)</dd><dt>Closed</dt><dd>{}</dd></dl>"
      "</header>\n",
      invoice.id, team, month_words(invoice.month), format_rfc3339(invoice.closed_unix_seconds));
}

}  // namespace

json::object to_json(const InvoiceRecord& invoice) {
  const bool is_closed = invoice.closed_unix_seconds != 0;
  return {
      {"id", id_or_null(invoice.id)},
      {"team_id", id_or_null(invoice.team)},
      {"team", invoice.team_name},
      {"month", control::name_of(invoice.month)},
      {"currency", invoice.currency},
      {"total_minor", invoice.total_minor},
      {"total", control::format_minor(invoice.total_minor, invoice.currency)},
      {"closed_at", is_closed ? json::value(invoice.closed_unix_seconds) : json::value(nullptr)},
      {"digest", invoice.digest}};
}

json::value to_json(const Invoice& invoice) {
  json::object object = to_json(invoice.record);
  json::array lines;
  for (const ChargeLine& line : invoice.lines) {
    lines.push_back(line_json(line, invoice.record.currency));
  }
  object["lines"] = std::move(lines);
  return object;
}

std::string to_csv(std::span<const Invoice> invoices) {
  std::string csv =
      "invoice,team_id,team,month,currency,cache_id,cache,plan,price_minor,hours,"
      "month_hours,amount_minor\r\n";
  for (const Invoice& invoice : invoices) {
    const InvoiceRecord& record = invoice.record;
    for (const ChargeLine& line : invoice.lines) {
      csv += fmt::format(
          "{},{},{},{},{},{},{},{},{},{},{},{}\r\n", record.id,
          record.team == 0 ? "" : std::to_string(record.team), csv_text(record.team_name),
          control::name_of(record.month), record.currency, line.cache, csv_text(line.cache_name),
          csv_text(line.plan), line.price_minor, line.hours, line.month_hours, line.amount_minor);
    }
  }
  return csv;
}

std::string to_page(const Invoice& invoice) {
  const InvoiceRecord& record = invoice.record;
  std::string page = fmt::format(
      "<!doctype html>\n<html lang=en><meta charset=utf-8>"
      "<meta name=viewport content=\"width=device-width,initial-scale=1\">"
      "<title>Invoice {}</title><style>{}</style>\n",
      record.id, kStyle);
  page += page_head(record);
  page += fmt::format(
      "<div><table><thead><tr><th>Id</th><th>Cache</th><th>Plan</th><th class=n>{0} a month</th>"
      "<th class=n>Hours</th><th class=n>{0}</th></tr></thead>\n<tbody>\n",
      record.currency);
  for (const ChargeLine& line : invoice.lines) page += page_row(line, record.currency);
  page += fmt::format(
      "</tbody><tfoot><tr><td></td><td>Total</td><td></td><td></td><td></td>"
      "<td class=n>{} {}</td></tr></tfoot></table></div>\n",
      control::format_minor(record.total_minor, record.currency), record.currency);
  page += fmt::format(
      "<footer>Each hour in which a cache existed costs its plan's price a month divided by the "
      "hours "
      "of that month.<br>Digest of this invoice: {}</footer>\n</html>\n",
      record.digest);
  return page;
}

namespace {

schema::Fields invoice_fields() {
  return {{"id", schema::nullable(schema::integer())},
          {"team_id", schema::nullable(schema::integer())},
          {"team", schema::text()},
          {"month", schema::text_like("^[0-9]{4}-[0-9]{2}$")},
          {"currency", schema::text()},
          {"total_minor", schema::integer()},
          {"total", schema::text()},
          {"closed_at", schema::nullable(schema::integer())},
          {"digest", schema::text()}};
}

}  // namespace

http::Schema invoice_record_schema() {
  return schema::named("InvoiceRecord", schema::object(invoice_fields()));
}

http::Schema invoice_schema() {
  const auto line = schema::object({{"cache_id", schema::integer()},
                                    {"cache", schema::text()},
                                    {"plan", schema::text()},
                                    {"price_minor", schema::integer()},
                                    {"hours", schema::integer()},
                                    {"month_hours", schema::integer()},
                                    {"amount_minor", schema::integer()},
                                    {"amount", schema::text()}});
  schema::Fields fields = invoice_fields();
  fields.push_back({"lines", schema::list(schema::named("InvoiceLine", line))});
  return schema::named("Invoice", schema::object(std::move(fields)));
}

}  // namespace cachery::api
