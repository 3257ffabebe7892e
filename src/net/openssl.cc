#include "net/openssl.h"

#include <openssl/err.h>

#include <ctime>

namespace cachery::net {

std::string drain_openssl_errors() {
  std::string line;
  while (unsigned long code = ERR_get_error()) {
    const char* reason = ERR_reason_error_string(code);
    if (!line.empty()) line += "; ";
    line += reason != nullptr ? std::string(reason) : "error " + std::to_string(code);
  }
  return line.empty() ? "no reason given" : line;
}

std::unexpected<Error> openssl_fail(Fault fault, std::string_view what) {
  return fail(fault, std::string(what) + ": " + drain_openssl_errors());
}

int64_t expiry_of(const X509& certificate) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(&certificate), &parts) != 1) return 0;
  return static_cast<int64_t>(timegm(&parts));
}

std::string common_name_of(const X509& certificate) {
  const X509_NAME* subject = X509_get_subject_name(&certificate);
  int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0 || X509_NAME_get_index_by_NID(subject, NID_commonName, at) >= 0) return {};
  unsigned char* text = nullptr;
  const ASN1_STRING* value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));
  int bytes = ASN1_STRING_to_UTF8(&text, value);
  if (bytes < 0) return {};
  std::string name(reinterpret_cast<const char*>(text), static_cast<size_t>(bytes));
  OPENSSL_free(text);
  return name;
}

int refuse_password(char*, int, int, void*) { return -1; }

}  // namespace cachery::net
