// What a backup asks PostgreSQL about the whole database, over a connection of its own. Blocking.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "backup/backup.hpp"
#include "backup/files.hpp"
#include "postgres/session.hpp"

namespace backup::sql {

template <class T>
using Answer = std::expected<T, std::string>;

/// Settings of which the text of rows depends, and no limit of time.
[[nodiscard]] Outcome prepare(postgres::Session& session);

/// Begins a transaction that sees one moment and holds the lock of backups until it ends. False: another one
/// is being made.
[[nodiscard]] Answer<bool> begin_snapshot(postgres::Session& session);
/// Ends the transaction and goes on holding the lock, so that nothing is kept from being cleaned up.
[[nodiscard]] Outcome leave_snapshot(postgres::Session& session);
/// The name by which pg_dump sees the same moment.
[[nodiscard]] Answer<std::string> export_snapshot(postgres::Session& session);

struct Facts {
    std::int64_t schema = 0;  ///< number of the last migration
    Metadata metadata;        ///< without files
};
[[nodiscard]] Answer<Facts> read_facts(postgres::Session& session);

/// Of every table, by name: how many rows, and a checksum of what they hold.
[[nodiscard]] Answer<std::vector<Table>> read_tables(postgres::Session& session, const Stopped& stopped);

}  // namespace backup::sql
