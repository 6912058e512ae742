#include <unicode/uchar.h>

#include <algorithm>
#include <array>

#include "text/decode.hpp"
#include "text/fold.hpp"
#include "text/query.hpp"

namespace text {
namespace {

/// What stands between blanks, with its quotes resolved.
struct Piece {
    std::string_view raw;    ///< without the minus sign; of a phrase also without its quotes
    std::string_view key;    ///< ASCII letters in front of the first colon; empty when there is none
    std::string_view value;  ///< behind that colon, without quotes
    bool negated = false;
    bool quoted = false;  ///< the piece as a whole is a phrase
};

bool is_blank_at(std::string_view text, std::size_t position) {
    return u_isUWhiteSpace(static_cast<UChar32>(decode(text, position)));
}

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Cuts the text into pieces. A quote opens a phrase only where a piece or the value of a key begins, so that
/// `27"` is a plain word.
class Lexer {
public:
    explicit Lexer(std::string_view text) : text_(text) {}

    std::optional<Piece> next() {
        while (position_ < text_.size() && is_blank_at(text_, position_))
            decode(text_, position_);
        if (position_ == text_.size()) return {};
        Piece piece;
        if (text_[position_] == '-' && position_ + 1 < text_.size() && !is_blank_at(text_, position_ + 1)) {
            piece.negated = true;
            ++position_;
        }
        if (text_[position_] == '"') {
            piece.quoted = true;
            piece.raw = take_phrase();
            return piece;
        }
        const std::size_t begin = position_;
        std::size_t colon = begin;
        while (colon < text_.size() && is_letter(text_[colon]))
            ++colon;
        if (colon > begin && colon < text_.size() && text_[colon] == ':') {
            piece.key = text_.substr(begin, colon - begin);
            position_ = colon + 1;
        }
        piece.value = position_ < text_.size() && text_[position_] == '"' ? take_phrase() : take_word();
        piece.raw = text_.substr(begin, position_ - begin);
        return piece;
    }

private:
    /// From the quote here to the next one or to the end.
    std::string_view take_phrase() {
        const std::size_t begin = position_ + 1;
        const std::size_t end = std::min(text_.find('"', begin), text_.size());
        position_ = std::min(end + 1, text_.size());
        return text_.substr(begin, end - begin);
    }

    std::string_view take_word() {
        const std::size_t begin = position_;
        while (position_ < text_.size() && !is_blank_at(text_, position_))
            decode(text_, position_);
        return text_.substr(begin, position_ - begin);
    }

