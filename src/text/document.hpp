// The search vector of a bookmark: its tokens with positions and weights as PostgreSQL's tsvector.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace text {

/// Weight class of a field: what a hit in it adds to the relevance score (contract 3.6). The numbers are
/// PostgreSQL's.
enum class Weight : std::uint8_t {
    d = 0,  ///< 0.1: hashtags
    c = 1,  ///< 0.2: tags
    b = 2,  ///< 0.4: author names and note
    a = 3,  ///< 1.0: content and title
};

/// What a hit adds to the score, in tenths. Whole numbers, so that a sum does not depend on its order.
[[nodiscard]] constexpr int tenths_of(Weight weight) {
    constexpr int kTenths[] = {1, 2, 4, 10};
    return kTenths[static_cast<std::uint8_t>(weight)];
}

/// One field, unfolded. Every tag and every hashtag is a field of its own.
struct Field {
    std::string_view text;
    Weight weight = Weight::a;
};

struct SearchVector {
    /// A tsvector in the binary form that PostgreSQL's tsvectorrecv reads (format 1 of a parameter).
    std::string binary;
    /// The document does not fit into a tsvector without loss; `binary` is the empty vector, and the document
    /// must be evaluated with `matches`.
    bool overflow = false;
};

/// Folds and tokenises the fields. Every lexeme starts with `lexeme_prefix` (no NUL; short, one per user, so
/// that the lexemes of a user lie together in the GIN index). A position is left free between fields, so that
/// no phrase crosses them. Overflows past 16,383 positions, 255 positions of one lexeme, 2,046 bytes of a
/// lexeme with its prefix, or 1,000,000 bytes in all: PostgreSQL's limits (tsearch/ts_type.h) are 16,383,
/// 255, 2,046 and 1,048,575.
[[nodiscard]] SearchVector make_search_vector(std::span<const Field> fields, std::string_view lexeme_prefix);

/// Longest lexeme in bytes, with its prefix.
inline constexpr std::size_t kLexemeBytesMax = 2046;

}  // namespace text
