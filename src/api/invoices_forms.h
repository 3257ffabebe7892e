// An invoice in the three forms that it is asked for: JSON for programs, CSV (RFC 4180) for
// spreadsheets and payment processors, a page for printing. All from the same rows, so they agree.
#pragma once

#include <span>
#include <string>

#include "control/invoices.h"
#include "http/json.h"
#include "http/schema.h"

namespace cachery::api {

http::json::object to_json(const control::InvoiceRecord& invoice);
http::json::value to_json(const control::Invoice& invoice);  // with its lines

// One header, then a line for each line of each invoice.
std::string to_csv(std::span<const control::Invoice> invoices);

// A whole page without scripts, fonts or images from elsewhere.
std::string to_page(const control::Invoice& invoice);

// What to_json() of a record, and of a whole invoice, look like.
http::Schema invoice_record_schema();
http::Schema invoice_schema();

}  // namespace cachery::api