    std::string_view text_;
    std::size_t position_ = 0;
};

struct FlagFilter {
    std::string_view key;
    std::string_view value;
    LiteralKind kind;
};

constexpr FlagFilter kFlagFilters[] = {
    {"has", "media", LiteralKind::has_media},
    {"has", "links", LiteralKind::has_links},
    {"is", "archived", LiteralKind::is_archived},
    {"is", "untagged", LiteralKind::is_untagged},
    {"is", "uncategorized", LiteralKind::is_uncategorized},
};

struct ValueFilter {
    std::string_view key;
    LiteralKind kind;
};

constexpr ValueFilter kValueFilters[] = {
    {"author", LiteralKind::author}, {"tag", LiteralKind::tag},     {"category", LiteralKind::category},
    {"before", LiteralKind::before}, {"after", LiteralKind::after},
};

std::string lower(std::string_view ascii) {
    std::string out(ascii);
    for (char& c : out)
        c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    return out;
}

Literal date_literal(LiteralKind kind, std::string_view value, std::string_view tz) {
    const auto time = parse_local_date(value, tz);
    if (!time) return {.kind = LiteralKind::nothing};
    return {.kind = kind, .time = *time};
}

/// Nothing when the key names no filter.
std::optional<Literal> filter_literal(const Piece& piece, std::string_view tz) {
    const std::string key = lower(piece.key);
    if (key == "has" || key == "is") {
        const std::string value = lower(piece.value);
        for (const FlagFilter& filter : kFlagFilters) {
            if (filter.key == key && filter.value == value) return Literal{.kind = filter.kind};
        }
        return Literal{.kind = LiteralKind::nothing};
    }
    const auto* filter = std::ranges::find(kValueFilters, key, &ValueFilter::key);
    if (filter == std::end(kValueFilters)) return {};
    if (filter->kind == LiteralKind::before || filter->kind == LiteralKind::after)
        return date_literal(filter->kind, piece.value, tz);
    Literal literal{.kind = filter->kind, .value = fold(piece.value)};
    if (literal.kind == LiteralKind::author && literal.value.starts_with('@')) literal.value.erase(0, 1);
    return literal;
}

/// Nothing when the text has no token.
std::optional<Literal> text_literal(std::string_view raw) {
    const std::string folded = fold(raw);
    Literal literal;
    for (const Run& run : split_runs(folded))
        literal.parts.push_back(
            {folded.substr(run.begin, run.end - run.begin), run.script, folded[run.end] == '*'});
    if (literal.parts.empty()) return {};
    for (Part& part : literal.parts)
        part.prefix = part.prefix && &part == &literal.parts.back() && part.script == Script::word;
    return literal;
}

std::optional<Literal> make_literal(const Piece& piece, std::string_view tz) {
    auto literal = piece.key.empty() ? std::nullopt : filter_literal(piece, tz);
    if (!literal) literal = text_literal(piece.raw);
    if (literal) literal->negated = piece.negated;
    return literal;
}

bool is_or(const Piece& piece) {
    return !piece.quoted && !piece.negated && piece.raw == "OR";
}

std::size_t count_code_points(std::string_view text) {
    std::size_t count = 0;
    for (std::size_t position = 0; position < text.size(); ++count)
        decode(text, position);
    return count;
}

/// A piece without a token keeps its place until all are read: in `a OR !!! b` the OR must not reach b.
std::vector<Clause> read_clauses(Lexer lexer, std::string_view tz, bool& has_pieces) {
    std::vector<Clause> clauses;
    bool joined = false;
    while (const auto piece = lexer.next()) {
        if (is_or(*piece)) {
            joined = has_pieces && !clauses.empty();
            has_pieces = true;
            continue;
        }
        has_pieces = true;
        if (!joined) clauses.emplace_back();
        joined = false;
        if (auto literal = make_literal(*piece, tz)) clauses.back().any.push_back(std::move(*literal));
    }
    std::erase_if(clauses, [](const Clause& clause) { return clause.any.empty(); });
    return clauses;
}

}  // namespace

std::expected<Query, ParseError> parse_query(std::string_view text, std::string_view tz) {
    if (count_code_points(text) > kQueryCodePointsMax)
        return std::unexpected(ParseError{ParseError::Limit::code_points, kQueryCodePointsMax});
    bool has_pieces = false;
    Query query;
    query.all = read_clauses(Lexer(text), tz, has_pieces);
    query.empty_text = !has_pieces;
    query.matches_nothing = has_pieces && query.all.empty();
    std::size_t terms = 0;
    for (const Clause& clause : query.all)
        terms += clause.any.size();
    if (terms > kQueryTermsMax) return std::unexpected(ParseError{ParseError::Limit::terms, kQueryTermsMax});
    return query;
}

bool selects_archived(const Query& query) {
    for (const Clause& clause : query.all) {
        for (const Literal& literal : clause.any) {
            if (literal.kind == LiteralKind::is_archived && !literal.negated) return true;
        }
    }
    return false;
}

std::vector<const Literal*> positive_texts(const Query& query) {
    std::vector<const Literal*> literals;
    for (const Clause& clause : query.all) {
        for (const Literal& literal : clause.any) {
            if (literal.kind == LiteralKind::text && !literal.negated) literals.push_back(&literal);
        }
    }
    return literals;
}

}  // namespace text
