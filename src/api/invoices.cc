#include "api/invoices.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/describe.h"
#include "api/invoices_forms.h"
#include "api/page_query.h"
#include "api/query.h"
#include "http/status.h"

namespace cachery::api {
namespace {

namespace json = http::json;
namespace schema = http::schema;
using control::Invoice;
using control::InvoiceRecord;
using http::answers;
using http::Description;
using http::Method;
using http::Request;
using http::Response;

bool may_see(const Principal& principal, uint64_t team) {
  return principal.is_operator() || principal.role_in(team).has_value();
}

Response csv_response(std::string csv, const std::string& name) {
  return http::without_secrets(
      {.content_type = "text/csv; charset=utf-8",
       .body = std::move(csv),
       .headers = {{"Content-Disposition", "attachment; filename=\"" + name + ".csv\""}}});
}

class InvoicesHandlers {
 public:
  explicit InvoicesHandlers(control::Invoices& invoices) : invoices_(invoices) {}

  Response list(const Request& request, const Principal& principal) const {
    auto filter = read_filter(request);
    if (!filter) return http::error_response(filter.error());
    const auto found = find_all(*filter, principal);
    if (!found) return http::error_response(found.error());
    json::array list;
    for (const InvoiceRecord& one : *found) list.push_back(to_json(one));
    return http::json_response(200, {{"invoices", std::move(list)}});
  }

  Response preview(const Request& request, const Principal& principal) const {
    const auto team = read_team(request, principal);
    if (!team) return http::error_response(team.error());
    const auto found = invoices_.preview();
    if (!found) return http::error_response(found.error());
    json::array list;
    for (const Invoice& one : *found) {
      const bool is_asked = !*team || **team == one.record.team;
      if (is_asked && may_see(principal, one.record.team)) list.push_back(to_json(one));
    }
    return http::json_response(200, {{"invoices", std::move(list)}});
  }

  Response export_month(const Request& request, const Principal& principal) const {
    if (auto checked = check_operator(principal); !checked) {
      return http::error_response(checked.error());
    }
    const auto month = control::parse_month(query_value(request, "month").value_or(""));
    if (!month) return http::error_response(month.error());
    const std::string_view format = query_value(request, "format").value_or("json");
    if (format != "json" && format != "csv") {
      return http::error_response({Fault::invalid, "format is neither json nor csv"});
    }
    const auto closed = invoices_.export_month(*month);
    if (!closed) return http::error_response(closed.error());
    if (format == "csv")
      return csv_response(to_csv(*closed), "invoices-" + control::name_of(*month));
    json::array list;
    for (const Invoice& one : *closed) list.push_back(to_json(one));
    return http::json_response(
        200, {{"month", control::name_of(*month)}, {"invoices", std::move(list)}});
  }

  Response show(const Request& request, const Principal& principal) const {
    const auto invoice = find(request, principal);
    if (!invoice) return http::error_response(invoice.error());
    return http::json_response(200, to_json(*invoice));
  }

  Response show_csv(const Request& request, const Principal& principal) const {
    const auto invoice = find(request, principal);
    if (!invoice) return http::error_response(invoice.error());
    return csv_response(to_csv({&*invoice, 1}), fmt::format("invoice-{}", invoice->record.id));
  }

  Response show_page(const Request& request, const Principal& principal) const {
    const auto invoice = find(request, principal);
    if (!invoice) return http::error_response(invoice.error());
    return {
        .content_type = "text/html; charset=utf-8",
        .body = to_page(*invoice),
        .headers = {{"Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"}}};
  }

 private:
  // As if it were not there, for whoever may not see it.
  Result<Invoice> find(const Request& request, const Principal& principal) const {
    const auto id = path_id(request, "invoice");
    if (!id) return std::unexpected(id.error());
    auto found = invoices_.find(*id);
    if (!found || may_see(principal, found->record.team)) return found;
    return fail(Fault::not_found, fmt::format("there is no invoice {}: list those there are", *id));
  }

  // Nothing: all that the principal may see.
  static Result<std::optional<uint64_t>> read_team(const Request& request,
                                                   const Principal& principal) {
    const auto team = query_number(request, "team", 1, INT64_MAX);
    if (!team || !*team) return team;
    auto checked = check_team(principal, **team, control::Role::read_only);
    if (!checked) return std::unexpected(checked.error());
    return team;
  }

