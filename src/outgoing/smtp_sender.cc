#include "outgoing/smtp_sender.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <memory>
#include <string_view>

#include "base/check.h"
#include "base/random.h"
#include "control/email.h"
#include "outgoing/curl_ending.h"

namespace cachery::outgoing {
namespace {

using Curl = std::unique_ptr<CURL, decltype([](CURL* curl) { curl_easy_cleanup(curl); })>;
using Lines =
    std::unique_ptr<curl_slist, decltype([](curl_slist* list) { curl_slist_free_all(list); })>;
using Mime = std::unique_ptr<curl_mime, decltype([](curl_mime* mime) { curl_mime_free(mime); })>;

template <typename Value>
void set(const Curl& curl, CURLoption option, Value value) {
  CHECK(curl_easy_setopt(curl.get(), option, value) == CURLE_OK);
}

void append(Lines& list, const std::string& line) {
  curl_slist* const longer = curl_slist_append(list.get(), line.c_str());
  CHECK(longer != nullptr);
  static_cast<void>(list.release());
  list.reset(longer);
}

// RFC 5322's date, in UTC. The names are English whatever the machine's language.
std::string mail_date(int64_t unix_seconds) {
  constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t time = unix_seconds;
  std::tm parts{};
  CHECK(::gmtime_r(&time, &parts) != nullptr);
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} +0000",
                     kDays[static_cast<size_t>(parts.tm_wday)], parts.tm_mday,
                     kMonths[static_cast<size_t>(parts.tm_mon)], parts.tm_year + 1900,
                     parts.tm_hour, parts.tm_min, parts.tm_sec);
}

Lines head_of(const control::Mail& mail, const std::string& from, int64_t unix_seconds) {
  Lines lines;
  append(lines, "Date: " + mail_date(unix_seconds));
  append(lines, fmt::format("From: Cachery <{}>", from));
  append(lines, fmt::format("To: <{}>", mail.recipient));
  append(lines, "Subject: " + mail.subject);
  append(lines, fmt::format("Message-ID: <{}@{}>", random_hex(16, HexCase::lower),
                            from.substr(from.find('@') + 1)));
  append(lines, "Auto-Submitted: auto-generated");  // RFC 3834: nobody's absence answers it
  return lines;
}

Mime body_of(const Curl& curl, const std::string& text) {
  std::string lines;  // mail ends its lines with both
  for (const char c : text) lines += c == '\n' ? std::string("\r\n") : std::string(1, c);
  Mime mime(curl_mime_init(curl.get()));
  curl_mimepart* const part = curl_mime_addpart(mime.get());
  CHECK(part != nullptr);
  CHECK(curl_mime_data(part, lines.data(), lines.size()) == CURLE_OK);
  CHECK(curl_mime_type(part, "text/plain; charset=utf-8") == CURLE_OK);
  CHECK(curl_mime_encoder(part, "quoted-printable") == CURLE_OK);
  return mime;
}

void prepare(const Curl& curl, const MailServer& server) {
  set(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  set(curl, CURLOPT_PROXY, "");
  set(curl, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(curl, CURLOPT_NOSIGNAL, 1L);  // several threads
  set(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(server.connect_time.count()));
  set(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(server.exchange_time.count()));
  watch_ending(curl.get(), server.ending);
  if (server.tls == MailTls::required)
    set(curl, CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_ALL));
  if (!server.ca_file.empty()) set(curl, CURLOPT_CAINFO, server.ca_file.c_str());
  if (server.user.empty()) return;
  set(curl, CURLOPT_USERNAME, server.user.c_str());
  set(curl, CURLOPT_PASSWORD, server.password.c_str());
}

// Codes that are about the mailbox or the message (RFC 5321, 4.2.3), not about the connection.
Status judge(CURLcode code, long answer) {
  if (code == CURLE_OK) return {};
  const bool is_about_mail = code != CURLE_LOGIN_DENIED && answer >= 550 && answer <= 554;
  const std::string said = answer == 0 ? "" : fmt::format(", it answered {}", answer);
  return fail(is_about_mail ? Fault::invalid : Fault::unavailable,
              fmt::format("the mail server did not take it: {}{}", curl_easy_strerror(code), said));
}

bool is_one_line(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c < 127; });
}

}  // namespace

Result<std::unique_ptr<SmtpSender>> SmtpSender::open(MailServer server, const Clock& clock) {
  CHECK(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
  if (!server.url.starts_with("smtp://") && !server.url.starts_with("smtps://")) {
    return fail(Fault::invalid, fmt::format("smtp-url \"{}\" must be smtp://HOST:PORT or "
                                            "smtps://HOST:PORT",
                                            server.url));
  }
  if (!control::check_email(server.from)) {
    return fail(Fault::invalid, fmt::format("smtp-from \"{}\" must be the address that mails come "
                                            "from, as cachery@example.org",
                                            server.from));
  }
  return std::unique_ptr<SmtpSender>(new SmtpSender(std::move(server), clock));
}

Status SmtpSender::send(const control::Mail& mail) {
  if (!control::check_email(mail.recipient) || !is_one_line(mail.subject)) {
    return fail(Fault::invalid, "its address or its subject is not fit for a mail's head");
  }
  const Curl curl(curl_easy_init());
  CHECK(curl != nullptr);
  if (curl_easy_setopt(curl.get(), CURLOPT_URL, server_.url.c_str()) != CURLE_OK) {
    return fail(Fault::unavailable, "smtp-url cannot be read");
  }
  prepare(curl, server_);
  Lines recipients;
  append(recipients, "<" + mail.recipient + ">");
  const std::string from = "<" + server_.from + ">";
  const Lines head = head_of(mail, server_.from, clock_.now().unix_seconds);
  const Mime body = body_of(curl, mail.text);
  set(curl, CURLOPT_MAIL_FROM, from.c_str());
  set(curl, CURLOPT_MAIL_RCPT, recipients.get());
  set(curl, CURLOPT_HTTPHEADER, head.get());
  set(curl, CURLOPT_MIMEPOST, body.get());
  const CURLcode code = curl_easy_perform(curl.get());
  long answer = 0;
  static_cast<void>(curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &answer));
  return judge(code, answer);
}

}  // namespace cachery::outgoing
