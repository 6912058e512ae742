#include "bookmarks/selection_sql.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <unordered_map>

#include "base/encoding.hpp"
#include "bookmarks/bookmarks_sql.hpp"
#include "text/fold.hpp"

namespace bookmarks::sql {
namespace {

using text::LiteralKind;

text::FoldedDocument fold(const Context& context, const Bookmark& row) {
    const Draft& draft = row.draft;
    text::DocumentView view{.content = draft.content,
                            .title = draft.title ? std::string_view(*draft.title) : std::string_view(),
                            .note = draft.note ? std::string_view(*draft.note) : std::string_view(),
                            .author_username = draft.author_username,
                            .author_display_name = draft.author_display_name,
                            .tags = draft.tags,
                            .hashtags = draft.hashtags,
                            .category = {},
                            .has_media = !draft.media.empty(),
                            .has_links = !draft.links.empty(),
                            .is_archived = draft.is_archived,
                            .bookmarked_at = *draft.bookmarked_at};
    if (const auto* category = row.category_id ? context.categories.find(*row.category_id) : nullptr)
        view.category = category->name;
    return text::FoldedDocument(view);
}

bool is_text_only(const text::Clause& clause) {
    return std::ranges::all_of(clause.any,
                               [](const text::Literal& l) { return l.kind == LiteralKind::text; });
}

/// Of pages whose limit is part of the statement. Few, because every one makes another statement.
constexpr std::array<std::int64_t, 6> kUsualLimits{10, 20, 25, 30, 50, 100};
constexpr std::string_view kDateKey = "(bookmarked_at, sync_order, id)";
/// In the statement itself, so that it is of the same moment as the rows.
constexpr std::string_view kVersion = "(SELECT l.version FROM library l WHERE l.user_id = $1)";

struct StatementText {
    std::string name;
    std::string sql;
};

/// The name is a digest of the text and of the types of its parameters, which the text need not mention all.
/// Remembered, because few texts make nearly all lists.
std::shared_ptr<const StatementText> name_statement(std::string sql, std::span<const postgres::Type> types) {
    constexpr std::size_t kRememberedMax = 256;
    thread_local std::unordered_map<std::string, std::shared_ptr<const StatementText>> remembered;
    std::string key = sql;
    for (const postgres::Type type : types)
        key.append(1, ' ').append(std::to_string(static_cast<std::uint32_t>(type)));
    if (const auto found = remembered.find(key); found != remembered.end()) return found->second;
    const base::Digest digest = base::sha256(key);
    std::string name = "bookmark.select:" + base::to_hex(std::span(digest).first(8));
    auto made = std::make_shared<const StatementText>(std::move(name), std::move(sql));
    if (remembered.size() >= kRememberedMax) remembered.clear();
    remembered.emplace(std::move(key), made);
    return made;
}

std::string total_of_hits() {
    return "SELECT 0 AS kind, NULL::uuid AS category, NULL::text AS name, NULL::text AS display_name,"
           " NULL::text AS avatar, count(*) AS amount, " +
           std::string(kVersion) + " AS version FROM hits";
}

/// One look at the hits for all counts: what a count costs is finding them. In the order of bytes, because
/// that is what a library in memory can do as well. `zone` is a parameter.
std::string counts_of_hits(const std::string& zone, std::size_t tags_max) {
    return total_of_hits() +
           " UNION ALL SELECT 1, category_id, NULL, NULL, NULL, count(*), 0 FROM hits WHERE category_id IS NOT NULL"
           " GROUP BY category_id"
           " UNION ALL (SELECT 2, NULL, t.name, NULL, NULL, count(*), 0 FROM (SELECT unnest(tags) AS name FROM hits)"
           " AS t GROUP BY t.name ORDER BY 6 DESC, t.name COLLATE \"C\" LIMIT " +
           std::to_string(tags_max) +
           ") UNION ALL (SELECT 3, NULL, author_username, max(author_display_name COLLATE \"C\"),"
           " max(author_avatar_url COLLATE \"C\"), count(*), 0 FROM hits"
           " GROUP BY author_username ORDER BY 6 DESC, author_username COLLATE \"C\" LIMIT 20)"
           " UNION ALL (SELECT 4, NULL, to_char(m.month, 'YYYY-MM'), NULL, NULL, m.amount, 0 FROM"
           " (SELECT date_trunc('month', bookmarked_at AT TIME ZONE " +
           zone + ") AS month, count(*) AS amount FROM hits GROUP BY 1) AS m ORDER BY m.month DESC LIMIT 36)";
}

/// What `counts_of_hits` reads.
constexpr std::string_view kCountedColumns =
    "b.category_id, b.tags, b.author_username, b.author_display_name, b.author_avatar_url, b.bookmarked_at";

std::string order_of(Sort sort, bool ascending) {
    const std::string direction = ascending ? "ASC" : "DESC";
    switch (sort) {
        case Sort::date:
            return "bookmarked_at " + direction + ", sync_order " + direction + ", id " + direction;
        case Sort::author:
            return "author_name_folded " + direction + ", bookmarked_at DESC, sync_order DESC, id DESC";
        case Sort::relevance:
            break;
    }
    return "tenths DESC, bookmarked_at DESC, sync_order DESC, id DESC";
}

}  // namespace

bool needs_tag_names(const Filter& filter) {
    if (!filter.query) return false;
    return std::ranges::any_of(filter.query->all, [](const text::Clause& clause) {
        return std::ranges::any_of(clause.any,
                                   [](const text::Literal& l) { return l.kind == LiteralKind::tag; });
    });
}

Selection::Selection(const Context& context, const Filter& filter) : filter_(filter) {
    params_.uuid(context.user.uuid);
    add_parameters(filter);
    if (!filter.query || filter.query->empty_text) return;
    if (filter.query->matches_nothing) add("false");
    add_query(context, *filter.query);
    add_score(context, *filter.query);
}

void Selection::add_parameters(const Filter& filter) {
    const bool query_decides = filter.query && text::selects_archived(*filter.query);
    if (filter.is_archived) {
        add(*filter.is_archived ? "b.is_archived" : "NOT b.is_archived");
    } else if (!filter.include_archived && !query_decides) {
        add("NOT b.is_archived");
    }
    if (filter.category_ids.size() == 1) {
        // Its bookmarks lie in the order of the page, which those of several do not.
        params_.uuid(filter.category_ids.front());
        add("b.category_id = " + last());
    } else if (!filter.category_ids.empty()) {
        params_.uuid_array(filter.category_ids);
        add("b.category_id = ANY(" + last() + ")");
    }
    if (!filter.tags.empty()) {
        params_.text_array(filter.tags);
        add("b.tags && " + last());
    }
    if (filter.author_username) {
        params_.text(text::fold(*filter.author_username));
        add("strpos(b.author_username_folded, " + last() + ") > 0");
    }
    if (filter.date_from) {
        params_.time(*filter.date_from);
        add("b.bookmarked_at >= " + last());
    }
    if (filter.date_to) {
        params_.time(*filter.date_to);
        add("b.bookmarked_at <= " + last());
    }
    if (filter.has_media) add(*filter.has_media ? "b.media <> '[]'" : "b.media = '[]'");
    if (filter.has_links) add(*filter.has_links ? "b.links <> '{}'" : "b.links = '{}'");
    if (filter.uncategorized)
        add(*filter.uncategorized ? "b.category_id IS NULL" : "b.category_id IS NOT NULL");
    if (filter.untagged) add(*filter.untagged ? "b.tags = '{}'" : "b.tags <> '{}'");
    if (!filter.post_statuses.empty()) {
        std::vector<std::string> names;
        for (const PostStatus status : filter.post_statuses)
            names.emplace_back(to_string(status));
        params_.text_array(names);
        add("b.post_status = ANY(" + last() + ")");
    }
}

void Selection::add_query(const Context& context, const text::Query& query) {
    std::string joined;  // all clauses that are text only: one look into the index
    bool leads_to_user = false;
    for (const text::Clause& clause : query.all) {
        if (is_text_only(clause) && context.overflow.empty()) {
            if (!joined.empty()) joined += " & ";
            joined += text::clause_tsquery(clause, context.lexeme_prefix).value_or("");
            leads_to_user = leads_to_user || std::ranges::none_of(clause.any, &text::Literal::negated);
            continue;
        }
        std::string any;
        for (const text::Literal& literal : clause.any) {
            if (!any.empty()) any += " OR ";
            any += (literal.negated ? "NOT (" : "(") + condition_of(context, literal) + ")";
        }
        add("(" + any + ")");
    }
    if (joined.empty()) return;
    has_text_ = true;
    // The planner knows nothing of how frequent a user's words are and would rather read all of his rows,
    // with their vectors. The lexemes of the index are the user's own, so that it needs no other index to
    // find him.
    leads_ = leads_to_user;
    if (leads_) where_.replace(0, kOfUser.size(), "b.user_id IS NOT DISTINCT FROM $1");
    params_.tsquery(joined);
    add("b.search_vector @@ " + last());
}

std::string Selection::condition_of(const Context& context, const text::Literal& literal) {
    switch (literal.kind) {
        case LiteralKind::text:
            return text_condition(context, literal);
        case LiteralKind::author:
            params_.text(literal.value);
            return "strpos(b.author_username_folded, " + last() + ") > 0 OR strpos(b.author_name_folded, " +
                   last() + ") > 0";
        case LiteralKind::tag: {
            std::vector<std::string> names;
            for (const std::string& name : context.tag_names)
                if (text::fold(name) == literal.value) names.push_back(name);
            params_.text_array(names);
            return "b.tags && " + last();
        }
        case LiteralKind::category: {
            std::vector<base::Uuid> ids;
            for (const categories::Category& category : context.categories.all)
                if (text::fold(category.name) == literal.value) ids.push_back(category.id.uuid);
            params_.uuid_array(ids);
            // A row without category is not in any: NULL must not survive a negation.
            return "coalesce(b.category_id = ANY(" + last() + "), false)";
        }
        case LiteralKind::has_media:
            return "b.media <> '[]'";
        case LiteralKind::has_links:
            return "b.links <> '{}'";
        case LiteralKind::is_archived:
            return "b.is_archived";
        case LiteralKind::is_untagged:
            return "b.tags = '{}'";
        case LiteralKind::is_uncategorized:
            return "b.category_id IS NULL";
        case LiteralKind::before:
            params_.time(literal.time);
            return "b.bookmarked_at < " + last();
        case LiteralKind::after:
            params_.time(literal.time);
            return "b.bookmarked_at >= " + last();
        case LiteralKind::nothing:
            break;
    }
    return "false";
}

std::string Selection::text_condition(const Context& context, const text::Literal& literal) {
    has_text_ = true;
    params_.tsquery(text::to_tsquery(literal, context.lexeme_prefix).value_or(""));
    std::string condition = "b.search_vector @@ " + last();
    std::vector<base::Uuid> ids;
    for (const Bookmark& row : context.overflow)
        if (fold(context, row).holds(literal)) ids.push_back(row.id.uuid);
    if (ids.empty()) return condition;
    params_.uuid_array(ids);
    return condition + " OR b.id = ANY(" + last() + ")";
}

void Selection::add_score(const Context& context, const text::Query& query) {
    const auto literals = text::positive_texts(query);
    if (literals.empty()) return;
    std::vector<std::string> queries;
    std::vector<std::int64_t> tenths;
    for (const text::Literal* literal : literals) {
        for (const text::Weight weight :
             {text::Weight::a, text::Weight::b, text::Weight::c, text::Weight::d}) {
            queries.push_back(text::to_tsquery(*literal, context.lexeme_prefix, weight).value_or(""));
            tenths.push_back(text::tenths_of(weight));
        }
    }
    params_.tsquery_array(queries);
    const std::string query_array = last();
    params_.int8_array(tenths);
    // A long vector is compressed and stored apart: joined with nothing it is fetched once, not once for
    // every query.
    score_ =
        "(SELECT coalesce(sum(s.tenths), 0) FROM (SELECT b.search_vector || ''::tsvector AS vector OFFSET 0) AS v,"
        " unnest(" +
        query_array + ", " + last() + ") AS s (query, tenths) WHERE v.vector @@ s.query)::bigint";
    add_usual_score(context, query, literals);
    std::vector<base::Uuid> ids;
    std::vector<std::int64_t> sums;
    for (const Bookmark& row : context.overflow) {
        const text::FoldedDocument document = fold(context, row);
        std::int64_t sum = 0;
        for (const text::Literal* literal : literals)
            sum += document.tenths(*literal);
        if (sum == 0) continue;
        ids.push_back(row.id.uuid);
        sums.push_back(sum);
    }
    if (ids.empty()) return;
    params_.uuid_array(ids);
    const std::string id_array = last();
    params_.int8_array(sums);
    score_ += " + coalesce((SELECT s.tenths FROM unnest(" + id_array + ", " + last() +
              ") AS s (id, tenths) WHERE s.id = b.id), 0)";
}

// Nearly every hit has all terms in its text and in no other field, which the short vector of the other
// fields shows. Only the rest needs the long one.
void Selection::add_usual_score(const Context& context, const text::Query& query,
                                const std::vector<const text::Literal*>& literals) {
    const bool all_hold = std::ranges::all_of(query.all, [](const text::Clause& clause) {
        return clause.any.size() == 1 || std::ranges::none_of(clause.any, [](const text::Literal& literal) {
                   return literal.kind == LiteralKind::text && !literal.negated;
               });
    });
    if (!all_hold || !context.overflow.empty()) return;
    text::Clause any;
    for (const text::Literal* literal : literals)
        any.any.push_back(*literal);
    const auto elsewhere = text::clause_tsquery(any, context.lexeme_prefix);
    if (!elsewhere) return;
    params_.tsquery(*elsewhere);
    const auto in_text = static_cast<std::int64_t>(literals.size()) * text::tenths_of(text::Weight::a);
    score_ = "CASE WHEN b.search_vector_bcd @@ " + last() + " THEN " + score_ + " ELSE " +
             std::to_string(in_text) + " END";
}

postgres::Command Selection::finish(std::string sql, postgres::Params params) const {
    // A query with text is planned for its terms each time, a plan for a rare word being none for a frequent
    // one; unless the index of words leads, which leaves no choice.
    const std::vector<postgres::Type> types = params.types();
    const auto text = has_text_ && !leads_ ? std::make_shared<const StatementText>("", std::move(sql))
                                           : name_statement(std::move(sql), types);
    return {Statement{text->name, text->sql, postgres::Types(std::span<const postgres::Type>(types)),
                      Access::read},
            std::move(params), text};
}

Selection::Part Selection::part_of(const Page& page, const std::optional<Cursor>& cursor,
                                   postgres::Params& params) const {
    const auto bind = [&params] { return "$" + std::to_string(params.size()); };
    Part part{.after = "true", .order = order_of(filter_.sort, filter_.ascending), .bounds = " LIMIT "};
    if (cursor) {
        params.time(cursor->bookmarked_at);
        std::string key = "(" + bind();
        params.int8(cursor->sync_order);
        key += ", " + bind();
        params.uuid(cursor->id);
        key += ", " + bind() + ")";
        const bool up = filter_.sort == Sort::date && filter_.ascending;
        part.after = std::string(kDateKey) + (up ? " > " : " < ") + key;
        if (filter_.sort == Sort::author) {
            params.text(cursor->author);
            part.after = "(author_name_folded " + std::string(filter_.ascending ? ">" : "<") + bind() +
                         " OR (author_name_folded = " + bind() + " AND " + part.after + "))";
        } else if (filter_.sort == Sort::relevance) {
            params.int8(cursor->tenths);
            part.after = "(tenths < " + bind() + " OR (tenths = " + bind() + " AND " + part.after + "))";
        }
    }
    // A number that the planner sees: with a parameter it expects a tenth of the library and makes a new plan
    // for every page.
    if (std::ranges::find(kUsualLimits, page.limit) != kUsualLimits.end()) {
        part.bounds += std::to_string(page.limit + 1);
    } else {
        params.int8(page.limit + 1);
        part.bounds += bind();
    }
    if (!cursor && page.offset > 0) {
        params.int8(page.offset);
        part.bounds += " OFFSET " + bind();
    }
    return part;
}

postgres::Command Selection::page(const Page& page, const std::optional<Cursor>& cursor) const {
    postgres::Params params = params_;
    const Part part = part_of(page, cursor, params);
    if (filter_.sort != Sort::relevance)
        return finish("SELECT " + std::string(kColumns) + ", " + score_ + " AS tenths, " +
                          std::string(kVersion) + " FROM bookmarks b WHERE " + where_ + " AND " + part.after +
                          " ORDER BY " + part.order + part.bounds,
                      std::move(params));
    // The score of every hit is needed, the rest of the row only for the page.
    return finish("WITH hits AS (SELECT b.id, b.bookmarked_at, b.sync_order, " + score_ +
                      " AS tenths FROM bookmarks b WHERE " + where_ + "), top AS (SELECT * FROM hits WHERE " +
                      part.after + " ORDER BY " + part.order + part.bounds + ") SELECT " +
                      std::string(kColumns) + ", top.tenths, " + std::string(kVersion) +
                      " FROM top JOIN bookmarks b ON b.user_id = $1 AND b.id = top.id"
                      " ORDER BY top.tenths DESC, b.bookmarked_at DESC, b.sync_order DESC, b.id DESC",
                  std::move(params));
}

postgres::Command Selection::page_with_counts(const Page& page, const std::optional<Cursor>& cursor) const {
    postgres::Params params = params_;
    const Part part = part_of(page, cursor, params);
    std::string columns = "b.bookmarked_at";
    std::string counts = total_of_hits();
    if (filter_.facets) {
        params.text(filter_.zone);
        columns = kCountedColumns;
        counts = counts_of_hits("$" + std::to_string(params.size()), kFacetMax);
    }
    if (filter_.sort == Sort::author) columns += ", b.author_name_folded";
    const bool by_score = filter_.sort == Sort::relevance;
    std::string nulls;
    for (int column = 0; column < kFacetsColumn; ++column)
        nulls += "NULL, ";
    return finish(
        "WITH hits AS MATERIALIZED (SELECT b.id, b.sync_order, " + columns + ", " +
            (by_score ? score_ : "0::bigint") + " AS tenths FROM bookmarks b WHERE " + where_ +
            "), top AS (SELECT t.*, row_number() OVER () AS place FROM"
            " (SELECT id, tenths FROM hits WHERE " +
            part.after + " ORDER BY " + part.order + part.bounds + ") AS t) SELECT " + std::string(kColumns) +
            ", " + (by_score ? "top.tenths" : score_) + " AS tenths, " + std::string(kVersion) +
            " AS version, top.place, NULL::integer AS kind, NULL::uuid AS category, NULL::text AS name,"
            " NULL::text AS display_name, NULL::text AS avatar, NULL::bigint AS amount,"
            " NULL::bigint AS library_version"
            " FROM top JOIN bookmarks b ON b.user_id = $1 AND b.id = top.id UNION ALL SELECT " +
            nulls + "c.* FROM (" + counts + ") AS c",
        std::move(params));
}

postgres::Command Selection::total() const {
    return finish("SELECT count(*), " + std::string(kVersion) + " FROM bookmarks b WHERE " + where_, params_);
}

postgres::Command Selection::facets(std::size_t tags_max) const {
    postgres::Params params = params_;
    params.text(filter_.zone);
    std::string sql = "WITH hits AS MATERIALIZED (SELECT " + std::string(kCountedColumns) +
                      " FROM bookmarks b WHERE " + where_ + ") " +
                      counts_of_hits("$" + std::to_string(params.size()), tags_max);
    return finish(std::move(sql), std::move(params));
}

}  // namespace bookmarks::sql
