#include "backup/restore.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "backup/programs.hpp"
#include "backup/restore_sql.hpp"
#include "backup/unzip.hpp"
#include "base/encoding.hpp"
#include "base/fault_point.hpp"
#include "base/random.hpp"
#include "postgres/cluster.hpp"

namespace backup {
namespace {

constexpr std::size_t kDifferencesShown = 5;
constexpr std::size_t kManifestBytesMax = std::size_t{16} << 20U;
constexpr std::size_t kTagBytes = 6;
constexpr std::size_t kStemBytesMax = 40;  ///< names of databases have 63 bytes
/// A session that has ended is seen for a moment more.
constexpr std::chrono::milliseconds kFreePatience{3'000};
constexpr std::chrono::milliseconds kFreePoll{200};

std::string make_tag() {
    std::array<std::uint8_t, kTagBytes> bytes{};
    base::random_bytes(bytes);
    return base::to_hex(bytes);
}

/// The database of a backup in a database of its own, dropped at the end.
class Scratch {
public:
    /// `word`: `verify` or `restore`.
    static std::expected<Scratch, std::string> make(const Environment& environment, std::string_view word) {
        auto app = postgres::Session::open(environment.database);
        if (!app) return std::unexpected(app.error());
        auto maintenance = sql::open_maintenance(environment.database, environment.superuser);
        if (!maintenance) return std::unexpected(maintenance.error());
        const std::string original = app->database();
        const std::string stem = original.substr(0, kStemBytesMax);
        const auto alone = sql::take_turn(*maintenance, original);
        if (!alone) return std::unexpected(alone.error());
        if (!*alone) return std::unexpected("Another backup is being read back at the moment");
        const auto leftovers = sql::find_leftovers(*maintenance, stem);
        if (!leftovers) return std::unexpected(leftovers.error());
        for (const std::string& leftover : *leftovers)
            static_cast<void>(sql::drop_database(*maintenance, leftover));
        Scratch scratch(*std::move(maintenance), original, fmt::format("{}_{}_{}", stem, word, make_tag()));
        const auto made = sql::create_database(*scratch.maintenance_, scratch.name_, app->user(), original);
        if (!made) return std::unexpected(made.error());
        scratch.exists_ = true;
        return scratch;
    }
    Scratch(Scratch&& other) noexcept
        : maintenance_(std::move(other.maintenance_)),
          original_(std::move(other.original_)),
          name_(std::move(other.name_)),
          exists_(std::exchange(other.exists_, false)) {}
    Scratch& operator=(Scratch&&) = delete;
    ~Scratch() {
        if (exists_) static_cast<void>(sql::drop_database(*maintenance_, name_));
    }

    [[nodiscard]] postgres::Session& maintenance() { return *maintenance_; }
    [[nodiscard]] const std::string& original() const { return original_; }
    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] std::expected<postgres::Session, std::string> open(const Environment& environment) const {
        auto session = postgres::Session::open(environment.database, {.database = name_});
        if (session)
            if (const auto ready = sql::prepare(*session); !ready) return std::unexpected(ready.error());
        return session;
    }
    /// It is another's now.
    void keep() { exists_ = false; }

private:
    Scratch(postgres::Session maintenance, std::string original, std::string name)
        : maintenance_(std::move(maintenance)), original_(std::move(original)), name_(std::move(name)) {}

    std::optional<postgres::Session> maintenance_;
    std::string original_;
    std::string name_;
    bool exists_ = false;
};

const File* dump_of(const Found& found) {
    return found.backup.file_of("database");
}

/// Feeds the dump to pg_restore.
Outcome feed(const ReadBack& read, const std::vector<std::string>& arguments, postgres::Session& session) {
    const File* dump = dump_of(read.found);
    const auto programs =
        find_programs(std::max(session.server_version(), static_cast<int>(read.found.backup.server_version)));
    if (!programs) return std::unexpected(programs.error());
    Program pg_restore{.command = {*programs / "pg_restore"}, .environment = session.environment()};
    pg_restore.command.insert(pg_restore.command.end(), arguments.begin(), arguments.end());
    for (std::string& variable : postgres::program_environment())
        pg_restore.environment.push_back(std::move(variable));
    return write_to(
        pg_restore,
        [&](const Sink& input) {
            return read_file(
                read.source, *dump,
                [&](std::string_view bytes) {
                    base::pass_fault_point("restore.piece");
                    return input(bytes);
                },
                read.stopped);
        },
        read.stopped);
}

std::vector<std::string> differences(const std::vector<Table>& wanted, const std::vector<Table>& found) {
    std::vector<std::string> out;
    for (const Table& table : wanted) {
        const auto same = std::ranges::find(found, table.name, &Table::name);
        if (same == found.end())
            out.push_back(fmt::format("{} is missing", table.name));
        else if (same->rows != table.rows)
            out.push_back(fmt::format("{} has {} rows instead of {}", table.name, same->rows, table.rows));
        else if (same->checksum != table.checksum)
            out.push_back(
                fmt::format("{} has {} rows, but not those that were backed up", table.name, table.rows));
    }
    for (const Table& table : found)
        if (std::ranges::find(wanted, table.name, &Table::name) == wanted.end())
            out.push_back(fmt::format("{} was not backed up", table.name));
    return out;
}

Outcome compare(const ReadBack& read, postgres::Session& session) {
    const auto tables = sql::read_tables(session, read.stopped);
    if (!tables) return std::unexpected(tables.error());
    std::int64_t rows = 0;
    for (const Table& table : *tables)
        rows += table.rows;
    if (!read.found.has_manifest) {
        read.tell(fmt::format("{} rows in {} tables; there is no manifest to compare them with", rows,
                              tables->size()));
        return {};
    }
    auto faults = differences(read.found.backup.tables, *tables);
    if (faults.empty()) {
        read.tell(fmt::format("{} rows in {} tables are those that were backed up", rows, tables->size()));
        return {};
    }
    const std::size_t more = faults.size() > kDifferencesShown ? faults.size() - kDifferencesShown : 0;
    faults.resize(faults.size() - more);
    return std::unexpected(fmt::format("What was restored is not what was backed up: {}{}",
                                       fmt::join(faults, "; "),
                                       more > 0 ? fmt::format("; and {} more", more) : ""));
}

/// Restores the dump into `scratch` and compares.
Outcome load(const ReadBack& read, const Scratch& scratch) {
    auto session = scratch.open(read.environment);
    if (!session) return std::unexpected(session.error());
    read.tell("reading " + dump_of(read.found)->key);
    auto done = feed(
        read,
        {"--exit-on-error", "--no-owner", "--no-privileges", "--no-password", "--dbname=" + scratch.name()},
        *session);
    if (done) done = compare(read, *session);
    return done;
}

/// Every file but the dump, which is read anyway.
Outcome check_others(const ReadBack& read) {
    const File* dump = dump_of(read.found);
    for (const File& file : read.found.backup.files) {
        if (&file == dump) continue;
        read.tell("checking " + file.key);
        if (const auto checked = read_file(read.source, file, {}, read.stopped); !checked) return checked;
    }
    return {};
}

Outcome needs_dump(const Found& found) {
    if (dump_of(found) != nullptr) return {};
    return std::unexpected(fmt::format("The backup {} holds no database", found.backup.id));
}

/// What stands against the exchange of databases; asked before the work and again by PostgreSQL at its end.
Outcome check_free(Scratch& scratch) {
    const auto may = sql::may_rename(scratch.maintenance(), scratch.original());
    if (!may) return std::unexpected(may.error());
    if (!*may)
        return std::unexpected(fmt::format(
            "The database {} belongs to another role, so it cannot be replaced", scratch.original()));
    for (std::chrono::milliseconds waited{};; waited += kFreePoll) {
        const auto sessions = sql::find_sessions(scratch.maintenance(), scratch.original());
        if (!sessions) return std::unexpected(sessions.error());
        if (sessions->empty()) return {};
        if (waited >= kFreePatience)
            return std::unexpected(fmt::format("The database is used by others ({}): stop them first",
                                               fmt::join(*sessions, ", ")));
        std::this_thread::sleep_for(kFreePoll);
    }
}

Outcome restore_files(const ReadBack& read) {
    const File* zip = read.found.backup.file_of("user-files");
    if (zip == nullptr) return {};
    const auto count = unzip(read.source, *zip, read.environment.files, read.stopped);
    if (!count) return std::unexpected(count.error());
    read.tell(fmt::format("{} stored files are back", *count));
    return {};
}

/// What the old database leaves to the new one. When it cannot be read any more: nothing.
sql::Inheritance inheritance_of(const ReadBack& read) {
    sql::Inheritance out;
    auto old = postgres::Session::open(read.environment.database);
    if (old) {
        auto all = sql::read_inheritance(*old);
        if (all)
            out = *std::move(all);
        else
            read.tell("the old database cannot be read: " + all.error());
    }
    if (read.is_own && read.found.has_manifest) out.itself = "[" + write_row(read.found.backup, {}) + "]";
    return out;
}

}  // namespace

std::expected<Found, std::string> find_backup(storage::Store& store, const std::string& id) {
    const auto objects = store.list(std::string(kManifestFolder));
    if (!objects) return std::unexpected(sentence_of(objects.error()));
    std::optional<Backup> best;
    for (const storage::Object& object : *objects) {
        if (object.size_bytes > kManifestBytesMax || (!id.empty() && !object.key.contains("-" + id + "-")))
            continue;
        const auto file = store.open(object.key);
        if (!file) continue;
        const auto text = (*file)->read(0, object.size_bytes);
        auto backup = text ? read_manifest(*text) : std::nullopt;
        if (!backup) continue;
        const bool is_meant =
            id.empty() ? backup->status == Status::success && (!best || backup->started_at > best->started_at)
                       : backup->id == id;
        if (is_meant) best = std::move(backup);
    }
    if (best) return Found{.backup = *std::move(best)};
    return std::unexpected(id.empty() ? std::string("There is no backup that succeeded")
                                      : fmt::format("There is no backup {}", id));
}

Outcome verify(const ReadBack& read) {
    if (const auto has = needs_dump(read.found); !has) return has;
    if (const auto checked = check_others(read); !checked) return checked;
    const auto scratch = Scratch::make(read.environment, "verify");
    if (!scratch) return std::unexpected(scratch.error());
    return load(read, *scratch);
}

Outcome check_files(const ReadBack& read) {
    if (const auto has = needs_dump(read.found); !has) return has;
    if (const auto checked = check_others(read); !checked) return checked;
    auto session = postgres::Session::open(read.environment.database);
    if (!session) return std::unexpected(session.error());
    // Without a database it writes SQL to its output, which is thrown away: all of the dump is unpacked.
    return feed(read, {"--no-owner", "--no-privileges", "--file=/dev/null"}, *session);
}

Outcome restore(const ReadBack& read, std::span<const postgres::Migration> migrations) {
    if (const auto has = needs_dump(read.found); !has) return has;
    if (const auto checked = check_others(read); !checked) return checked;
    auto scratch = Scratch::make(read.environment, "restore");
    if (!scratch) return std::unexpected(scratch.error());
    if (const auto is_free = check_free(*scratch); !is_free) return is_free;
    if (const auto loaded = load(read, *scratch); !loaded) return loaded;
    base::pass_fault_point("restore.loaded");
    {
        const auto migrated =
            postgres::migrate(read.environment.database, migrations,
                              [&](const postgres::Migration& one) {
                                  read.tell(fmt::format("migration {} was applied", one.name));
                              },
                              {.database = scratch->name()});
        if (!migrated) return std::unexpected(migrated.error());
        auto session = scratch->open(read.environment);
        if (!session) return std::unexpected(session.error());
        if (const auto settled = sql::settle(*session, inheritance_of(read)); !settled) return settled;
    }
    if (const auto files = restore_files(read); !files) return files;
    base::pass_fault_point("restore.exchange");
    const std::string aside =
        fmt::format("{}_before_{}", scratch->original().substr(0, kStemBytesMax), make_tag());
    if (const auto done = sql::exchange(scratch->maintenance(), scratch->original(), scratch->name(), aside);
        !done)
        return std::unexpected("The databases could not be exchanged, the old one is as it was: " +
                               done.error());
    scratch->keep();
    base::pass_fault_point("restore.exchanged");
    if (const auto dropped = sql::drop_database(scratch->maintenance(), aside); !dropped)
        read.tell(fmt::format("the old database is still there as {}: {}", aside, dropped.error()));
    return {};
}

}  // namespace backup
