#include <CLI/CLI.hpp>
#include <iostream>

#include "account_commands.h"
#include "backup_commands.h"
#include "bench_command.h"
#include "cache_commands.h"
#include "cluster_commands.h"
#include "credential_commands.h"
#include "import_command.h"
#include "invoice_command.h"
#include "master_key_command.h"
#include "plan_commands.h"
#include "serve_command.h"
#include "small_commands.h"
#include "standard_streams.h"
#include "team_commands.h"
#include "terminal.h"

int main(int argc, char** argv) {
  cachery::open_closed_standard_streams();
  cachery::Terminal terminal{std::cin, std::cout, std::cerr};
  CLI::App program{"Memcache as a service that anyone can run", "cachery"};
  program.require_subcommand(1);
  cachery::add_serve_command(program, terminal);
  cachery::add_cache_commands(program, terminal);
  cachery::add_credential_commands(program, terminal);
  cachery::add_account_commands(program, terminal);
  cachery::add_team_commands(program, terminal);
  cachery::add_invoice_commands(program, terminal);
  cachery::add_backup_commands(program, terminal);
  cachery::add_master_key_commands(program, terminal);
  cachery::add_plan_commands(program, terminal);
  cachery::add_cluster_commands(program, terminal);
  cachery::add_import_command(program, terminal);
  cachery::add_tls_commands(program, terminal);
  cachery::add_settings_command(program, terminal);
  cachery::add_bench_command(program, terminal.exit_code);
  cachery::add_version_command(program, terminal);
  return cachery::run_program(program, argc, argv, terminal);
}
