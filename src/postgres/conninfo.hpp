// What every connection gets beside what the operator wrote: verified TLS, keep-alive, a name.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace postgres {

/// Keyword and value as PQconnectStartParams takes them with `expand_dbname`: what the operator wrote comes
/// last and wins.
class Conninfo {
public:
    /// `written`: a connection string or URI of libpq. Reads PGSSLMODE and PGSSLROOTCERT of the environment,
    /// which win as well.
    explicit Conninfo(const std::string& written);

    /// Arrays that end with a null pointer; valid while this object lives.
    [[nodiscard]] std::vector<const char*> keywords() const;
    [[nodiscard]] std::vector<const char*> values() const;
    /// The value that is used unless the operator wrote another; empty for none.
    [[nodiscard]] std::string fallback(const std::string& keyword) const;

private:
    std::vector<std::pair<std::string, std::string>> entries_;
};

}  // namespace postgres
