#include "postgres/error.hpp"

namespace postgres {

base::Error to_error(std::string_view sqlstate, std::string_view constraint) {
    using base::Errc;
    using namespace std::chrono_literals;
    const std::string_view group = sqlstate.substr(0, 2);
    if (sqlstate == "57014")
        return {Errc::query_timeout, "The database stopped a statement that took too long", 1s};
    // Connection lost, server starting or stopping, too many connections, serialisation failure or deadlock.
    // 26000: the preparation of a statement failed, and others had been sent behind it.
    if (sqlstate.empty() || group == "08" || group == "57" || group == "53" || group == "40" ||
        sqlstate == "26000")
        return {Errc::service_unavailable, "The database is not available at the moment", 1s};
    // A row for somebody who was erased after he was let in. `…_user_id_fkey` is the name that PostgreSQL
    // gives to a reference of that column alone.
    if (sqlstate == "23503" && constraint.ends_with("_user_id_fkey"))
        return {Errc::user_not_found, "This account does not exist any more", {}};
    return {Errc::internal_error, "The database refused a statement", {}};
}

base::Error nobody_waits() {
    return {base::Errc::query_timeout, "The answer of the database was not waited for",
            std::chrono::seconds{1}};
}

}  // namespace postgres
