#include "control/seal.h"

#include <sodium.h>

#include "base/check.h"
#include "base/log.h"

namespace cachery::control {
namespace {

static_assert(std::tuple_size_v<MasterKey> == crypto_secretbox_KEYBYTES);
constexpr size_t kNonceBytes = crypto_secretbox_NONCEBYTES;
constexpr size_t kTagBytes = crypto_secretbox_MACBYTES;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

}  // namespace

Sealer::~Sealer() { sodium_memzero(key_.data(), key_.size()); }

std::string Sealer::seal(std::string_view plain) const {
  CHECK(sodium_init() >= 0);
  std::string sealed(kNonceBytes + kTagBytes + plain.size(), '\0');
  unsigned char* const nonce = bytes_of(sealed);
  randombytes_buf(nonce, kNonceBytes);
  crypto_secretbox_easy(nonce + kNonceBytes, bytes_of(plain), plain.size(), nonce, key_.data());
  return sealed;
}

Result<std::string> Sealer::open(std::string_view sealed) const {
  std::string plain;
  if (sealed.size() >= kNonceBytes + kTagBytes) {
    plain.resize(sealed.size() - kNonceBytes - kTagBytes);
    const std::string_view box = sealed.substr(kNonceBytes);
    if (crypto_secretbox_open_easy(bytes_of(plain), bytes_of(box), box.size(), bytes_of(sealed),
                                   key_.data()) == 0) {
      return plain;
    }
  }
  return fail(Fault::internal,
              "a stored password cannot be opened with this master key: put back the master.key "
              "that belongs to this database");
}

std::string Sealer::open_or_empty(std::string_view sealed, std::string_view what,
                                  uint64_t id) const {
  if (auto plain = open(sealed)) return std::move(*plain);
  log::error("sealed_value_unreadable", {{"what", what}, {"id", id}});
  return {};
}

}  // namespace cachery::control
