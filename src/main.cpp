// The command line.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <functional>

#include <fmt/format.h>

#include "analyze_command.hpp"
#include "app.hpp"
#include "backup_commands.hpp"
#include "commands.hpp"
#include "config_source.hpp"
#include "doctor.hpp"
#include "routes.hpp"
#include "statements.hpp"

namespace {

constexpr int kFailed = 1;
constexpr int kUsage = 2;  ///< a wrong command line or configuration

int serve(const app::Config& config, app::Duties duties) {
    const app::Systemd systemd(app::take_systemd_options());  // before the first thread
    app::StopSignal signals;
    base::log::set_level(config.log_level);
    const base::SystemClock clock;
    app::App server(config, duties, signals, systemd, clock);
    if (const auto served = server.run(); !served) {
        std::fputs(fmt::format("xbookmarker: {}\n", served.error()).c_str(), stderr);
        return kFailed;
    }
    return 0;
}

/// Runs `command` with the configuration, or tells all its faults.
int with_config(const std::function<int(const app::Config&)>& command) {
    const auto config = app::load_config();
    if (config) return command(*config);
    std::fputs("xbookmarker: the configuration has faults:\n", stderr);
    for (const auto& fault : config.error())
        std::fputs(fmt::format("  {}\n", fault).c_str(), stderr);
    return kUsage;
}

int check_config(const app::Config&) {
    std::puts("the configuration is right");
    return 0;
}

int print_config(const app::Config& config) {
    std::fputs(app::print_config(config).c_str(), stdout);
    return 0;
}

/// What the command line asks for.
struct Line {
    std::function<int(const app::Config&)> command;
    app::Duties duties;
    std::string name;
    app::ImportArguments import;
    app::ExportArguments exported;
    std::optional<std::string> patient;
    app::BackupArguments backup;
    std::optional<std::string> verified;
    app::RestoreArguments restored;
    app::AnalyzeArguments analyzed;
};

void add_serving(CLI::App& cli, Line& line) {
    auto* serving = cli.add_subcommand("serve", "run the server");
    serving->add_flag_callback(
        "--no-jobs", [&line] { line.duties.runs_jobs = false; }, "leave jobs to other processes");
    const auto start = [&line](const app::Config& config) { return serve(config, line.duties); };
    serving->callback([&line, start] { line.command = start; });
    cli.add_subcommand("worker", "run jobs without serving HTTP")->callback([&line, start] {
        line.duties.serves = false;
        line.command = start;
    });
    cli.add_subcommand("migrate", "bring the database up to date")->callback([&line] {
        line.command = app::run_migrate;
    });
}

void add_accounts(CLI::App& cli, Line& line) {
    auto* user = cli.add_subcommand("user", "accounts");
    user->require_subcommand(1);
    auto* add = user->add_subcommand("add", "make an account; the first one is an administrator");
    add->add_option("NAME", line.name, "name to log in with")->required();
    add->callback([&line] {
        line.command = [&line](const app::Config& config) { return app::run_user_add(config, line.name); };
    });
    user->add_subcommand("list", "list the accounts")->callback([&line] {
        line.command = app::run_user_list;
    });
    auto* password = user->add_subcommand("password", "set the password of an account and end its sessions");
    password->add_option("NAME", line.name, "name of the account")->required();
    password->callback([&line] {
        line.command = [&line](const app::Config& config) {
            return app::run_user_password(config, line.name);
        };
    });
}

void add_export(CLI::App& cli, Line& line) {
    auto* exported = cli.add_subcommand("export", "write a library to a file");
    exported->add_option("--user", line.exported.user, "account; may be left out when there is only one");
    exported->add_option("--format", line.exported.format,
                         "json (default), csv, ndjson, html, markdown, zip");
    exported->add_option("--output", line.exported.output, "file, or - for standard output");
    exported->add_flag("--everything", line.exported.everything, "also settings, saved and past searches");
    exported->add_flag("--no-archived", line.exported.no_archived, "leave archived bookmarks out");
    exported->add_flag("--gzip", line.exported.compressed, "compress it");
    exported->callback([&line] {
        line.command = [&line](const app::Config& config) { return app::run_export(config, line.exported); };
    });
}

void add_import(CLI::App& cli, Line& line) {
    auto* import = cli.add_subcommand("import", "import a file of bookmarks into a library");
    import->add_option("FILE", line.import.file, "of any known format, also gzipped or in a zip archive")
        ->required();
    import->add_option("--user", line.import.user, "account; may be left out when there is only one");
    import->add_option(
        "--format", line.import.format,
        "auto (default), x-bookmarker, twitter-web-exporter, x-archive, x-graphql, siftly, dewey, "
        "fieldtheory, netscape, chrome, raindrop, pinboard, karakeep, json, csv");
    import->add_option("--duplicates", line.import.strategy, "skip, update, merge, create_duplicate");
    import->add_flag("--dry-run", line.import.dry_run, "write nothing, say what would happen");
    import->callback([&line] {
        line.command = [&line](const app::Config& config) { return app::run_import(config, line.import); };
    });
}

void add_backup(CLI::App& cli, Line& line) {
    auto* backup = cli.add_subcommand("backup", "back everything up, or try a backup");
    backup->add_option("--type", line.backup.kind, "daily (default), weekly, monthly: how long it is kept");
    auto* to =
        backup->add_option("--to", line.backup.directory, "directory, instead of the server's storage");
    auto* verify = backup->add_option(
        "--verify", line.verified,
        "restore this one (id, file, or the newest) into a database of its own, and compare");
    verify->expected(0, 1)->excludes(to);
    backup->callback([&line, verify] {
        if (verify->count() == 0)
            line.command = [&line](const app::Config& config) {
                return app::run_backup(config, line.backup);
            };
        else
            line.command = [&line](const app::Config& config) {
                return app::run_verify_backup(config, line.verified.value_or(""));
            };
    });
    auto* restore = cli.add_subcommand("restore", "put a backup in place of the database; no server may run");
    restore->add_option("BACKUP", line.restored.which, "id, or a file of it")->required();
    restore->add_flag("--yes", line.restored.is_sure, "do not ask");
    restore->callback([&line] {
        line.command = [&line](const app::Config& config) { return app::run_restore(config, line.restored); };
    });
}

void add_analyze(CLI::App& cli, Line& line) {
    auto* analyze = cli.add_subcommand("analyze", "say how queries are answered, and which index they lack");
    analyze->add_option("QUERY", line.analyzed.query, "its name; without one all are analyzed");
    analyze->add_option("--user", line.analyzed.user, "whose library; otherwise the largest one");
    analyze->add_flag("--json", line.analyzed.is_json, "as the interface for clients answers");
    analyze->callback([&line] {
        line.command = [&line](const app::Config& config) { return app::run_analyze(config, line.analyzed); };
    });
}

void add_doctor(CLI::App& cli, Line& line) {
    auto* doctor = cli.add_subcommand("doctor", "say what is wrong");
    doctor->require_subcommand(1);
    auto* doctor_x = doctor->add_subcommand("x", "ask X one cheap question, and say in words what is wrong");
    doctor_x->add_option("--user", line.patient, "account; may be left out when there is only one");
    doctor_x->callback([&line] {
        line.command = [&line](const app::Config& config) { return app::run_doctor_x(config, line.patient); };
    });
}

int run(int argc, char** argv) {
    CLI::App cli("X Bookmarker keeps your X bookmarks: import, search, categories, tags.", "xbookmarker");
    cli.footer("Configuration comes from environment variables or CONFIG_FILE.");
    cli.set_version_flag("--version", std::string("xbookmarker ").append(app::version()));
    Line line;
    cli.add_flag_callback(
        "--check-config", [&] { line.command = check_config; }, "check the configuration and end");
    cli.add_flag_callback(
        "--print-config", [&] { line.command = print_config; }, "print the configuration without secrets");
    bool shows_routes = false;
    cli.add_flag("--print-routes", shows_routes, "print the table of HTTP routes as JSON");
    bool shows_statements = false;
    cli.add_flag("--print-statements", shows_statements, "print the named SQL statements as JSON");
    cli.require_subcommand(0, 1);
    add_serving(cli, line);
    add_accounts(cli, line);
    add_import(cli, line);
    add_export(cli, line);
    add_backup(cli, line);
    add_analyze(cli, line);
    add_doctor(cli, line);

    try {
        cli.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return cli.exit(error) == 0 ? 0 : kUsage;
    }
    if (shows_routes) {
        std::puts(app::print_routes().c_str());
        return 0;
    }
    if (shows_statements) {
        std::puts(app::print_statements().c_str());
        return 0;
    }
    if (!line.command) {
        std::fputs(cli.help().c_str(), stderr);
        return kUsage;
    }
    return with_config(line.command);
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const std::exception& error) {
        std::fputs(fmt::format("xbookmarker: unexpected failure: {}\n", error.what()).c_str(), stderr);
        return kFailed;
    }
}
