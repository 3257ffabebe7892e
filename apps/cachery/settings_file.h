// The settings file, TOML, as names and texts: `memory = "2g"` and `threads = 4` alike. What a name
// means and what its value may be is settings.cc's matter, the same for every source.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "base/error.h"

namespace cachery {

struct SettingsFile {
  std::map<std::string, std::string> values = {};
};

// invalid: cannot be read, is not TOML (with the line), or holds a list or a table.
[[nodiscard]] Result<SettingsFile> read_settings_file(const std::filesystem::path& path);

}  // namespace cachery
