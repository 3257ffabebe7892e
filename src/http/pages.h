// Files that a browser loads, from memory: what the executable carries of a web application. Names
// below assets/ hold a hash of what is in them, so they are cached for ever; the page itself
// is asked for each time. Every address that nobody else has and a browser navigates to is the
// page's: it finds out itself what to show there (a single-page application).
// Pages that are files of their own (the guide below docs/) are found without their ".html".
// The page's policy allows scripts of our own files only, and style elements that carry the nonce
// of this one answer: the component library makes some, and everything else is refused.
// Rejected: compressing as we answer. It would cost a core what costs the build once.
#pragma once

#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "http/message.h"
#include "http/router.h"

namespace cachery::http {

// What its bytes are, and the same compressed. They outlive the Pages.
struct PageFile {
  std::string_view path = {};  // "assets/index-3f2a.js", "index.html"
  std::string_view content_type = {};
  std::string_view etag = {};  // quoted
  std::string_view plain = {};
  std::string_view gzip = {};    // empty: not worth it
  std::string_view brotli = {};  // empty: not worth it
};

class Pages {
 public:
  // Of `others`, the first segments of their paths are never the page's. `files` without an
  // index.html answers nothing but its files.
  Pages(std::span<const PageFile> files, const std::vector<Endpoint>& others);

  // Nothing: the address is somebody else's. Any thread.
  std::optional<Response> answer(const Request& request) const;

 private:
  const PageFile* find(std::string_view path) const;
  const PageFile* find_named(const std::string& path) const;
  bool is_navigation(const Request& request) const;

  const std::span<const PageFile> files_;
  std::set<std::string, std::less<>> others_;
};

}  // namespace cachery::http
