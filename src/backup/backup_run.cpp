#include "backup/backup_run.hpp"

#include <fmt/format.h>

#include "backup/content_sql.hpp"
#include "backup/programs.hpp"
#include "backup/tar_stream.hpp"
#include "base/fault_point.hpp"
#include "base/log.hpp"
#include "postgres/cluster.hpp"
#include "transfer/export_output.hpp"

namespace backup {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPieceBytes = std::size_t{1} << 20U;
// Of the whole, where each step begins. How long one takes is not known before.
constexpr int kDatabasePercent = 5;
constexpr int kTablesPercent = 50;
constexpr int kUserFilesPercent = 70;
constexpr int kSystemPercent = 90;
constexpr int kLogsPercent = 93;
constexpr int kManifestPercent = 97;
constexpr std::string_view kLockPatience = "60s";

/// One backup on its way.
class Work {
public:
    Work(const Environment& environment, const Request& request,
         const std::function<bool(const Progress&)>& progress)
        : environment_(environment), request_(request), progress_(progress) {
        backup_.id = make_id(request.kind, request.started_at);
        backup_.kind = parse_kind(request.kind).value_or(Kind::daily);
        backup_.started_at = request.started_at;
        backup_.version = environment.version;
    }

    std::expected<Backup, Refusal> run();

private:
    using Fill = std::function<Outcome(const Sink& out)>;

    bool go_on() {
        if (!is_stopped_) is_stopped_ = !progress_(now_);
        return !is_stopped_;
    }
    void step(std::string name, int percentage) {
        now_.step = std::move(name);
        now_.percentage = percentage;
        static_cast<void>(go_on());
    }
    [[nodiscard]] Stopped stopped() {
        return [this] { return !go_on(); };
    }
    /// Stores one file; what kept it from that is one of the backup's errors.
    bool store(std::string_view folder, std::string_view name, std::string_view extension, const Fill& fill);
    Outcome dump(const Sink& out);
    Outcome zip_files(const Sink& out);
    Outcome tar_system(const Sink& out);
    Outcome tar_logs(const Sink& out);
    void back_up_database();
    void store_manifest();
    void settle(bool has_database, bool has_any);
    void remove_all();

