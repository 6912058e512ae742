// The subcommands besides `serve`. Each returns the exit status: 0 done, 1 failed (the reason is on standard
// error).
#pragma once

#include <string>

#include "config.hpp"

namespace app {

int run_migrate(const Config& config);
/// Asks for the password on the terminal, or reads it from standard input.
int run_user_add(const Config& config, const std::string& name);
int run_user_list(const Config& config);
/// Ends all sessions of the account.
int run_user_password(const Config& config, const std::string& name);

struct ImportArguments {
    std::string file;
    std::string user;                 ///< empty: the only account
    std::string format = "auto";      ///< as `source` of contract 3.15
    std::string duplicates = "skip";  ///< as `duplicateStrategy` of contract 3.15
    bool dry_run = false;
};
/// Imports a file into an account's library, in the foreground.
int run_import_command(const Config& config, const ImportArguments& arguments);

}  // namespace app
