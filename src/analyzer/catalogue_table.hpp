// The table of what can be analyzed, as data. For catalogue.cpp.
#pragma once

#include <span>

#include "analyzer/catalogue.hpp"

namespace analyzer {

struct Entry {
    std::string_view statement;  ///< its name; empty: it is made of a filter
    Query query;                 ///< without a name it has that of the statement
};

[[nodiscard]] std::span<const Entry> entries();
/// Statements that read no table: they set something, and PostgreSQL explains no such thing.
[[nodiscard]] std::span<const std::string_view> unexplained();

}  // namespace analyzer
