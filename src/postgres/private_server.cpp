#include "postgres/private_server.hpp"

#include <libpq-fe.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <fstream>
#include <system_error>
#include <thread>

#include <fmt/format.h>

#include "base/log.hpp"
#include "postgres/cluster.hpp"

namespace postgres {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using Outcome = std::expected<void, std::string>;

constexpr auto kPollInterval = 20ms;
constexpr auto kProgressInterval = 5s;

// Written whole and renamed: PostgreSQL reads these at any time.
Outcome write_file(const fs::path& file, const std::string& text,
                   const std::optional<base::SystemUser>& user) {
    const auto temporary = file.string() + ".new";
    std::error_code error;
    fs::remove(temporary, error);
    {
        std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
        out << text;
        if (!out.flush()) error = {errno, std::system_category()};
    }
    if (!error && chmod(temporary.c_str(), 0600) != 0) error = {errno, std::system_category()};
    if (!error && user && chown(temporary.c_str(), user->uid, user->gid) != 0)
        error = {errno, std::system_category()};
    if (!error) fs::rename(temporary, file, error);
    if (error) return std::unexpected(fmt::format("cannot write {}: {}", file.string(), error.message()));
    return {};
}

std::string percent_encode_slashes(const std::string& path) {
    std::string encoded;
    for (const char c : path)
        encoded += c == '/' ? std::string("%2F") : std::string(1, c);
    return encoded;
}

std::string connection_string_of(std::string_view role, const base::DataDir& data_dir) {
    // `sockets()` promises a plain path, so only the slashes need encoding.
    return fmt::format("postgresql://{}@/{}?host={}&port=5432", role, kApplicationDatabase,
                       percent_encode_slashes(data_dir.sockets().string()));
}

}  // namespace

std::string private_connection_string(const base::DataDir& data_dir) {
    return connection_string_of(kApplicationRole, data_dir);
}

std::string superuser_connection_string(const base::DataDir& data_dir) {
    return connection_string_of("postgres", data_dir);
}

PrivateServer::PrivateServer(PrivateServerOptions options) : options_(std::move(options)) {}

fs::path PrivateServer::cluster() const {
    return options_.data_dir.services() / "postgres";
}

std::string PrivateServer::cluster_name() const {
    return "xbookmarker_" + base::path_hash(cluster());
}

fs::path PrivateServer::log_file() const {
    return options_.data_dir.path() / "postgres.log";
}

uid_t PrivateServer::service_uid() const {
    const auto& user = options_.data_dir.service_user();
    return user ? user->uid : geteuid();
}

std::expected<base::ChildProcess, std::string> PrivateServer::launch(const std::atomic<bool>& give_up) {
    const auto failed = [](const std::string& why) { return std::unexpected("private PostgreSQL: " + why); };
    const auto programs = find_programs(cluster(), options_.programs_root);
    if (!programs) return failed(programs.error());
    const auto& user = options_.data_dir.service_user();
    Outcome ready = clear_leftovers();
    if (ready) {
        ready =
            create_cluster({.directory = cluster(), .programs = *programs, .log = log_file(), .user = user});
    }
    if (ready) ready = write_configuration();
    if (!ready) return failed(ready.error());

    auto child = base::ChildProcess::start({
        .command = {*programs / "postgres", "-D", cluster(), "-c",
                    "config_file=" + (cluster() / "xbookmarker.conf").string()},
        .environment = program_environment(),
        .directory = cluster(),
        .output = log_file(),
        .user = user,
        .death_signal = SIGINT,  // fast shutdown: the data is flushed even when this process is killed
    });
    if (!child) return failed(child.error());
    if (auto answering = wait_until_ready(*child, give_up); !answering) {
        stop(*child);
        return failed(answering.error());
    }
    return child;
}

Outcome PrivateServer::clear_leftovers() const {
    // The postmaster keeps its arguments; the others title themselves `postgres: <cluster_name>: …`.
    const auto argument = std::string("\0-D\0", 4) + cluster().string() + '\0';
    const auto title = "postgres: " + cluster_name() + ":";
    const base::ProcessMatch postmaster = [&](std::string_view line) {
        return line.find(argument) != line.npos;
    };
    const base::ProcessMatch any = [&](std::string_view line) {
        return line.starts_with(title) || postmaster(line);
    };
    const auto uid = service_uid();
    if (!base::find_processes(any, uid).empty()) {
        base::log::warn("stopping the PostgreSQL that an earlier run left",
                        {{"cluster", cluster().string()}});
        base::signal_processes(postmaster, uid, SIGINT);
        bool gone = base::wait_for_no_process(any, uid, options_.stop_timeout);
        for (const int signal : {SIGQUIT, SIGKILL}) {
            if (gone) break;
            base::signal_processes(any, uid, signal);
            gone = base::wait_for_no_process(any, uid, 5s);
        }
        if (!gone)
            return std::unexpected("an earlier server of " + cluster().string() + " cannot be stopped");
    }
    // We hold the lock of the directory and no process of the cluster is left, so these are stale; kept, they
    // would refuse the start whenever their process id is that of another process (usual in containers) or of
    // a zombie.
    const auto& sockets = options_.data_dir.sockets();
    std::error_code ignored;
    for (const auto& file :
         {cluster() / "postmaster.pid", sockets / ".s.PGSQL.5432.lock", sockets / ".s.PGSQL.5432"}) {
        fs::remove(file, ignored);
    }
    return {};
}

Outcome PrivateServer::write_configuration() const {
    const auto& user = options_.data_dir.service_user();
    std::vector<std::string> users;
    if (const auto self = base::find_user(geteuid())) users.push_back(self->name);
    if (user) users.push_back(user->name);
    const ClusterSettings settings{
        .sockets = options_.data_dir.sockets(),
        .name = cluster_name(),
        .memory_bytes = options_.memory_bytes != 0 ? options_.memory_bytes : usable_memory_bytes()};
    Outcome done = write_file(cluster() / "xbookmarker.conf", settings_text(settings), user);
    if (done) done = write_file(cluster() / "pg_hba.conf", access_text(), user);
    if (done) done = write_file(cluster() / "pg_ident.conf", users_text(users), user);
    return done;
}

Outcome PrivateServer::wait_until_ready(base::ChildProcess& child, const std::atomic<bool>& give_up) const {
    using Steady = std::chrono::steady_clock;
    const auto begin = Steady::now();
    auto next_report = begin + kProgressInterval;
    const auto target = connection_string();
    while (PQping(target.c_str()) != PQPING_OK) {
        if (const auto status = child.wait_for(kPollInterval)) {
            return std::unexpected(base::describe_status(*status) + ": " + base::read_tail(log_file(), 1000));
        }
        const auto now = Steady::now();
        if (give_up) return std::unexpected("start given up");
        if (now - begin > options_.start_timeout) {
            return std::unexpected(
                fmt::format("takes no connections after {} s", options_.start_timeout.count()));
        }
        if (now < next_report) continue;
        next_report += kProgressInterval;
        base::log::info("waiting for the private PostgreSQL (recovery after a crash)",
                        {{"seconds", std::chrono::duration_cast<std::chrono::seconds>(now - begin).count()}});
    }
    return {};
}

void PrivateServer::stop(base::ChildProcess& child) {
    // Fast shutdown, then immediate; killed outright it recovers from its log like after the loss of power.
    base::stop_child(child, {{.signal = SIGINT, .patience = options_.stop_timeout},
                             {.signal = SIGQUIT, .patience = 10s},
                             {.signal = SIGKILL, .patience = 10s}});
}

}  // namespace postgres
