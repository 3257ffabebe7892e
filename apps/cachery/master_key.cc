#include "master_key.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdlib>

#include "data_dir.h"

namespace cachery {

Result<control::MasterKey> parse_master_key(std::string_view hex) {
  control::MasterKey key{};
  bool is_good = hex.size() == 2 * key.size();
  for (size_t i = 0; is_good && i < key.size(); ++i) {
    const char* digits = hex.data() + 2 * i;
    const auto [end, error] = std::from_chars(digits, digits + 2, key[i], 16);
    is_good = error == std::errc{} && end == digits + 2;
  }
  if (is_good) return key;
  return fail(Fault::invalid, "the master key is not 64 hex digits: put back the right master.key");
}

Result<control::MasterKey> read_master_key(const std::filesystem::path& path) {
  const auto text = read_secret(path);
  if (!text) return std::unexpected(text.error());
  return parse_master_key(*text);
}

Result<std::string> master_key_of_environment(const char* variable) {
  const char* const value = std::getenv(variable);
  if (value != nullptr) return std::string(value);
  return fail(Fault::not_found, fmt::format("{} is not set: give the new key in it, 64 hex digits "
                                            "(openssl rand -hex 32)",
                                            variable));
}

}  // namespace cachery
