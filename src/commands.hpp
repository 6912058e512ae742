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

}  // namespace app
