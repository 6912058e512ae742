// xbm_generate: libraries of invented bookmarks, the same for the same seed, for benchmarks and load tests.
//   xbm_generate --bookmarks 10000 --format twe --out FILE        an export of twitter-web-exporter
//   xbm_generate --bookmarks 1000000 --users 100 --database URL   straight into PostgreSQL
#include <CLI/CLI.hpp>

#include <fstream>
#include <iostream>

#include "database_output.hpp"
#include "export_output.hpp"

namespace {

void write_file(const generate::Writer& writer, std::uint64_t count, const std::string& path) {
    if (path == "-") return generate::write_export(writer, count, std::cout);
    std::ofstream file(path, std::ios::binary);
    generate::write_export(writer, count, file);
    file.flush();
    if (!file) throw std::runtime_error("cannot write " + path);
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("Generates bookmarks");
    std::uint64_t seed = 1;
    std::string format = "twe";
    std::string out;
    generate::DatabaseOptions options;
    options.count = 10'000;
    app.add_option("--bookmarks", options.count, "how many, of all users together")
        ->check(CLI::Range(1, 4'000'000));
    app.add_option("--seed", seed, "the same seed gives the same bookmarks");
    auto* file = app.add_option("--out", out, "file to write, - for standard output");
    app.add_option("--format", format, "of the file")->check(CLI::IsMember({"twe"}));
    auto* url = app.add_option("--database", options.url, "connection string")->excludes(file);
    app.add_option("--users", options.users, "spread over so many accounts")
        ->check(CLI::Range(1, 100'000))
        ->needs(url);
    app.add_option("--user", options.user, "account to fill, or the start of the names of several")
        ->needs(url);
    app.add_option("--threads", options.threads)->check(CLI::Range(1, 64))->needs(url);
    CLI11_PARSE(app, argc, argv);
    try {
        const generate::Writer writer(seed);
        if (!out.empty()) {
            write_file(writer, options.count, out);
        } else if (!options.url.empty()) {
            generate::fill_database(writer, seed, options);
        } else {
            throw std::runtime_error("one of --out and --database is needed");
        }
    } catch (const std::exception& error) {
        std::cerr << "xbm_generate: " << error.what() << "\n";
        return 1;
    }
    return 0;
}
