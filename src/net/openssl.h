// OpenSSL's objects as values with one owner, and its error queue as one line for a person. Every
// file of this folder that speaks to OpenSSL stands on this one, so that a forgotten free or a
// stale entry of the (per thread) error queue cannot be written.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"

namespace cachery::net {

template <auto kFree>
struct OpensslDelete {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};

using OwnedBio = std::unique_ptr<BIO, OpensslDelete<BIO_free_all>>;
using OwnedKey = std::unique_ptr<EVP_PKEY, OpensslDelete<EVP_PKEY_free>>;
using OwnedCertificate = std::unique_ptr<X509, OpensslDelete<X509_free>>;
using OwnedSsl = std::unique_ptr<SSL, OpensslDelete<SSL_free>>;
// Shared: connections made before a reload keep the context that they were made from.
using TlsContext = std::shared_ptr<SSL_CTX>;

// Empties this thread's error queue into "reason; reason", or "no reason given".
std::string drain_openssl_errors();
// An Error of "<what>: <drained reasons>".
[[nodiscard]] std::unexpected<Error> openssl_fail(Fault fault, std::string_view what);

// The end of a certificate's life in unix seconds.
int64_t expiry_of(const X509& certificate);
// The subject's common name; empty when there is none or more than one.
std::string common_name_of(const X509& certificate);

// Given as pem_password_cb: a key with a password is refused. OpenSSL would otherwise stop the
// whole program to ask for it on the terminal.
int refuse_password(char* buffer, int size, int is_writing, void* context);

}  // namespace cachery::net
