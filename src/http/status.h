// The one place where a Fault becomes an HTTP status, and an Error a body: {"error":{"code",
// "message"}}. The code is the fault's name, for programs; the message is for people.
#pragma once

#include <string_view>

#include "base/error.h"
#include "http/message.h"

namespace cachery::http {

int status_of(Fault fault);
std::string_view name_of(Fault fault);
// The message of an internal fault is told too: api/principal.h keeps it from all but operators.
Response error_response(const Error& error);
// For what has no Fault: 405, 413, 431.
Response error_response(int status, std::string_view code, std::string_view message);

}  // namespace cachery::http
