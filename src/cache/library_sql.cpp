#include "cache/library_sql.hpp"

#include <array>

namespace cache::sql {

using postgres::Access;
using postgres::Statement;
using postgres::Type;

const Statement kRaiseVersion{"library.raise_version",
                              "UPDATE library SET version = version + $2 WHERE user_id = $1",
                              {Type::uuid, Type::int8},
                              Access::write};

const Statement kSelectVersion{
    "library.select_version", "SELECT version FROM library WHERE user_id = $1", {Type::uuid}, Access::read};

std::span<const Statement* const> all() {
    static constexpr std::array kAll{&kRaiseVersion, &kSelectVersion};
    return kAll;
}

}  // namespace cache::sql
