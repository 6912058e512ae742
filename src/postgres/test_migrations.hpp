// For tests: the migrations of a directory, as the program embeds them.
#pragma once

#include <algorithm>
#include <charconv>
#include <deque>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "postgres/migrate.hpp"

namespace postgres::test {

/// In their order; the texts live as long as the process.
inline std::vector<Migration> read_migrations(const std::filesystem::path& directory) {
    static std::deque<std::string> texts;
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(directory))
        if (entry.path().extension() == ".sql") files.push_back(entry.path());
    std::ranges::sort(files);
    std::vector<Migration> migrations;
    for (const auto& file : files) {
        std::stringstream sql;
        sql << std::ifstream(file).rdbuf();
        const std::string& name = texts.emplace_back(file.stem().string());
        int number = 0;
        std::from_chars(name.data(), name.data() + name.size(), number);
        migrations.push_back({number, name, texts.emplace_back(sql.str())});
    }
    return migrations;
}

}  // namespace postgres::test
