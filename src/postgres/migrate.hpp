// Numbered migrations, each applied under an advisory lock of its transaction, so that a pooler in
// transaction mode may lie between. Blocking: runs before the workers start.
#pragma once

#include <expected>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "postgres/session.hpp"

namespace postgres {

struct Migration {
    int number;
    std::string_view name;
    std::string_view sql;
};

/// Brings the schema up to the last migration, each one in a transaction of its own; what fails leaves
/// nothing. `applied` is told of each one. Returns how many were applied. Errors, as a text for the operator:
/// no connection, a migration that failed, a schema newer than the program, a migration whose text changed
/// after it was applied. `target`: another database than the connection string names.
[[nodiscard]] std::expected<int, std::string> migrate(const std::string& conninfo,
                                                      std::span<const Migration> migrations,
                                                      const std::function<void(const Migration&)>& applied,
                                                      const SessionTarget& target = {});

}  // namespace postgres
