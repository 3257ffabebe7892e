#include "master_key_command.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <ostream>

#include "base/log.h"
#include "control/db/sealed_values.h"
#include "control/seal.h"
#include "data_dir.h"
#include "master_key.h"
#include "settings.h"

namespace cachery {
namespace {

struct Choice {
  std::filesystem::path data_dir = {};
  std::string database = {};

  DataDirPaths paths() const { return {data_dir.empty() ? default_data_dir() : data_dir}; }
  std::string records() const { return database.empty() ? paths().database().string() : database; }
};

struct Keys {
  control::MasterKey before = {};
  control::MasterKey after = {};
};

Result<Keys> parse(const Result<std::string>& before, const Result<std::string>& after) {
  if (!before) return std::unexpected(before.error());
  if (!after) return std::unexpected(after.error());
  const auto first = parse_master_key(*before);
  if (!first) return std::unexpected(first.error());
  const auto second = parse_master_key(*after);
  if (!second) return std::unexpected(second.error());
  return Keys{*first, *second};
}

Result<uint64_t> reseal(const Choice& choice, const Keys& keys) {
  const control::Sealer before(keys.before);
  const control::Sealer after(keys.after);
  return control::db::reseal_all(choice.records(),
                                 [&](std::string_view sealed) -> Result<std::string> {
                                   if (after.open(sealed))
                                     return std::string(sealed);  // by a run that was cut short
                                   const auto plain = before.open(sealed);
                                   if (!plain) return std::unexpected(plain.error());
                                   return after.seal(*plain);
                                 });
}

// The keys are the environment's, and stay there.
Result<uint64_t> rotate_in_environment(const Choice& choice) {
  const auto keys =
      parse(master_key_of_environment(), master_key_of_environment(kNextMasterKeyVariable));
  if (!keys) return std::unexpected(keys.error());
  return reseal(choice, *keys);
}

// Before there is a new key: a change from a key that is not the database's makes none.
Status check_before(const Choice& choice, const DataDir& data_dir) {
  std::error_code ignored;
  if (std::filesystem::exists(data_dir.paths().next_master_key(), ignored)) return {};
  const auto key = read_master_key(choice.paths().master_key());
  if (!key) return std::unexpected(key.error());
  return control::db::check_master_key(choice.records(), control::Sealer(*key));
}

Result<uint64_t> rotate_file(const Choice& choice, const DataDir& data_dir) {
  if (auto good = check_before(choice, data_dir); !good) return std::unexpected(good.error());
  const auto keys = parse(read_secret(choice.paths().master_key()), data_dir.next_master_key());
  if (!keys) return std::unexpected(keys.error());
  auto count = reseal(choice, *keys);
  if (!count) {
    const auto settled = drop_unused_next_key(data_dir, choice.records());
    return settled ? count : std::unexpected(settled.error());
  }
  if (auto adopted = data_dir.adopt_next_master_key(); !adopted) {
    return std::unexpected(adopted.error());
  }
  return count;
}

void rotate(const Choice& choice, Terminal& terminal) {
  const auto data_dir = DataDir::open(choice.paths().root);
  if (!data_dir) return terminal.report(data_dir.error());
  const bool is_in_environment = std::getenv(kMasterKeyVariable) != nullptr;
  const auto count =
      is_in_environment ? rotate_in_environment(choice) : rotate_file(choice, *data_dir);
  if (!count) return terminal.report(count.error());
  terminal.out << fmt::format("sealed {} values with the new master key, in {}\n", *count,
                              is_in_environment ? kNextMasterKeyVariable
                                                : choice.paths().master_key().string())
               << "Backups that were made before open with the old one only: keep it with them.\n";
}

}  // namespace

Status drop_unused_next_key(const DataDir& data_dir, const std::string& database) {
  std::error_code ignored;
  if (!std::filesystem::exists(data_dir.paths().next_master_key(), ignored)) return {};
  const auto key = read_master_key(data_dir.paths().master_key());
  if (!key || !control::db::check_master_key(database, control::Sealer(*key))) return {};
  log::warning("master_key_change_dropped",
               {{"file", data_dir.paths().next_master_key().string()}});
  return data_dir.drop_next_master_key();
}

void add_master_key_commands(CLI::App& program, Terminal& terminal) {
  CLI::App* master_key =
      program.add_subcommand("master-key", "Change the key that seals what the database keeps");
  master_key->require_subcommand(1);
  CLI::App* command = master_key->add_subcommand(
      "rotate", "Make a new one and seal all with it; the service must be stopped");
  const auto choice = std::make_shared<Choice>();
  command->add_option("--data-dir", choice->data_dir, "Data directory of the service")
      ->envname("CACHERY_DATA_DIR");
  command->add_option("--database", choice->database, "Database, as the service is given it")
      ->envname("CACHERY_DATABASE");
  command->callback([choice, &terminal] { rotate(*choice, terminal); });
}

}  // namespace cachery
