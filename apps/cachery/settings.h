// The settings of `cachery serve`, made of settings.def: one struct with a field a row. A setting
// is taken from the first of flags, environment and settings file that names it, else its default;
// each value is checked the same way wherever it came from, and an error names the source, the
// value and what is allowed. An unknown key in the file is an error: a misspelt limit must not be
// silent.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace cachery {

enum class SettingKind { text, path, port, size, count, seconds, toggle, choice };
enum class Reload { start, sighup };

struct SettingRow {
  std::string_view name;  // "memcache_port"
  SettingKind kind;
  std::string_view default_text;
  std::string_view allowed;
  Reload reload;
  std::string_view help;

  std::string flag() const;         // "memcache-port", the settings file's key as well
  std::string environment() const;  // "CACHERY_MEMCACHE_PORT"
};

std::span<const SettingRow> setting_rows();

template <SettingKind>
struct SettingType;
template <> struct SettingType<SettingKind::text> { using type = std::string; };
template <> struct SettingType<SettingKind::path> { using type = std::filesystem::path; };
template <> struct SettingType<SettingKind::port> { using type = uint16_t; };
template <> struct SettingType<SettingKind::size> { using type = uint64_t; };     // bytes
template <> struct SettingType<SettingKind::count> { using type = uint32_t; };
template <> struct SettingType<SettingKind::seconds> { using type = uint32_t; };
template <> struct SettingType<SettingKind::toggle> { using type = bool; };
template <> struct SettingType<SettingKind::choice> { using type = std::string; };

struct Settings {
#define CACHERY_SETTING(name, kind, default_text, allowed, reload, help) \
  SettingType<SettingKind::kind>::type name{};
#include "settings.def"
#undef CACHERY_SETTING

  // The addresses that `listen` names, at least one, each once. The last one may be left out where
  // the machine lacks it, if `is_ipv6_optional`.
  std::vector<std::string> addresses;
  std::vector<std::string> listen_names;  // the same as `listen` has them
  bool is_ipv6_optional = false;

  // What was said of the data directory, rather than worked out: --local needs none else.
  bool has_data_dir = false;
};

// Where settings come from. Values as their sources have them, by setting_rows()' names.
struct SettingSources {
  std::map<std::string, std::string, std::less<>> flags = {};
  std::function<std::optional<std::string>(const std::string&)> environment = {};
  std::filesystem::path file = {};  // empty: none
};

[[nodiscard]] Result<Settings> load_settings(const SettingSources& sources);
// The process's own environment.
std::optional<std::string> environment_variable(const std::string& name);

bool is_loopback(std::string_view address);
// $CACHERY_DATA_DIR, else the default of the user who runs this.
std::filesystem::path default_data_dir();
// docs/settings.md.
std::string settings_markdown();

}  // namespace cachery
