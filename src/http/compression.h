// Answers as gzip for the clients that take it: a list of 2,000 caches is a twentieth of its size.
// Only answers that say that no secret is in them, and only of a size where it pays and ends soon.
// gzip alone and its quickest level, because an answer is made once and sent once; what is sent
// often, the dashboard's files, the build has compressed (pages.h). Streams are never compressed:
// an event would wait in the compressor for the next one.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"

namespace cachery::http {

// Whether a list of codings, as Accept-Encoding has them, names one with a quality above nothing
// (RFC 9110, 12.5.3). "*" names none: not to compress is right for every client.
bool accepts_coding(std::string_view list, std::string_view coding);

// Nothing: there is no memory for it.
std::optional<std::string> gzip(std::string_view plain);

// The answer as this client takes it, with the headers that say so. Any thread.
Response compress_for(const Request& request, Response response);

}  // namespace cachery::http
