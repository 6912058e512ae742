#include "postgres/conninfo.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <string_view>

namespace postgres {
namespace {

/// Where distributions keep the authorities they trust. libpq 15 looks in the user's home directory only.
constexpr std::string_view kAuthorities[] = {"/etc/ssl/certs/ca-certificates.crt",
                                             "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"};

std::map<std::string, std::string> parse(const std::string& written) {
    std::map<std::string, std::string> out;
    const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
        PQconninfoParse(written.c_str(), nullptr), PQconninfoFree);
    for (const PQconninfoOption* o = options.get(); o != nullptr && o->keyword != nullptr; ++o)
        if (o->val != nullptr) out.emplace(o->keyword, o->val);
    return out;
}

bool is_local(std::string_view host) {
    return host.empty() || host.starts_with('/') || host.starts_with('@') || host == "localhost" ||
           host.starts_with("127.") || host == "::1";
}

/// Of a list all hosts must be local.
bool all_local(std::string_view hosts) {
    for (;;) {
        const std::size_t comma = hosts.find(',');
        if (!is_local(hosts.substr(0, comma))) return false;
        if (comma == std::string_view::npos) return true;
        hosts.remove_prefix(comma + 1);
    }
}

bool has_own_authorities() {
    if (std::getenv("PGSSLROOTCERT") != nullptr) return true;
    const char* home = std::getenv("HOME");
    std::error_code error;
    return home != nullptr &&
           std::filesystem::exists(std::filesystem::path(home) / ".postgresql/root.crt", error);
}

std::string system_authorities() {
    std::error_code error;
    const auto* const found = std::ranges::find_if(
        kAuthorities, [&error](std::string_view file) { return std::filesystem::exists(file, error); });
    return std::string(found != std::end(kAuthorities) ? *found : kAuthorities[0]);
}

}  // namespace

Conninfo::Conninfo(const std::string& written) {
    const auto given = parse(written);
    const auto value = [&given](const std::string& keyword) {
        const auto found = given.find(keyword);
        return found == given.end() ? std::string() : found->second;
    };
    entries_ = {{"fallback_application_name", "xbookmarker"},
                // A peer that vanished is noticed within a minute, by an idle connection as well.
                {"keepalives", "1"},
                {"keepalives_idle", "30"},
                {"keepalives_interval", "10"},
                {"keepalives_count", "3"},
                {"tcp_user_timeout", "30000"}};
    const char* environment_mode = std::getenv("PGSSLMODE");
    std::string mode = value("sslmode");
    if (mode.empty() && environment_mode != nullptr) mode = environment_mode;
    const std::string hosts = given.contains("hostaddr") ? value("hostaddr") : value("host");
    // A service file may say anything: who has one is left alone.
    if (mode.empty() && !given.contains("service") && !all_local(hosts)) {
        mode = "verify-full";
        entries_.emplace_back("sslmode", mode);
    }
    const bool verifies = mode == "verify-full" || mode == "verify-ca";
    if (verifies && !given.contains("sslrootcert") && !has_own_authorities())
        entries_.emplace_back("sslrootcert", system_authorities());
    entries_.emplace_back("dbname", written);
}

std::vector<const char*> Conninfo::keywords() const {
    std::vector<const char*> out;
    for (const auto& [keyword, value] : entries_)
        out.push_back(keyword.c_str());
    out.push_back(nullptr);
    return out;
}

std::vector<const char*> Conninfo::values() const {
    std::vector<const char*> out;
    for (const auto& [keyword, value] : entries_)
        out.push_back(value.c_str());
    out.push_back(nullptr);
    return out;
}

std::string Conninfo::fallback(const std::string& keyword) const {
    for (const auto& [name, value] : entries_)
        if (name == keyword) return value;
    return {};
}

}  // namespace postgres
