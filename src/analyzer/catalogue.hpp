// The queries that can be analyzed: by name, with their parameters and what is taken for those that nobody
// gives. Statements are handed in by the composition root; lists and searches are put together here as
// `bookmarks/` does it. SQL of a client is never run.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/candidates.hpp"
#include "postgres/statement.hpp"

namespace analyzer {

/// What is taken for a parameter that is missing.
enum class Sample : std::uint8_t {
    nothing,  ///< NULL
    user,
    username,
    email,
    x_user,
    bookmark,
    bookmarks,
    posts,
    category,
    tag,
    author,
    word,
    version,  ///< some changes ago
    position,
    now,
    month_ago,
    past,    ///< long ago
    future,  ///< far ahead
    job,
    last_id,  ///< behind all ids
    limit,
    zero,
    many,
    month_days,
    zone,
    no,
    yes,
    sync_type,
    sync_types,
    here,    ///< a place of jobs: none
    digest,  ///< one that belongs to nobody
    backup,
};

struct Parameter {
    std::string_view name;
    Sample sample = Sample::nothing;
};

/// What is put together of a filter, instead of a statement.
enum class Made : std::uint8_t { no, page, page_by_author, page_archived, page_with_counts, total, facets };

struct Query {
    std::string_view name;
    std::string_view description;
    std::vector<Parameter> parameters;
    Reach reach = Reach::page;
    Made made = Made::no;
    const postgres::Statement* statement = nullptr;  ///< of one that is not made
    std::string recorded_as = {};  ///< the name under which its executions are counted

    /// Of `parameters[i]`.
    [[nodiscard]] postgres::Type type_of(std::size_t i) const;
};

class Catalogue {
public:
    /// `statements`: all named ones; they outlive this. Those that are not known here cannot be analyzed.
    explicit Catalogue(std::span<const postgres::Statement* const> statements);

    /// By its name, or that of its statement; null: there is none.
    [[nodiscard]] const Query* find(std::string_view name) const;
    [[nodiscard]] std::span<const Query> all() const { return queries_; }
    /// Statements that read and are missing here, or whose parameters are others than here.
    [[nodiscard]] const std::vector<std::string>& faults() const { return faults_; }

private:
    void add(Query query, std::string_view statement, std::span<const postgres::Statement* const> statements);

    std::vector<Query> queries_;
    std::vector<std::string> faults_;
};

}  // namespace analyzer
