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

/// Behind them in `Selection::page_with_counts`: the place on the page, from 1 on, and the columns of
/// `Selection::facets`. A row is either of the page, and has no kind, or a count, and has nothing else.
inline constexpr int kPlaceColumn = 30;
inline constexpr int kFacetsColumn = 31;

/// The first column of `Selection::facets`, `kind`.
inline constexpr std::int64_t kFacetTotal = 0;
inline constexpr std::int64_t kFacetCategory = 1;
inline constexpr std::int64_t kFacetTag = 2;
inline constexpr std::int64_t kFacetAuthor = 3;
inline constexpr std::int64_t kFacetMonth = 4;

/// Categories, tags and authors of a search that are counted (contract 3.6).
inline constexpr std::size_t kFacetMax = 20;

/// The filter's query has a `tag:`.
[[nodiscard]] bool needs_tag_names(const Filter& filter);

class Selection {
public:
    Selection(const Context& context, const Filter& filter);

    /// kColumns, kTenthsColumn and kVersionColumn; `limit` + 1 rows, so that the caller sees whether more
    /// follow.
    [[nodiscard]] postgres::Command page(const Page& page, const std::optional<Cursor>& cursor) const;
    /// The page and the total, or the facets if the filter asks for them, out of one look at the hits: all of
    /// one moment, in any order. Worth it when all hits have to be found anyway.
    [[nodiscard]] postgres::Command page_with_counts(const Page& page,
                                                     const std::optional<Cursor>& cursor) const;
    /// One row: the number of hits, the version of the library.
    [[nodiscard]] postgres::Command total() const;
    /// Rows of (kFacet…, category, name, display name, avatar, count, version of the library); the counts of
    /// a kind in any order.
    [[nodiscard]] postgres::Command facets(std::size_t tags_max = kFacetMax) const;
    /// One plan is as good as another whatever the terms are. `kKeepPlans` in front of the commands keeps
    /// PostgreSQL from making a new one each time.
    [[nodiscard]] bool keeps_plan() const { return leads_; }

private:
    struct Part {
        std::string after;
        std::string order;
        std::string bounds;
    };

    void add(std::string condition) { where_ += " AND " + std::move(condition); }
    /// Takes over a parameter that was just put into `params_`: `$n`.
    [[nodiscard]] std::string last() const { return "$" + std::to_string(params_.size()); }
    void add_parameters(const Filter& filter);
    void add_query(const Context& context, const text::Query& query);
    void add_score(const Context& context, const text::Query& query);
    void add_usual_score(const Context& context, const text::Query& query,
                         const std::vector<const text::Literal*>& literals);
    /// Which of the hits are on a page; adds parameters.
    [[nodiscard]] Part part_of(const Page& page, const std::optional<Cursor>& cursor,
                               postgres::Params& params) const;
    [[nodiscard]] std::string condition_of(const Context& context, const text::Literal& literal);
    [[nodiscard]] std::string text_condition(const Context& context, const text::Literal& literal);
    [[nodiscard]] postgres::Command finish(std::string sql, postgres::Params params) const;

    const Filter& filter_;
    postgres::Params params_;
    static constexpr std::string_view kOfUser = "b.user_id = $1";
    std::string where_{kOfUser};
    std::string score_ = "0::bigint";
    bool has_text_ = false;
    bool leads_ = false;  ///< the index of words finds the rows of the user, and no other index is of use
};

}  // namespace bookmarks::sql
