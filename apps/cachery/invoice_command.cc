#include "invoice_command.h"

#include <fmt/format.h>

#include <memory>
#include <ostream>

#include "admin_client.h"
#include "http/target.h"

namespace cachery {
namespace {

namespace json = http::json;
using http::Method;

// What the flags of one invoice command said.
struct InvoiceArguments {
  ClientOptions client = {};
  std::string invoice = {};
  std::string month = {};
  std::string format = "json";
};

using Act = Status (*)(const InvoiceArguments&, const AdminClient&, Terminal&);

std::string text_of(const json::value& invoice, const char* field) {
  json::error_code failure;
  const json::value* const value = invoice.find_pointer(std::string("/") + field, failure);
  if (value == nullptr || value->is_null()) return "-";
  return value->is_string() ? std::string(value->get_string()) : json::serialize(*value);
}

void print_invoice(std::ostream& out, const json::value& invoice) {
  out << fmt::format("{:>8}  {:<7}  {:>6}  {:<24}  {:>12} {}\n", text_of(invoice, "id"),
                     text_of(invoice, "month"), text_of(invoice, "team_id"),
                     text_of(invoice, "team"), text_of(invoice, "total"),
                     text_of(invoice, "currency"));
}

Status print_invoices(const Result<json::value>& answer, const InvoiceArguments& arguments,
                      Terminal& terminal) {
  const auto invoices = list_in(answer, "invoices");
  if (!invoices) return std::unexpected(invoices.error());
  if (arguments.client.wants_json) {
    terminal.out << json::serialize(*invoices) << '\n';
    return {};
  }
  terminal.out << fmt::format("{:>8}  {:<7}  {:>6}  {:<24}  {:>12}\n", "invoice", "month", "team",
                              "name", "total");
  for (const json::value& one : *invoices) print_invoice(terminal.out, one);
  return {};
}

Status list(const InvoiceArguments& arguments, const AdminClient& client, Terminal& terminal) {
  std::string path = "/invoices?limit=1000";
  if (!arguments.month.empty()) path += "&month=" + http::encode_segment(arguments.month);
  return print_invoices(client.ask(Method::get, path), arguments, terminal);
}

Status preview(const InvoiceArguments& arguments, const AdminClient& client, Terminal& terminal) {
  return print_invoices(client.ask(Method::get, "/invoices/preview"), arguments, terminal);
}

// As the service has it in that format.
Status print_text(const Result<std::string>& text, Terminal& terminal) {
  if (!text) return std::unexpected(text.error());
  terminal.out << *text;
  if (!text->ends_with('\n')) terminal.out << '\n';
  return {};
}

Status show(const InvoiceArguments& arguments, const AdminClient& client, Terminal& terminal) {
  std::string path = "/invoices/" + http::encode_segment(arguments.invoice);
  if (arguments.format == "csv") path += "/csv";
  if (arguments.format == "html") path += "/page";
  return print_text(client.ask_text(Method::get, path), terminal);
}

Status export_month(const InvoiceArguments& arguments, const AdminClient& client,
                    Terminal& terminal) {
  const std::string path = fmt::format("/invoices/export?month={}&format={}",
                                       http::encode_segment(arguments.month), arguments.format);
  return print_text(client.ask_text(Method::get, path), terminal);
}

struct Verb {
  const char* name;
  const char* summary;
  Act act;
};

constexpr Verb kVerbs[] = {
    {"list", "Closed invoices, the newest first", list},
    {"show", "One invoice", show},
    {"preview", "What this month has cost so far", preview},
    {"export", "All invoices of a closed month, for a payment processor", export_month},
};

void add_arguments(CLI::App& command, const Verb& verb, InvoiceArguments& arguments) {
  arguments.client.add_to(command);
  if (verb.act == show) {
    command.add_option("invoice", arguments.invoice, "Its number")->required();
    command.add_option("--format", arguments.format, "json, csv or html")
        ->check(CLI::IsMember({"json", "csv", "html"}));
  }
  if (verb.act == list) command.add_option("--month", arguments.month, "Of this month: 2024-02");
  if (verb.act == export_month) {
    command.add_option("--month", arguments.month, "The month: 2024-02")->required();
    command.add_option("--format", arguments.format, "json or csv")
        ->check(CLI::IsMember({"json", "csv"}));
  }
}

void run(const Verb& verb, const InvoiceArguments& arguments, Terminal& terminal) {
  const auto client = AdminClient::connect(arguments.client);
  if (!client) return terminal.report(client.error());
  const auto done = verb.act(arguments, *client, terminal);
  if (!done) terminal.report(done.error());
}

}  // namespace

void add_invoice_commands(CLI::App& program, Terminal& terminal) {
  CLI::App* invoice = program.add_subcommand("invoice", "Show and export bills");
  invoice->require_subcommand(1);
  for (const Verb& verb : kVerbs) {
    CLI::App* command = invoice->add_subcommand(verb.name, verb.summary);
    // shared: CLI11 copies the callback that keeps it.
    const auto arguments = std::make_shared<InvoiceArguments>();
    add_arguments(*command, verb, *arguments);
    command->callback([&verb, arguments, &terminal] { run(verb, *arguments, terminal); });
  }
}

}  // namespace cachery
