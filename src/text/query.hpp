// The query language (contract 3.7): parsing, evaluation in memory, highlights, and the text of a tsquery.
// The search vector of document.hpp with to_tsquery() and matches() are two ways to the same answer.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "text/document.hpp"
#include "text/local_date.hpp"
#include "text/tokens.hpp"

namespace text {

inline constexpr std::size_t kQueryCodePointsMax = 1000;
inline constexpr std::size_t kQueryTermsMax = 32;

enum class LiteralKind : std::uint8_t {
    text,
    author,    ///< `value` is a substring of the folded username or display name; empty matches all
    tag,       ///< `value` is a whole folded name
    category,  ///< `value` is a whole folded name
    has_media,
    has_links,
    is_archived,
    is_untagged,
    is_uncategorized,
    before,   ///< bookmarked_at < `time`
    after,    ///< bookmarked_at ≥ `time`
    nothing,  ///< unknown `is:`/`has:` value or bad date: matches nothing, so its negation matches everything
};

/// A word or a run of CJK characters of a text literal, folded.
struct Part {
    std::string text;
    Script script = Script::word;
    bool prefix = false;  ///< `abc*`: only on the last part, and only on a word
};

/// One term or filter. `negated` belongs to the literal; functions that take a Literal say whether they look
/// at it.
struct Literal {
    LiteralKind kind = LiteralKind::text;
    bool negated = false;
    std::vector<Part> parts = {};  ///< of kind text, not empty: adjacent in this order
    std::string value = {};        ///< folded; of kinds author, tag, category
    base::Time time{};             ///< of kinds before and after
};

/// At least one of them must hold.
struct Clause {
    std::vector<Literal> any;
};

/// All clauses must hold.
struct Query {
    std::vector<Clause> all;
    bool empty_text = true;        ///< no text at all, which is no condition
    bool matches_nothing = false;  ///< text without any term or filter
};

/// The limit that a query breaks: code `too_big` with this maximum (contract 1.4).
struct ParseError {
    enum class Limit : std::uint8_t { code_points, terms };
    Limit limit;
    std::size_t maximum;
};

/// Parses the query language. Dates are read in zone `tz` (an IANA name that is_known_zone accepts; with any
/// other one dates match nothing). Names of filters and values of `is:` and `has:` may be written in
/// capitals. The limits are the only errors; a term is a text with a token or a filter.
[[nodiscard]] std::expected<Query, ParseError> parse_query(std::string_view text,
                                                           std::string_view tz = "UTC");

/// Whether a non-negated `is:archived` asks for archived items, which are excluded otherwise.
[[nodiscard]] bool selects_archived(const Query& query);
/// The non-negated text literals, which score and highlight. They point into `query`.
[[nodiscard]] std::vector<const Literal*> positive_texts(const Query& query);

/// The tsquery of a text literal as text for `::tsquery`, negation not included; with `only`, hits count in
/// fields of that weight alone. Nothing for other kinds. Never fails in PostgreSQL: a word too long for any
/// search vector becomes a lexeme that no vector has.
[[nodiscard]] std::optional<std::string> to_tsquery(const Literal& literal, std::string_view lexeme_prefix,
                                                    std::optional<Weight> only = {});
/// The tsquery of a clause, negations included, such as `('a' | !'b')`, fit to be joined with `&`. Nothing
/// when a literal is not text.
[[nodiscard]] std::optional<std::string> clause_tsquery(const Clause& clause, std::string_view lexeme_prefix);

/// What a query looks at, unfolded. Views: the owner of the strings must outlive it.
struct DocumentView {
    std::string_view content = {};
    std::string_view title = {};
    std::string_view note = {};
    std::string_view author_username = {};
    std::string_view author_display_name = {};
    std::span<const std::string> tags = {};
    std::span<const std::string> hashtags = {};
    std::optional<std::string_view> category = {};  ///< name
    bool has_media = false;
    bool has_links = false;
    bool is_archived = false;
    base::Time bookmarked_at{};
};

/// The fields of `document` as make_search_vector takes them.
[[nodiscard]] std::vector<Field> search_fields(const DocumentView& document);

/// A document folded once for any number of evaluations. Holds copies, no views.
class FoldedDocument {
public:
    explicit FoldedDocument(const DocumentView& document);

    /// Whether the literal holds, negation not included.
    [[nodiscard]] bool holds(const Literal& literal) const;
    /// Sum of tenths_of() over the weights of the fields in which the text literal occurs.
    [[nodiscard]] int tenths(const Literal& literal) const;

private:
    struct TextField {
        std::string text;
        Weight weight;
    };

    std::vector<TextField> fields_;
    std::string username_;
    std::string display_name_;
    std::vector<std::string> tags_;
    std::optional<std::string> category_;
    bool has_media_;
    bool has_links_;
    bool is_archived_;
    base::Time bookmarked_at_;
};

/// Evaluates the query. The exclusion of archived items is the caller's (`selects_archived`).
[[nodiscard]] bool matches(const Query& query, const FoldedDocument& document);
[[nodiscard]] bool matches(const Query& query, const DocumentView& document);

/// Relevance (contract 3.6): over all positive text literals and all weights, the weight when the literal
/// occurs in a field of it. 0 without positive text literals.
[[nodiscard]] double score(const Query& query, const FoldedDocument& document);
[[nodiscard]] double score(const Query& query, const DocumentView& document);

/// Half-open range of code points.
using Highlight = std::pair<std::uint32_t, std::uint32_t>;

/// Where the positive text literals occur in `content`: offsets in its code points, ascending, overlaps
/// merged, the first `max`. A prefix term marks the whole word. A character that folds to several is marked
/// as a whole.
[[nodiscard]] std::vector<Highlight> highlights(const Query& query, std::string_view content,
                                                std::size_t max = 50);

}  // namespace text
