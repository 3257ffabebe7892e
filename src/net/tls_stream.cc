#include "net/tls_stream.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace cachery::net {
namespace {

// Memory that an emptied output buffer may keep: a handshake's or a small reply's.
constexpr size_t kSpareOutputBytes = 4'096;

}  // namespace

struct TlsStream::Bio {
  static TlsStream& stream(BIO* bio) { return *static_cast<TlsStream*>(BIO_get_data(bio)); }

  static int read(BIO* bio, char* room, size_t bytes, size_t* taken) {
    BIO_clear_retry_flags(bio);
    *taken = stream(bio).take_input(std::as_writable_bytes(std::span(room, bytes)));
    if (*taken > 0) return 1;
    BIO_set_retry_read(bio);
    return 0;
  }

  static int write(BIO* bio, const char* from, size_t bytes, size_t* given) {
    BIO_clear_retry_flags(bio);
    *given = 0;
    if (!stream(bio).give_output(std::as_bytes(std::span(from, bytes)))) return 0;
    *given = bytes;
    return 1;
  }

  static long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

  static BIO_METHOD* make_method() {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "lent bytes");
    if (made == nullptr || BIO_meth_set_read_ex(made, read) != 1 ||
        BIO_meth_set_write_ex(made, write) != 1 || BIO_meth_set_ctrl(made, control) != 1) {
      BIO_meth_free(made);
      return nullptr;
    }
    return made;
  }

  // The table of these four functions: constant once made, and OpenSSL wants it on the heap.
  static const BIO_METHOD* method() {
    static const std::unique_ptr<BIO_METHOD, OpensslDelete<BIO_meth_free>> made(make_method());
    return made.get();
  }
};

