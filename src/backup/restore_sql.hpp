// Databases that are made, compared, exchanged and dropped. Blocking.
#pragma once

#include <string>
#include <vector>

#include "backup/content_sql.hpp"

namespace backup::sql {

/// A session beside the database of `app`, whose role may make databases. Errors are sentences for the
/// operator: the role may not, with what to do about it.
[[nodiscard]] Answer<postgres::Session> open_maintenance(const std::string& conninfo,
                                                         const std::string& superuser);

/// Makes this session the only one that reads backups back into databases beside `database`, until it ends.
/// False: there is another one.
[[nodiscard]] Answer<bool> take_turn(postgres::Session& maintenance, const std::string& database);
/// Makes an empty database like `like`, of the role `owner`.
[[nodiscard]] Outcome create_database(postgres::Session& maintenance, const std::string& name,
                                      const std::string& owner, const std::string& like);
/// Nothing happens when there is none.
[[nodiscard]] Outcome drop_database(postgres::Session& maintenance, const std::string& name);
/// Databases of an earlier run that was killed: `stem`, a word of ours and a tag.
[[nodiscard]] Answer<std::vector<std::string>> find_leftovers(postgres::Session& maintenance,
                                                              const std::string& stem);
/// Whether `owner` may rename the database: it is the owner's or the session is a superuser's.
[[nodiscard]] Answer<bool> may_rename(postgres::Session& maintenance, const std::string& database);
/// Names of programs that use the database.
[[nodiscard]] Answer<std::vector<std::string>> find_sessions(postgres::Session& maintenance,
                                                             const std::string& database);
/// `fresh` takes the name of `database`, which is called `aside` from then on: both or nothing. Error when
/// somebody uses one of them.
[[nodiscard]] Outcome exchange(postgres::Session& maintenance, const std::string& database,
                               const std::string& fresh, const std::string& aside);

/// What of the old database outlives a restore; JSON.
struct Inheritance {
    std::string history = "[]";   ///< backups: they tell of the storage, not of the data
    std::string itself = "[]";    ///< the backup that is restored, unless the history knows it
    std::string versions = "[]";  ///< of libraries: they must never be used again
};
/// Of a database without our tables: nothing.
[[nodiscard]] Answer<Inheritance> read_inheritance(postgres::Session& old);
/// Makes a restored database fit for use: the history of `inheritance`, versions of libraries beyond all that
/// were used, no unfinished backup, and statistics for the planner.
[[nodiscard]] Outcome settle(postgres::Session& fresh, const Inheritance& inheritance);

}  // namespace backup::sql
