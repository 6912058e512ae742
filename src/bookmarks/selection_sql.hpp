// Turns a Filter into SQL. Every piece of text is a constant of this file; what comes from a request travels
// as a parameter.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bookmarks/bookmarks.hpp"
#include "bookmarks/cursor.hpp"
#include "postgres/connection.hpp"

namespace bookmarks::sql {

/// What must be known of a library before a filter can be put into SQL.
struct Context {
    base::UserId user;
    std::string lexeme_prefix;
    const categories::Snapshot& categories;
    const std::vector<std::string>& tag_names;  ///< all of the user; needed when the query says `tag:`
    const std::vector<Bookmark>& overflow;      ///< rows whose text exceeds a tsvector
};

/// Columns of a page behind those of a bookmark: the relevance in tenths, the version of the library.
inline constexpr int kTenthsColumn = 28;
inline constexpr int kVersionColumn = 29;

/// The first column of `Selection::facets`.
inline constexpr std::int64_t kFacetTotal = 0;
inline constexpr std::int64_t kFacetCategory = 1;
inline constexpr std::int64_t kFacetTag = 2;
inline constexpr std::int64_t kFacetAuthor = 3;
inline constexpr std::int64_t kFacetMonth = 4;

/// The filter's query has a `tag:`.
[[nodiscard]] bool needs_tag_names(const Filter& filter);

class Selection {
public:
    Selection(const Context& context, const Filter& filter);

    /// kColumns, kTenthsColumn and kVersionColumn; `limit` + 1 rows, so that the caller sees whether more
    /// follow.
    [[nodiscard]] postgres::Command page(const Page& page, const std::optional<Cursor>& cursor) const;
    /// One row: the number of hits, the version of the library.
    [[nodiscard]] postgres::Command total() const;
    /// Rows of (kFacet…, category, name, display name, avatar, count, version of the library); the counts of
    /// a kind in any order.
    [[nodiscard]] postgres::Command facets(std::size_t tags_max = 20) const;

private:
    void add(std::string condition) { where_ += " AND " + std::move(condition); }
    /// Takes over a parameter that was just put into `params_`: `$n`.
    [[nodiscard]] std::string last() const { return "$" + std::to_string(params_.size()); }
    void add_parameters(const Filter& filter);
    void add_query(const Context& context, const text::Query& query);
    void add_score(const Context& context, const text::Query& query);
    [[nodiscard]] std::string condition_of(const Context& context, const text::Literal& literal);
    [[nodiscard]] std::string text_condition(const Context& context, const text::Literal& literal);
    [[nodiscard]] postgres::Command finish(std::string sql, postgres::Params params) const;

    const Filter& filter_;
    postgres::Params params_;
    static constexpr std::string_view kOfUser = "b.user_id = $1";
    std::string where_{kOfUser};
    std::string score_ = "0::bigint";
    bool has_text_ = false;
};

}  // namespace bookmarks::sql
