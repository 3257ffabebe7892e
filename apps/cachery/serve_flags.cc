#include <memory>

#include "serve_command.h"

namespace cachery {
namespace {

// One flag a setting; a toggle may stand alone (--local) or be told (--local=false).
void add_flags(CLI::App& command, const std::shared_ptr<SettingSources>& sources) {
  for (const SettingRow& row : setting_rows()) {
    const std::string flag = "--" + row.flag();
    const std::string name(row.name);
    std::string help(row.help);
    if (!row.allowed.empty()) help += " [" + std::string(row.allowed) + "]";
    const std::function<void(const std::string&)> take = [sources, name](const std::string& text) {
      sources->flags[name] = text;
    };
    if (row.kind == SettingKind::toggle) {
      command.add_flag_function(
          flag + "{true}", [take](int64_t count) { take(count > 0 ? "true" : "false"); }, help);
      continue;
    }
    if (!row.default_text.empty()) help += " (default: " + std::string(row.default_text) + ")";
    command.add_option_function<std::string>(flag, take, help)->type_name("");
  }
}

}  // namespace

void add_serve_command(CLI::App& program, Terminal& terminal) {
  CLI::App* command = program.add_subcommand("serve", "Run everything on this machine");
  const auto sources = std::make_shared<SettingSources>();
  sources->environment = environment_variable;
  command->add_option("--config", sources->file, "Settings file, TOML")->envname("CACHERY_CONFIG");
  add_flags(*command, sources);
  command->callback([sources, &terminal] {
    const auto settings = load_settings(*sources);
    if (!settings) return terminal.report(settings.error(), kExitUsage);
    terminal.exit_code = serve(*settings, *sources, terminal);
  });
}

}  // namespace cachery
