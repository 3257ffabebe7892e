#include "backup_commands.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <ostream>

#include "control/db/backup.h"
#include "data_dir.h"
#include "master_key.h"
#include "settings.h"

namespace cachery {
namespace {

struct Choice {
  std::filesystem::path data_dir = {};
  std::string database = {};
  std::filesystem::path file = {};

  DataDirPaths paths() const { return {data_dir.empty() ? default_data_dir() : data_dir}; }
  std::string records() const { return database.empty() ? paths().database().string() : database; }
};

void run_backup(const Choice& choice, Terminal& terminal) {
  const auto done = control::db::back_up(choice.records(), choice.file);
  if (!done) return terminal.report(done.error());
  terminal.out << "backed up to " << choice.file.string()
               << "\nNot in it: " << choice.paths().master_key().string()
               << ", without which it opens no password. Keep that file elsewhere.\n";
}

// Nothing: it is yet to be put there, as on a new machine.
Result<std::optional<control::MasterKey>> present_key(const Choice& choice) {
  const std::filesystem::path file = choice.paths().master_key();
  const auto text = master_key_of_environment();
  std::error_code ignored;
  if (!text && !std::filesystem::exists(file, ignored)) return std::nullopt;
  return text ? parse_master_key(*text) : read_master_key(file);
}

Status restore_locked(const Choice& choice) {
  const auto lock = DataDir::open(choice.paths().root);
  if (!lock) return std::unexpected(lock.error());
  const auto key = present_key(choice);
  if (!key) return std::unexpected(key.error());
  if (!*key) return control::db::restore(choice.file, choice.records());
  const control::Sealer sealer(**key);
  return control::db::restore(choice.file, choice.records(), &sealer);
}

void run_restore(const Choice& choice, Terminal& terminal) {
  if (const auto done = restore_locked(choice); !done) return terminal.report(done.error());
  terminal.out << "restored from " << choice.file.string() << "\nThe master key that belongs to it "
               << "must be in " << choice.paths().master_key().string() << ".\n";
}

}  // namespace

void add_backup_commands(CLI::App& program, Terminal& terminal) {
  CLI::App* backup = program.add_subcommand(
      "backup", "Write all records to one file; the service may run meanwhile");
  CLI::App* restore = program.add_subcommand(
      "restore", "Replace all records by those of a backup; the service must be stopped");
  const auto choice = std::make_shared<Choice>();
  for (CLI::App* command : {backup, restore}) {
    command->add_option("--data-dir", choice->data_dir, "Data directory of the service")
        ->envname("CACHERY_DATA_DIR");
    command->add_option("--database", choice->database, "Database, as the service is given it")
        ->envname("CACHERY_DATABASE");
    command->add_option("file", choice->file, "The backup")->required();
  }
  backup->callback([choice, &terminal] { run_backup(*choice, terminal); });
  restore->callback([choice, &terminal] { run_restore(*choice, terminal); });
}

}  // namespace cachery
