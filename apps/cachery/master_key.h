// The master key as text, and where it may come from instead of the data directory: the
// environment, for those whose secrets a platform keeps. It is no setting, so that it stands in no
// file of settings and on no command line.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/error.h"
#include "control/seal.h"

namespace cachery {

inline constexpr const char* kMasterKeyVariable = "CACHERY_MASTER_KEY";
inline constexpr const char* kNextMasterKeyVariable = "CACHERY_MASTER_KEY_NEXT";

// invalid: not 64 hexadecimal digits.
[[nodiscard]] Result<control::MasterKey> parse_master_key(std::string_view hex);
// The one that a file holds; the failures are those of read_secret (data_dir.h) and the above.
[[nodiscard]] Result<control::MasterKey> read_master_key(const std::filesystem::path& path);
// not_found: the variable is not set.
[[nodiscard]] Result<std::string> master_key_of_environment(
    const char* variable = kMasterKeyVariable);

}  // namespace cachery
