#include "postgres/cluster.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <fstream>
#include <system_error>

#include <fmt/format.h>

#include "base/child_process.hpp"
#include "base/log.hpp"

namespace postgres {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using Outcome = std::expected<void, std::string>;

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20U;
constexpr int kPreferredVersion = 15;

int to_version(const std::string& text) {
    int version = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), version);
    return error == std::errc{} ? version : 0;
}

std::string first_line(const fs::path& file) {
    std::string line;
    if (std::ifstream in(file); in) std::getline(in, line);
    return line;
}

std::vector<int> installed_versions(const fs::path& root) {
    std::vector<int> versions;
    std::error_code ignored;
    for (fs::directory_iterator entry(root, ignored), end; entry != end; entry.increment(ignored)) {
        const int version = to_version(entry->path().filename().string());
        if (version > 0 && access((entry->path() / "bin/initdb").c_str(), X_OK) == 0)
            versions.push_back(version);
    }
    return versions;
}

void sync_directory(const fs::path& directory) {
    const base::FileDescriptor handle(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (handle) fsync(handle.get());
}

Outcome make_empty(const fs::path& directory, const std::optional<base::SystemUser>& user) {
    std::error_code error;
    fs::remove_all(directory, error);  // what a kill in the middle left
    if (!error && mkdir(directory.c_str(), 0700) != 0) error = {errno, std::system_category()};
    if (!error && user && chown(directory.c_str(), user->uid, user->gid) != 0) {
        error = {errno, std::system_category()};
    }
    if (error) return std::unexpected(fmt::format("cannot make {}: {}", directory.string(), error.message()));
    return {};
}

}  // namespace

std::uint64_t usable_memory_bytes() {
    const auto machine = static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) *
                         static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    const auto text = first_line("/sys/fs/cgroup/memory.max");
    std::uint64_t limit = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
    return error == std::errc{} && limit > 0 ? std::min(machine, limit) : machine;
}

std::expected<fs::path, std::string> find_programs(const fs::path& cluster, const fs::path& root) {
    const auto installed = installed_versions(root);
    int wanted = to_version(first_line(cluster / "PG_VERSION"));
    if (wanted == 0) {
        const bool preferred = std::ranges::find(installed, kPreferredVersion) != installed.end();
        wanted = preferred || installed.empty() ? kPreferredVersion : std::ranges::max(installed);
    }
    if (std::ranges::find(installed, wanted) == installed.end()) {
        return std::unexpected(
            fmt::format("PostgreSQL {} is not installed below {} (package postgresql-{}); install it "
                        "or set DATABASE_URL",
                        wanted, root.string(), wanted));
    }
    return root / std::to_string(wanted) / "bin";
}

std::string settings_text(const ClusterSettings& settings) {
    const auto mib = settings.memory_bytes / kMiB;
    return fmt::format(
        "# Written by xbookmarker at every start. Your own settings go into local.conf beside this file.\n"
        "listen_addresses = ''\n"
        "unix_socket_directories = '{}'\n"
        "unix_socket_permissions = 0700\n"
        "cluster_name = '{}'\n"
        "max_connections = 100\n"
        "fsync = on\n"
        "synchronous_commit = on\n"
        "full_page_writes = on\n"
        "shared_buffers = {}MB\n"
        "effective_cache_size = {}MB\n"
        "maintenance_work_mem = {}MB\n"
        "work_mem = 8MB\n"
        "wal_compression = on\n"
        "max_wal_size = 2GB\n"
        "random_page_cost = 1.1\n"
        "jit = off\n"
        "timezone = 'UTC'\n"
        "log_timezone = 'UTC'\n"
        "lc_messages = 'C'\n"
        "default_text_search_config = 'pg_catalog.simple'\n"
        "logging_collector = off\n"
        "log_line_prefix = '%m [%p] '\n"
        "log_checkpoints = off\n"
        "log_error_verbosity = terse\n"
        "log_min_error_statement = panic\n"
        "include_if_exists = 'local.conf'\n",
        settings.sockets.string(), settings.name, std::clamp<std::uint64_t>(mib / 8, 32, 512),
        std::max<std::uint64_t>(mib / 2, 64), std::clamp<std::uint64_t>(mib / 32, 16, 128));
}

std::string access_text() {
    return "# Written by xbookmarker at every start.\n"
           "local all all peer map=xbookmarker\n";
}

std::string users_text(const std::vector<std::string>& system_users) {
    std::string text = "# Written by xbookmarker at every start.\n";
    for (const auto& user : system_users) {
        text +=
            fmt::format("xbookmarker \"{0}\" {1}\nxbookmarker \"{0}\" postgres\n", user, kApplicationRole);
    }
    return text;
}

std::vector<std::string> program_environment() {
    return {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "TZ=UTC"};
}

Outcome create_cluster(const ClusterOptions& options) {
    if (fs::exists(options.directory / "PG_VERSION")) return {};
    const auto temporary = options.directory.parent_path() / (options.directory.filename().string() + ".new");
    if (auto made = make_empty(temporary, options.user); !made) return made;
    base::log::info("creating the private database", {{"directory", options.directory.string()}});

    base::ChildOptions child{.environment = program_environment(),
                             .directory = temporary,
                             .output = options.log,
                             .user = options.user};
    child.command = {options.programs / "initdb",
                     "-D",
                     temporary,
                     "--username=postgres",
                     "--encoding=UTF8",
                     "--locale=C.UTF-8",
                     "--auth=peer",
                     "--data-checksums"};
    if (auto done = base::run_child(child, 5min); !done) return done;

    // Single-user mode: no server, no socket, no password is needed to make the role and its database.
    child.command = {options.programs / "postgres", "--single", "-D", temporary, "postgres"};
    child.input = fmt::format(
        "CREATE ROLE {0} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE\nCREATE DATABASE {1} OWNER {0}\n",
        kApplicationRole, kApplicationDatabase);
    if (auto done = base::run_child(child, 2min); !done) return done;

    std::error_code error;
    if (fs::is_directory(options.directory)) fs::remove(options.directory, error);  // an empty one at most
    fs::rename(temporary, options.directory, error);
    if (error) {
        return std::unexpected(fmt::format("cannot rename {} to {}: {}", temporary.string(),
                                           options.directory.string(), error.message()));
    }
    sync_directory(options.directory.parent_path());
    return {};
}

}  // namespace postgres