    const Environment& environment_;
    const Request& request_;
    const std::function<bool(const Progress&)>& progress_;
    Backup backup_;
    std::optional<postgres::Session> session_;  ///< holds the lock of backups
    Progress now_;
    bool is_stopped_ = false;
    bool is_refused_ = false;
};

bool Work::store(std::string_view folder, std::string_view name, std::string_view extension,
                 const Fill& fill) {
    if (is_stopped_) return false;
    const auto failed = [&](std::string why) {
        if (!is_stopped_) backup_.errors.push_back(fmt::format("{}: {}", name, why));
        return false;
    };
    auto writer = FileWriter::create(
        request_.target, std::string(name),
        fmt::format("{}{}-{}-{}{}", folder, name, backup_.id, file_time(request_.started_at), extension));
    if (!writer) return failed(sentence_of(writer.error()));
    const std::int64_t before = now_.bytes;
    const auto filled = fill([&](std::string_view bytes) -> base::Result<void> {
        now_.bytes = before + static_cast<std::int64_t>(writer->size_bytes() + bytes.size());
        if (!go_on()) return base::fail(base::Errc::service_unavailable, "stopped");
        base::pass_fault_point("backup.piece");
        return writer->write(bytes);
    });
    if (!filled) return failed(filled.error());
    auto file = writer->finish();
    if (!file) return failed(sentence_of(file.error()));
    backup_.files.push_back(*std::move(file));
    return true;
}

// One transaction sees one moment: pg_dump reads in it, and so is what is counted and summed up.
void Work::back_up_database() {
    const auto failed = [this](const std::string& why) {
        if (!is_stopped_) backup_.errors.push_back("database: " + why);
    };
    auto opened = postgres::Session::open(environment_.database);
    if (!opened) return failed(opened.error());
    postgres::Session* const session = &session_.emplace(*std::move(opened));
    if (const auto ready = sql::prepare(*session); !ready) return failed(ready.error());
    const auto begun = sql::begin_snapshot(*session);
    if (!begun) return failed(begun.error());
    is_refused_ = !*begun;
    if (is_refused_) return;
    const auto facts = sql::read_facts(*session);
    if (!facts) return failed(facts.error());
    backup_.schema = facts->schema;
    backup_.server_version = session->server_version();
    const std::int64_t files = backup_.metadata.file_count;
    backup_.metadata = facts->metadata;
    backup_.metadata.file_count = files;
    if (!request_.targets.database) return;
    const auto snapshot = sql::export_snapshot(*session);
    if (!snapshot) return failed(snapshot.error());
    const auto programs = find_programs(session->server_version());
    if (!programs) return failed(programs.error());
    step("database", kDatabasePercent);
    Program pg_dump{.command = {*programs / "pg_dump", "--format=custom", "--no-password", "--no-owner",
                                "--no-privileges", "--snapshot=" + *snapshot,
                                "--lock-wait-timeout=" + std::string(kLockPatience)},
                    .environment = session->environment()};
    for (std::string& variable : postgres::program_environment())
        pg_dump.environment.push_back(std::move(variable));
    const bool is_stored = store(kDatabaseFolder, "database", ".dump",
                                 [&](const Sink& out) { return read_from(pg_dump, out, stopped()); });
    if (!is_stored) return;
    step("verification", kTablesPercent);
    auto tables = sql::read_tables(*session, stopped());
    if (!tables) return failed(tables.error());
    backup_.tables = *std::move(tables);
    if (const auto left = sql::leave_snapshot(*session); !left) return failed(left.error());
}

Outcome Work::zip_files(const Sink& out) {
    transfer::ZipStream zip(out, request_.started_at);
    std::int64_t count = 0;
    for (const std::string folder : {"exports/", "imports/"}) {
        const auto objects = environment_.files.list(folder);
        if (!objects) return std::unexpected(sentence_of(objects.error()));
        for (const storage::Object& object : *objects) {
            // What lies beside the folders of users is of this server alone.
            if (object.key.find('/', folder.size()) == std::string::npos) continue;
            const auto file = environment_.files.open(object.key);
            // What went meanwhile is no failure: exports are removed when they are old.
            if (!file && file.error().code == base::Errc::file_not_found) continue;
            if (!file) return std::unexpected(sentence_of(file.error()));
            const std::uint64_t size = (*file)->object().size_bytes;
            auto done = zip.begin(object.key, size);
            for (std::uint64_t at = 0; done && at < size;) {
                const auto piece = (*file)->read(
                    at, static_cast<std::size_t>(std::min<std::uint64_t>(kPieceBytes, size - at)));
                if (!piece) return std::unexpected(sentence_of(piece.error()));
                if (piece->empty()) return std::unexpected(object.key + " became shorter while it was read");
                at += piece->size();
                done = zip.write(*piece);
            }
            if (!done) return std::unexpected(sentence_of(done.error()));
            ++count;
        }
    }
    if (const auto done = zip.finish(); !done) return std::unexpected(sentence_of(done.error()));
    backup_.metadata.file_count = count;
    return {};
}

Outcome Work::tar_system(const Sink& out) {
    TarStream tar(out, request_.started_at);
    auto done = tar.add("configuration.txt", environment_.configuration);
    if (done) done = tar.add("manifest.json", write_manifest(backup_));
    return done ? tar.finish() : done;
}

Outcome Work::tar_logs(const Sink& out) {
    TarStream tar(out, request_.started_at);
    std::size_t count = 0;
    for (const fs::path& log : environment_.logs) {
        std::error_code ignored;
        if (!fs::is_regular_file(log, ignored)) continue;
        if (const auto done = tar.add_file(log.filename(), log); !done) return done;
        ++count;
    }
    if (count == 0) {
        const auto done =
            tar.add("none.txt",
                    "The server keeps no log files: PostgreSQL and Redis are not its own, and its own "
                    "log goes to standard output.\n");
        if (!done) return done;
    }
    return tar.finish();
}

void Work::settle(bool has_database, bool has_any) {
    const bool lost_database = request_.targets.database && !has_database;
    backup_.status = backup_.errors.empty()      ? Status::success
                     : lost_database || !has_any ? Status::failure
                                                 : Status::partial;
    backup_.duration =
        std::chrono::duration_cast<std::chrono::milliseconds>(environment_.clock.now() - request_.started_at);
}

void Work::store_manifest() {
    const std::string text = write_manifest(backup_);
    static_cast<void>(store(kManifestFolder, "manifest", ".json", [&](const Sink& out) -> Outcome {
        if (const auto written = out(text); !written) return std::unexpected(sentence_of(written.error()));
        return {};
    }));
}

void Work::remove_all() {
    std::vector<std::string> keys;
    for (const File& file : backup_.files)
        keys.push_back(file.key);
    static_cast<void>(remove_files(request_.target, keys));
}

std::expected<Backup, Refusal> Work::run() {
    back_up_database();
    if (is_refused_) return std::unexpected(Refusal::running);
    const bool has_database = !backup_.tables.empty();
    bool has_any = has_database;
    if (request_.targets.user_files) {
        step("userFiles", kUserFilesPercent);
        has_any = store(kUserFilesFolder, "user-files", ".zip",
                        [this](const Sink& out) { return zip_files(out); }) ||
                  has_any;
    }
    if (request_.targets.system_files) {
        step("systemFiles", kSystemPercent);
        has_any = store(kSystemFolder, "system-files", ".tar.gz",
                        [this](const Sink& out) { return tar_system(out); }) ||
                  has_any;
    }
    if (request_.targets.logs) {
        step("logs", kLogsPercent);
        has_any = store(kLogsFolder, "logs", ".tar.gz", [this](const Sink& out) { return tar_logs(out); }) ||
                  has_any;
    }
    step("manifest", kManifestPercent);
    settle(has_database, has_any);
    store_manifest();
    if (is_stopped_) {
        remove_all();
        return std::unexpected(Refusal::stopped);
    }
    settle(has_database, has_any);
    return backup_;
}

}  // namespace

std::expected<Backup, Refusal> make_backup(const Environment& environment, const Request& request,
                                           const std::function<bool(const Progress&)>& progress) {
    return Work(environment, request, progress).run();
}

Outcome remove_files(storage::Store& store, const std::vector<std::string>& keys) {
    for (const std::string& key : keys)
        if (const auto removed = store.remove(key); !removed)
            return std::unexpected(fmt::format("{}: {}", key, sentence_of(removed.error())));
    return {};
}

base::Result<std::vector<std::string>> find_files(storage::Store& store, const std::string& id) {
    std::vector<std::string> keys;
    const auto objects = store.list("backups/");
    if (!objects) return std::unexpected(objects.error());
    for (const storage::Object& object : *objects)
        if (object.key.contains("-" + id + "-")) keys.push_back(object.key);
    return keys;
}

}  // namespace backup