Result<std::unique_ptr<TlsStream>> TlsStream::open(const TlsContext& context) {
  ERR_clear_error();
  std::unique_ptr<TlsStream> stream(new TlsStream());
  stream->ssl_.reset(SSL_new(context.get()));
  BIO* bio = Bio::method() != nullptr ? BIO_new(Bio::method()) : nullptr;
  if (!stream->ssl_ || bio == nullptr) {
    BIO_free(bio);
    return openssl_fail(Fault::exhausted, "cannot make a TLS connection");
  }
  // Whatever the context says: little memory while idle, and one record a write, without which the
  // output's bound does not hold.
  SSL_set_mode(stream->ssl_.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                       SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  BIO_set_data(bio, stream.get());
  BIO_set_init(bio, 1);
  SSL_set_bio(stream->ssl_.get(), bio, bio);  // owned by ssl_ from here on
  return stream;
}

Result<std::unique_ptr<TlsStream>> TlsStream::accept(const TlsContext& context) {
  Result<std::unique_ptr<TlsStream>> stream = open(context);
  if (stream) SSL_set_accept_state((*stream)->ssl_.get());
  return stream;
}

Result<std::unique_ptr<TlsStream>> TlsStream::connect(const TlsContext& context,
                                                      const std::string& host) {
  Result<std::unique_ptr<TlsStream>> stream = open(context);
  if (!stream) return stream;
  SSL* ssl = (*stream)->ssl_.get();
  SSL_set_connect_state(ssl);
  // An address is checked as one, and is not sent as a name (RFC 6066, 3).
  bool is_address = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1;
  ERR_clear_error();
  if (!is_address &&
      (SSL_set_tlsext_host_name(ssl, host.c_str()) != 1 || SSL_set1_host(ssl, host.c_str()) != 1)) {
    return openssl_fail(Fault::invalid, "cannot ask for the server name " + host);
  }
  Status started = (*stream)->advance_handshake();
  if (!started) return std::unexpected(started.error());
  return stream;
}

Status TlsStream::feed(std::span<const std::byte> ciphertext) {
  if (failure_) return std::unexpected(*failure_);
  Status kept = keep_input();  // nothing to do for an owner that read to the end
  if (!kept) return kept;
  lent_ = ciphertext;
  return handshake_ == TlsHandshake::in_progress ? advance_handshake() : Status{};
}

Status TlsStream::keep_input() {
  if (lent_.empty()) return {};
  if (kept_.size() - kept_start_ + lent_.size() > kTlsInputBytesMax) {
    return fail_with({Fault::exhausted, "more TLS input than may be kept"});
  }
  kept_.erase(kept_.begin(), kept_.begin() + static_cast<std::ptrdiff_t>(kept_start_));
  kept_start_ = 0;
  kept_.insert(kept_.end(), lent_.begin(), lent_.end());
  lent_ = {};
  return {};
}

Result<size_t> TlsStream::read(std::span<std::byte> plaintext) {
  if (failure_) return std::unexpected(*failure_);
  size_t total = 0;
  while (handshake_ == TlsHandshake::done && total < plaintext.size()) {
    Result<size_t> got = read_record(plaintext.subspan(total));
    // What was read before the error is given first; the error comes with the next call.
    if (!got && total == 0) return got;
    if (!got || *got == 0) break;
    total += *got;
  }
  return total;
}

Result<size_t> TlsStream::read_record(std::span<std::byte> plaintext) {
  ERR_clear_error();
  size_t got = 0;
  int outcome = SSL_read_ex(ssl_.get(), plaintext.data(), plaintext.size(), &got);
  if (outcome == 1) return got;
  int reason = SSL_get_error(ssl_.get(), outcome);
  if (reason == SSL_ERROR_WANT_READ) return 0;
  if (reason == SSL_ERROR_ZERO_RETURN) {
    is_peer_done_ = true;
    lent_ = {};  // nothing counts behind the peer's end
    return 0;
  }
  Status failed = fail_with({Fault::invalid, "TLS read: " + what_went_wrong()});
  return std::unexpected(failed.error());
}

Result<size_t> TlsStream::write(std::span<const std::byte> plaintext) {
  if (failure_) return std::unexpected(*failure_);
  if (is_closed_) return fail(Fault::conflict, "TLS write after close");
  size_t total = 0;
  while (handshake_ == TlsHandshake::done && total < plaintext.size() &&
         output_bytes() < kTlsOutputBytesMax) {
    Result<size_t> taken = write_record(plaintext.subspan(total));
    if (!taken) return taken;
    total += *taken;
  }
  return total;
}

Result<size_t> TlsStream::write_record(std::span<const std::byte> plaintext) {
  ERR_clear_error();
  size_t taken = 0;
  // One record at most (partial writes are on); the output buffer takes it whole.
  if (SSL_write_ex(ssl_.get(), plaintext.data(), plaintext.size(), &taken) == 1) return taken;
  Status failed = fail_with({Fault::invalid, "TLS write: " + what_went_wrong()});
  return std::unexpected(failed.error());
}

void TlsStream::close() {
  if (failure_ || is_closed_ || handshake_ != TlsHandshake::done) return;
  is_closed_ = true;
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

std::span<const std::byte> TlsStream::output() const {
  return std::span(output_).subspan(output_start_);
}

void TlsStream::consume_output(size_t bytes) {
  output_start_ += std::min(bytes, output_bytes());
  if (output_start_ < output_.size()) return;
  output_start_ = 0;
  output_.clear();
  if (output_.capacity() > kSpareOutputBytes) std::vector<std::byte>().swap(output_);
}

void TlsStream::put_back_output(std::span<const std::byte> ciphertext) {
  output_.erase(output_.begin(), output_.begin() + static_cast<std::ptrdiff_t>(output_start_));
  output_start_ = 0;
  output_.insert(output_.begin(), ciphertext.begin(), ciphertext.end());
}

void TlsStream::swap_output(std::vector<std::byte>& buffer) {
  if (buffer.empty() && output_start_ == 0) {
    std::swap(buffer, output_);
    return;
  }
  std::span<const std::byte> pending = output();  // what a partial send left is in the way: copied
  buffer.insert(buffer.end(), pending.begin(), pending.end());
  consume_output(pending.size());
}

bool TlsStream::is_resumed() const { return SSL_session_reused(ssl_.get()) == 1; }

std::string_view TlsStream::protocol_version() const { return SSL_get_version(ssl_.get()); }

std::string TlsStream::server_name() const {
  const char* name = SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name);
  return name != nullptr ? name : "";
}

std::string TlsStream::client_common_name() const {
  if (handshake_ != TlsHandshake::done || SSL_get_verify_result(ssl_.get()) != X509_V_OK) return {};
  const X509* certificate = SSL_get0_peer_certificate(ssl_.get());
  return certificate != nullptr ? common_name_of(*certificate) : std::string();
}

Status TlsStream::advance_handshake() {
  ERR_clear_error();
  int outcome = SSL_do_handshake(ssl_.get());
  if (outcome == 1) {
    handshake_ = TlsHandshake::done;
    return {};
  }
  if (SSL_get_error(ssl_.get(), outcome) == SSL_ERROR_WANT_READ) return {};
  return fail_with({Fault::invalid, "TLS handshake: " + what_went_wrong()});
}

Status TlsStream::fail_with(Error error) {
  failure_ = std::move(error);
  handshake_ = TlsHandshake::failed;
  lent_ = {};
  return std::unexpected(*failure_);
}

std::string TlsStream::what_went_wrong() const {
  std::string reasons = drain_openssl_errors();
  if (output_bytes() >= kTlsOutputBytesMax) reasons += "; the peer does not read";
  long verdict = SSL_get_verify_result(ssl_.get());
  if (verdict == X509_V_OK) return reasons;
  return reasons + "; " + X509_verify_cert_error_string(verdict);
}

size_t TlsStream::take_input(std::span<std::byte> room) {
  if (kept_start_ < kept_.size()) {
    size_t bytes = std::min(room.size(), kept_.size() - kept_start_);
    std::memcpy(room.data(), kept_.data() + kept_start_, bytes);
    kept_start_ += bytes;
    if (kept_start_ == kept_.size()) {
      std::vector<std::byte>().swap(kept_);
      kept_start_ = 0;
    }
    return bytes;
  }
  size_t bytes = std::min(room.size(), lent_.size());
  if (bytes > 0) std::memcpy(room.data(), lent_.data(), bytes);
  lent_ = lent_.subspan(bytes);
  return bytes;
}

bool TlsStream::give_output(std::span<const std::byte> ciphertext) {
  if (output_bytes() + ciphertext.size() > kTlsOutputBytesCutOff) return false;
  if (output_start_ > output_bytes()) {  // sent bytes would pile up under a slow reader
    output_.erase(output_.begin(), output_.begin() + static_cast<std::ptrdiff_t>(output_start_));
    output_start_ = 0;
  }
  output_.insert(output_.end(), ciphertext.begin(), ciphertext.end());
  return true;
}

}  // namespace cachery::net
