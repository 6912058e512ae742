#include "config_source.hpp"

#include <unistd.h>

#include <fstream>
#include <thread>

#include <fmt/format.h>

#include "http/parser.hpp"
#include "variables.hpp"

namespace app {
namespace {

constexpr std::size_t kFileBytesMax = 1024UL * 1024;

std::expected<std::string, std::string> read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::string text(kFileBytesMax + 1, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (!in.is_open() || in.bad()) return std::unexpected("cannot read " + path);
    text.resize(static_cast<std::size_t>(in.gcount()));
    if (text.size() > kFileBytesMax) return std::unexpected(path + " is larger than 1 MiB");
    return text;
}

std::string_view without_quotes(std::string_view value) {
    const bool quoted =
        value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front();
    return quoted ? value.substr(1, value.size() - 2) : value;
}

/// `KEY=value` lines; blank ones and those that begin with `#` are skipped. A whole value may be quoted.
void read_lines(std::string_view text, Variables& out, ConfigFaults& faults) {
    std::size_t number = 0;
    while (!text.empty()) {
        const auto end = text.find('\n');
        auto line = text.substr(0, end);
        if (line.ends_with('\r')) line.remove_suffix(1);
        line = http::trim(line);
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
        ++number;
        if (line.empty() || line.starts_with('#')) continue;
        const auto equals = line.find('=');
        if (equals == std::string_view::npos || equals == 0) {
            faults.push_back(fmt::format("CONFIG_FILE: line {} is not KEY=value", number));
            continue;
        }
        out[std::string(http::trim(line.substr(0, equals)))] =
            without_quotes(http::trim(line.substr(equals + 1)));
    }
}

void read_secrets(Variables& variables, ConfigFaults& faults) {
    for (const Variable& variable : app::variables()) {
        if (!variable.secret) continue;
        const auto name = std::string(variable.name);
        const auto file = variables.find(name + "_FILE");
        if (file == variables.end() || file->second.empty()) continue;
        if (const auto given = variables.find(name); given != variables.end() && !given->second.empty()) {
            faults.push_back(fmt::format("{}: is given twice, as {} and as {}_FILE", name, name, name));
            continue;
        }
        auto text = read_file(file->second);
        if (!text) {
            faults.push_back(fmt::format("{}_FILE: {}", name, text.error()));
            continue;
        }
        while (text->ends_with('\n') || text->ends_with('\r'))
            text->pop_back();
        if (text->empty()) faults.push_back(fmt::format("{}_FILE: {} is empty", name, file->second));
        variables[name] = std::move(*text);
    }
}

}  // namespace

std::expected<Variables, ConfigFaults> collect_variables(std::span<const std::string_view> environment) {
    Variables own;
    for (const auto entry : environment) {
        if (const auto equals = entry.find('='); equals != std::string_view::npos)
            own[std::string(entry.substr(0, equals))] = entry.substr(equals + 1);
    }
    ConfigFaults faults;
    Variables out;
    if (const auto file = own.find("CONFIG_FILE"); file != own.end() && !file->second.empty()) {
        if (const auto text = read_file(file->second))
            read_lines(*text, out, faults);
        else
            faults.push_back("CONFIG_FILE: " + text.error());
    }
    for (auto& [name, value] : own) {
        if (!value.empty()) out[name] = std::move(value);
    }
    read_secrets(out, faults);
    if (!faults.empty()) return std::unexpected(std::move(faults));
    return out;
}

std::expected<Config, ConfigFaults> load_config() {
    std::vector<std::string_view> environment;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry)
        environment.emplace_back(*entry);
    const auto variables = collect_variables(environment);
    if (!variables) return std::unexpected(variables.error());
    return parse_config(*variables, std::thread::hardware_concurrency());
}

}  // namespace app
