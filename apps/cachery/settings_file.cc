#include "settings_file.h"

#include <fmt/format.h>
#include <toml++/toml.h>

namespace cachery {

Result<SettingsFile> read_settings_file(const std::filesystem::path& path) {
  SettingsFile file;
  // A stream opens a directory, and reads nothing from it.
  if (std::error_code ignored; std::filesystem::is_directory(path, ignored)) {
    return fail(Fault::invalid,
                fmt::format("{} line 0: it cannot be opened: it is a directory", path.string()));
  }
  try {
    const toml::table table = toml::parse_file(path.string());
    for (const auto& [key, node] : table) {
      const std::string name(key.str());
      if (const auto* text = node.as_string()) {
        file.values[name] = text->get();
      } else if (const auto* number = node.as_integer()) {
        file.values[name] = std::to_string(number->get());
      } else if (const auto* truth = node.as_boolean()) {
        file.values[name] = truth->get() ? "true" : "false";
      } else {
        return fail(Fault::invalid,
                    fmt::format("{} line {}: \"{}\" must be a text, a whole number, true or false",
                                path.string(), node.source().begin.line, name));
      }
    }
  } catch (const toml::parse_error& error) {
    return fail(Fault::invalid, fmt::format("{} line {}: {}", path.string(),
                                            error.source().begin.line, error.description()));
  }
  return file;
}

}  // namespace cachery
