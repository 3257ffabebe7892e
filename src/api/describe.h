// What the endpoints of one API have in common, added to the description of each: who may call
// them, and the errors that all of them may answer.
#pragma once

#include <string_view>

#include "http/description.h"
#include "http/message.h"

namespace cachery::api {

// The security schemes by which descriptions say who may call (api/openapi.cc tells what they are).
inline constexpr std::string_view kTokenProof = "token";
inline constexpr std::string_view kSessionProof = "session";
inline constexpr std::string_view kLinkProof = "link";
inline constexpr std::string_view kCredentialProof = "credential";

// {"error": {"code": "not_found", "message": ...}}
http::Schema error_schema();

// Of the admin API. Open: called by people who cannot prove yet who they are.
http::Description describe_open(http::Method method, std::string_view path,
                                http::Description description);
// Of the admin API, reached by principals only.
http::Description describe_admin(http::Method method, std::string_view path,
                                 http::Description description);
// {"error": {"code": 404, "message": ...}}
http::Description describe_v2(http::Description description);
// Errors are plain texts.
http::Description describe_v1(http::Description description);

}  // namespace cachery::api
