#include "http/pages.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/random.h"
#include "http/compression.h"
#include "http/status.h"

namespace cachery::http {
namespace {

constexpr std::string_view kPage = "index.html";
constexpr std::string_view kHashed = "assets/";
constexpr std::string_view kNonceMark = "{{nonce}}";  // in the page, where the nonce belongs

std::string joined(const std::vector<std::string>& segments) {
  return fmt::format("{}", fmt::join(segments, "/"));
}

void add_protection(Response& response) {
  response.headers.emplace_back("Referrer-Policy", "no-referrer");
  response.headers.emplace_back("X-Frame-Options", "DENY");
  response.headers.emplace_back("Cross-Origin-Opener-Policy", "same-origin");
  response.headers.emplace_back("Cross-Origin-Resource-Policy", "same-origin");
}

std::string policy_with(std::string_view nonce) {
  return fmt::format(
      "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{}'; img-src 'self' data:; "
      "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
      "frame-ancestors 'none'",
      nonce);
}

// Of a page that is a file as it stands (the guide): nothing inline at all.
constexpr std::string_view kStaticPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

// A few kilobytes, and another one each time: not compressed, not cached.
Response page_of(const PageFile& file) {
  const std::string nonce = random_hex(16, HexCase::lower);
  Response response{.content_type = std::string(file.content_type),
                    .body = std::string(file.plain)};
  for (size_t at = 0; (at = response.body.find(kNonceMark, at)) != std::string::npos;) {
    response.body.replace(at, kNonceMark.size(), nonce);
  }
  response.headers.emplace_back("Content-Security-Policy", policy_with(nonce));
  add_protection(response);
  return response;
}

Response file_of(const PageFile& file, const Request& request) {
  const bool is_hashed = file.path.starts_with(kHashed);
  Response response{.content_type = std::string(file.content_type)};
  response.headers = {
      {"Cache-Control", is_hashed ? "public, max-age=31536000, immutable" : "no-cache"},
      {"ETag", std::string(file.etag)},
      {"Vary", "Accept-Encoding"}};
  add_protection(response);
  if (file.content_type.starts_with("text/html")) {
    response.headers.emplace_back("Content-Security-Policy", kStaticPolicy);
  }
  if (request.header("If-None-Match") == file.etag) {
    response.status = 304;
    return response;
  }
  const std::string_view codings = request.header("Accept-Encoding");
  if (!file.brotli.empty() && accepts_coding(codings, "br")) {
    response.headers.emplace_back("Content-Encoding", "br");
    response.body = file.brotli;
  } else if (!file.gzip.empty() && accepts_coding(codings, "gzip")) {
    response.headers.emplace_back("Content-Encoding", "gzip");
    response.body = file.gzip;
  } else {
    response.body = file.plain;
  }
  return response;
}

}  // namespace

Pages::Pages(std::span<const PageFile> files, const std::vector<Endpoint>& others) : files_(files) {
  for (const Endpoint& endpoint : others) {
    const std::string_view path = std::string_view(endpoint.path).substr(1);
    others_.emplace(path.substr(0, path.find('/')));
  }
}

std::optional<Response> Pages::answer(const Request& request) const {
  if (request.method != Method::get) return std::nullopt;
  const std::string path = joined(request.segments);
  const PageFile* file = path == kPage || path.empty() ? nullptr : find_named(path);
  if (file != nullptr) return file_of(*file, request);
  const PageFile* page = is_navigation(request) ? find(kPage) : nullptr;
  if (page == nullptr) return std::nullopt;
  return page_of(*page);
}

const PageFile* Pages::find(std::string_view path) const {
  const auto at = std::ranges::find(files_, path, &PageFile::path);
  return at == files_.end() ? nullptr : &*at;
}

// "docs" and "docs/go" are docs/index.html and docs/go.html.
const PageFile* Pages::find_named(const std::string& path) const {
  for (const std::string& name : {path, path + ".html", path + "/index.html"}) {
    if (const PageFile* file = find(name); file != nullptr && name != kPage) return file;
  }
  return nullptr;
}

// What a browser sends for its address bar, and no script for its data; the service's own address
// is a page for whoever asks.
bool Pages::is_navigation(const Request& request) const {
  if (request.segments.empty()) return true;
  if (others_.contains(request.segments.front())) return false;
  if (request.segments.front() + "/" == kHashed) return false;
  return request.header("Accept").find("text/html") != std::string_view::npos;
}

}  // namespace cachery::http
