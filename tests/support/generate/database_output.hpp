// Generated libraries straight into PostgreSQL, as the server would have stored them.
#pragma once

#include <cstdint>
#include <string>

#include "post.hpp"

namespace generate {

struct DatabaseOptions {
    std::string url;
    std::uint64_t count = 0;    ///< bookmarks of all users together
    unsigned users = 1;         ///< the bookmarks are spread evenly
    std::string user = "load";  ///< the account, or the start of its name (`load1`, `load2`, …) for several
    unsigned threads = 2;
};

/// One million rows take about 70 s on two cores, server included; dropping the indexes and building them
/// afterwards took 83 s. Accounts that exist are filled, others are made (without password). Throws
/// std::runtime_error.
void fill_database(const Writer& writer, std::uint64_t seed, const DatabaseOptions& options);

}  // namespace generate
