// The subcommands besides `serve`. Each returns the exit status: 0 done, 1 failed (the reason is on standard
// error).
#pragma once

#include <optional>
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
    std::optional<std::string> user;  ///< may be missing when there is one account
    std::string format = "auto";
    std::string strategy = "skip";
    bool dry_run = false;
};
/// Imports a file into a library, with progress on a terminal. Returns 2 for wrong arguments.
int run_import(const Config& config, const ImportArguments& arguments);

struct ExportArguments {
    std::optional<std::string> user;  ///< may be missing when there is one account
    std::string format = "json";
    std::string output;       ///< `-`: standard output; empty: a new file in the current directory
    bool everything = false;  ///< settings, saved and past searches, too
    bool no_archived = false;
    bool compressed = false;
};
/// Writes a library to a file. Returns 2 for wrong arguments.
int run_export(const Config& config, const ExportArguments& arguments);

}  // namespace app
