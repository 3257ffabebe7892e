#include "outgoing/http_post.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <memory>
#include <string_view>

#include "base/check.h"
#include "outgoing/curl_ending.h"

namespace cachery::outgoing {
namespace {

using Curl = std::unique_ptr<CURL, decltype([](CURL* curl) { curl_easy_cleanup(curl); })>;
using Headers =
    std::unique_ptr<curl_slist, decltype([](curl_slist* list) { curl_slist_free_all(list); })>;

// One exchange, as libcurl's callbacks see it.
struct Exchange {
  Reach reach;
  bool was_refused = false;  // by the address policy
  std::string answer = {};   // its first bytes
  size_t answer_bytes = 0;
};

// Asked about each address that the name has, before a connection is made to it.
curl_socket_t open_socket(void* user, curlsocktype, curl_sockaddr* address) {
  auto& exchange = *static_cast<Exchange*>(user);
  if (exchange.reach == Reach::public_only && !is_public(address->addr)) {
    exchange.was_refused = true;
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

size_t take_answer(char* bytes, size_t size, size_t count, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  const size_t room = kAnswerBytesKept - exchange.answer.size();
  exchange.answer.append(bytes, std::min(room, size * count));
  exchange.answer_bytes += size * count;
  // Fewer than were offered ends the exchange.
  return exchange.answer_bytes <= kAnswerBytesMax ? size * count : 0;
}

template <typename Value>
void set(const Curl& curl, CURLoption option, Value value) {
  CHECK(curl_easy_setopt(curl.get(), option, value) == CURLE_OK);
}

Headers header_list(const Post& post) {
  Headers list;
  const auto add = [&list](const std::string& line) {
    curl_slist* const longer = curl_slist_append(list.get(), line.c_str());
    CHECK(longer != nullptr);
    static_cast<void>(list.release());
    list.reset(longer);
  };
  for (const auto& [name, value] : post.headers) add(fmt::format("{}: {}", name, value));
  add("Expect:");  // no round trip before a body of a few hundred bytes
  return list;
}

void prepare(const Curl& curl, const Post& post, const curl_slist* headers, Exchange& exchange,
             const HttpPoster::Settings& settings) {
  set(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  set(curl, CURLOPT_POST, 1L);
  set(curl, CURLOPT_POSTFIELDS, post.body.c_str());
  set(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(post.body.size()));
  set(curl, CURLOPT_HTTPHEADER, headers);
  set(curl, CURLOPT_USERAGENT, "Cachery");
  set(curl, CURLOPT_FOLLOWLOCATION, 0L);
  set(curl, CURLOPT_PROXY, "");
  set(curl, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(curl, CURLOPT_NOSIGNAL, 1L);  // several threads
  set(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(settings.connect_time.count()));
  set(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(settings.exchange_time.count()));
  watch_ending(curl.get(), settings.ending);
  set(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
  set(curl, CURLOPT_OPENSOCKETDATA, &exchange);
  set(curl, CURLOPT_WRITEFUNCTION, take_answer);
  set(curl, CURLOPT_WRITEDATA, &exchange);
}

// What a receiver says, fit for one line of a row.
std::string shown(std::string_view answer) {
  std::string text;
  for (const char c : answer) text += c >= ' ' && c < 0x7f ? c : ' ';
  while (text.ends_with(' ')) text.pop_back();
  return text.empty() ? "nothing more" : "\"" + text + "\"";
}

Status judge(long status, const Exchange& exchange) {
  if (status >= 200 && status < 300) return {};
  if (status >= 300 && status < 400) {
    return fail(Fault::unavailable, fmt::format("it answered {}, a redirect, and those are not "
                                                "followed: give the address that it leads to",
                                                status));
  }
  const Fault fault = status == 410 ? Fault::forbidden : Fault::unavailable;
  return fail(fault, fmt::format("it answered {}, and {}", status, shown(exchange.answer)));
}

Status judge_failure(CURLcode code, const Exchange& exchange) {
  if (exchange.was_refused) {
    return fail(Fault::forbidden,
                "its address is loopback, private or reserved, and this "
                "installation delivers to public addresses only");
  }
  const bool is_no_address = code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL;
  return fail(is_no_address ? Fault::invalid : Fault::unavailable,
              fmt::format("no answer: {}", curl_easy_strerror(code)));
}

}  // namespace

HttpPoster::HttpPoster(Settings settings) : settings_(settings) {
  CHECK(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
}

Status HttpPoster::send(const Post& post) const {
  const Curl curl(curl_easy_init());
  CHECK(curl != nullptr);
  if (curl_easy_setopt(curl.get(), CURLOPT_URL, post.url.c_str()) != CURLE_OK) {
    return fail(Fault::invalid, "its address cannot be read");
  }
  const Headers headers = header_list(post);
  Exchange exchange{.reach = settings_.reach};
  prepare(curl, post, headers.get(), exchange, settings_);
  const CURLcode code = curl_easy_perform(curl.get());
  long status = 0;
  static_cast<void>(curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status));
  // An answer that is too long is an answer all the same.
  const bool is_too_long = code == CURLE_WRITE_ERROR && exchange.answer_bytes > kAnswerBytesMax;
  if (code == CURLE_OK || is_too_long) return judge(status, exchange);
  return judge_failure(code, exchange);
}

}  // namespace cachery::outgoing