  static Result<control::InvoiceFilter> read_filter(const Request& request) {
    const auto page = page_query(request, control::kInvoicePageRowsMax);
    if (!page) return std::unexpected(page.error());
    control::InvoiceFilter filter{.before = page->before, .count_max = page->limit};
    const auto team = query_number(request, "team", 1, INT64_MAX);
    if (!team) return std::unexpected(team.error());
    filter.team = *team;
    const auto month = query_value(request, "month");
    if (!month) return filter;
    const auto parsed = control::parse_month(*month);
    if (!parsed) return std::unexpected(parsed.error());
    filter.month = *parsed;
    return filter;
  }

  Result<std::vector<InvoiceRecord>> find_all(control::InvoiceFilter filter,
                                              const Principal& principal) const {
    if (filter.team) {
      auto checked = check_team(principal, *filter.team, control::Role::read_only);
      if (!checked) return std::unexpected(checked.error());
    }
    if (filter.team || principal.is_operator()) return invoices_.list(filter);
    std::vector<InvoiceRecord> all;
    for (const Membership& membership : principal.memberships) {
      filter.team = membership.team;
      auto found = invoices_.list(filter);
      if (!found) return found;
      std::ranges::move(*found, std::back_inserter(all));
    }
    std::ranges::sort(all, std::greater{}, &InvoiceRecord::id);
    if (all.size() > filter.count_max) all.resize(filter.count_max);
    return all;
  }

  control::Invoices& invoices_;
};

struct Row {
  Method method;
  const char* path;
  const char* summary;
  Response (InvoicesHandlers::*answer)(const Request&, const Principal&) const;
  Description (*describe)();
};

http::Schema month_schema() { return schema::text_like("^[0-9]{4}-(0[1-9]|1[0-2])$"); }

Description describe_list() {
  const auto list = schema::object({{"invoices", schema::list(invoice_record_schema())}});
  return with_page(answers(200, list), control::kInvoicePageRowsMax)
      .with_query("team", schema::integer(1))
      .with_query("month", month_schema());
}

Description describe_preview() {
  return answers(200, schema::object({{"invoices", schema::list(invoice_schema())}}))
      .with_query("team", schema::integer(1));
}

Description describe_export() {
  return answers(200, schema::object({{"month", month_schema()},
                                      {"invoices", schema::list(invoice_schema())}}))
      .also({.status = 200, .schema = schema::text(), .media_type = "text/csv"})
      .also(409, error_schema())  // the month is not closed yet
      .with_query("month", month_schema(), http::Need::required)
      .with_query("format", schema::choice({"json", "csv"}));
}

Description describe_one() { return answers(200, invoice_schema()); }
Description describe_csv() { return http::answers_text(200, "text/csv"); }
Description describe_page() { return http::answers_text(200, "text/html"); }

// Words before {invoice}: the first row that fits answers.
constexpr Row kRows[] = {
    {Method::get, "/invoices", "Closed invoices", &InvoicesHandlers::list, describe_list},
    {Method::get, "/invoices/preview", "What this month has cost so far",
     &InvoicesHandlers::preview, describe_preview},
    {Method::get, "/invoices/export", "All invoices of a month", &InvoicesHandlers::export_month,
     describe_export},
    {Method::get, "/invoices/{invoice}", "One invoice", &InvoicesHandlers::show, describe_one},
    {Method::get, "/invoices/{invoice}/csv", "The same as CSV", &InvoicesHandlers::show_csv,
     describe_csv},
    {Method::get, "/invoices/{invoice}/page", "The same for printing", &InvoicesHandlers::show_page,
     describe_page},
};

}  // namespace

std::vector<http::Endpoint> invoices_endpoints(control::Invoices& invoices,
                                               const Principals& principals) {
  const InvoicesHandlers handlers(invoices);
  std::vector<http::Endpoint> endpoints;
  for (const Row& row : kRows) {
    const auto handler = [handlers, answer = row.answer](const Request& request,
                                                         const Principal& principal) {
      return (handlers.*answer)(request, principal);
    };
    endpoints.push_back({.method = row.method,
                         .path = std::string("/api/admin/v1") + row.path,
                         .summary = row.summary,
                         .handler = principals.guard(handler),
                         .description = describe_admin(row.method, row.path, row.describe())});
  }
  return endpoints;
}

}  // namespace cachery::api
