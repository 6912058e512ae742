// `xbookmarker backup` and `xbookmarker restore`. Each returns the exit status: 0 done, 1 failed, 2 wrong
// arguments; the reason is on standard error.
#pragma once

#include <string>

#include "config.hpp"

namespace app {

struct BackupArguments {
    std::string kind = "daily";
    std::string directory;  ///< empty: the server's storage, with an entry in the history
};
/// Makes a backup now, beside a running server or without one.
int run_backup(const Config& config, const BackupArguments& arguments);

/// Tries a backup in a database of its own. `which`: an id, a file, or empty for the newest one.
int run_verify_backup(const Config& config, const std::string& which);

struct RestoreArguments {
    std::string which;     ///< id or file
    bool is_sure = false;  ///< nobody is asked
};
/// Puts a backup in place of the database. No server may run.
int run_restore(const Config& config, const RestoreArguments& arguments);

}  // namespace app
